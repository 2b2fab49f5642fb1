"""What a datastore needs, one package per engine: configuration, access, unit."""
