"""Decides by election who plays primary, and makes it so on its own host."""
