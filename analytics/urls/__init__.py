"""Addresses of this app: pages, the API and, for people, where clients send data."""
