"""How a cluster converged, for people: on a terminal, as a page, side by side; and for programs."""
