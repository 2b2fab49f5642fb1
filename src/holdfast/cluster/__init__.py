"""A Kubernetes on hosts of one's own: what it is made of, rendered; its binaries, provided."""
