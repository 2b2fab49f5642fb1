"""What a node alone can see of a cluster: Services by their own addresses, and their rules."""
