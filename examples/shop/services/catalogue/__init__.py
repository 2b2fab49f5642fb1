"""What the shop sells. Keeps nothing: every instance knows everything."""
