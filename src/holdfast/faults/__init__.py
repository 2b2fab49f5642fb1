"""What a drill breaks, and what makes sure that it heals."""
