"""A convergence as a graph of phases, drawn a hundred thousand times. Pure."""
