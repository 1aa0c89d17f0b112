"""The pages: reports, people, the catalogue of events."""
