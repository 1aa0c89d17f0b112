"""The API's questions, reports and segments (contract §5)."""
