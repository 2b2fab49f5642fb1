"""One certificate authority per system, and certificates with the right names."""
