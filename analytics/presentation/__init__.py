"""A result as people meet it: tables, CSV, charts, sentences."""
