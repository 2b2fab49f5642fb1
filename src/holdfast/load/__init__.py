"""Open-loop load through every virtual address, and how evenly the system shared it."""
