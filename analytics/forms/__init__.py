"""The builder's form: a definition as flat, readable parameters of a URL, and back."""

from analytics.forms.builder import Builder, query_string
from analytics.forms.stored import opened, opened_condition, segment_query

__all__ = ["Builder", "opened", "opened_condition", "query_string", "segment_query"]
