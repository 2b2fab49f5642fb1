"""The node agent: acts on a lost node of a Kubernetes cluster the moment a majority knows of it."""
