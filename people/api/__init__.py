"""The API's calls about projects, people and their catalogue (contract §5)."""
