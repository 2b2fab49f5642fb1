"""The whole shop in one process, for one's own machine: stores in memory, no certificates."""
