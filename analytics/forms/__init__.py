"""The builder's form: a definition as flat, readable parameters of a URL, and back."""

from analytics.forms.builder import Builder, named_events, query_string
from analytics.forms.stored import opened

__all__ = ["Builder", "named_events", "opened", "query_string"]
