"""Exports of other products, read record by record into the same messages as live data."""
