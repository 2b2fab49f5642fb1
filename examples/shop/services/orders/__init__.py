"""Orders: each is placed once, however often it is sent."""
