"""Event segmentation: events and people of each segment, bucket by bucket (contract §3)."""

from analytics.engine.segmentation.live import live
from analytics.engine.segmentation.people import people
from analytics.engine.segmentation.query import query
from analytics.engine.segmentation.result import result

__all__ = ["live", "people", "query", "result"]
