"""The pages about projects and what comes into them."""
