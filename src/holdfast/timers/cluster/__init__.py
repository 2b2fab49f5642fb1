"""Every timeout of the three-node Kubernetes in one value: groups, profiles, the rules between."""
