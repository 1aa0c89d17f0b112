"""Sending: from a delivery that is due to what the mail server said of it."""
