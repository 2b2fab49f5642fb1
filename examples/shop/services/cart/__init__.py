"""What is in the carts, and how often each thing was looked at."""
