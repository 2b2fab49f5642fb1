"""Looks for what would hurt: single points of failure, budgets, and security."""
