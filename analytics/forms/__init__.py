"""The builder's form: a definition as flat, readable parameters of a URL, and back."""

from analytics.forms.builder import Builder, named_events, query_string

__all__ = ["Builder", "named_events", "query_string"]
