"""Holdfast: a business system on three machines, and the evidence that it outlives one of them."""

__version__ = "0.1.0"
