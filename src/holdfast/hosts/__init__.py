"""How we reach a machine."""
