"""Who has an account: register, read, list."""
