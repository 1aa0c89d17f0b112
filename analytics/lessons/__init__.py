"""How numbers are counted, told by a few people and what the engine answers of them.

The answers are written down here for the pages; a test sends what these people did, asks the
engine, and compares.
"""

from analytics.lessons.funnels import FUNNELS
from analytics.lessons.metrics import METRICS
from analytics.lessons.parts import Chapter
from analytics.lessons.retention import RETENTION

CHAPTERS: dict[str, Chapter] = {each.key: each for each in (METRICS, FUNNELS, RETENTION)}
