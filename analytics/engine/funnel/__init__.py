"""Funnels: who gets from step to step within a window (contract §3)."""

from analytics.engine.funnel.live import live
from analytics.engine.funnel.people import people
from analytics.engine.funnel.query import query
from analytics.engine.funnel.result import result
from analytics.engine.funnel.separation import Separation, separation
from analytics.engine.funnel.why import Why, ways, whys

__all__ = ["Separation", "Why", "live", "people", "query", "result", "separation", "ways", "whys"]
