"""What runs on the hosts themselves, shipped as files; imports nothing of holdfast."""
