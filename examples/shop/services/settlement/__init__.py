"""The job that must be one: settles new orders, each once."""
