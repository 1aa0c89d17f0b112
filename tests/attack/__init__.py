"""Attacks on a running product: slow and hostile clients, and kills at every point of the way."""
