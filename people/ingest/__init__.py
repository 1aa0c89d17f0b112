"""Wire formats → messages → record: one parser a client family, one way in."""
