"""What is predicted, to people and programs."""
