"""Retention: who comes back, by when they began (contract §3)."""

from analytics.engine.retention.live import live
from analytics.engine.retention.people import people
from analytics.engine.retention.query import query
from analytics.engine.retention.result import result

__all__ = ["live", "people", "query", "result"]
