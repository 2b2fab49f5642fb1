"""How a Kubernetes cluster converges after a power cut: watched, kept, and explained."""
