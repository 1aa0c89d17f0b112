"""Whose numbers a report tells: saved segments, and such as are not."""

from typing import Annotated

from pydantic import Field, Tag, ValidationInfo, field_validator

from analytics.definitions.conditions import InlineSegment
from analytics.definitions.parts import Part, complaint, keyed

MAX_SEGMENTS = 4
SEGMENTS_HELP = "Whose numbers are wanted; none means everybody."


class SavedSegment(Part):
    """A segment that is saved."""

    segment: str = Field(description="Its id.")

    @field_validator("segment")
    @classmethod
    def must_exist(cls, key: str, info: ValidationInfo) -> str:
        if info.context and key not in info.context.catalogue.segments:
            raise complaint("There is no segment with this id in the project.")
        return key


SegmentChoice = Annotated[
    Annotated[SavedSegment, Tag("<segment>")] | Annotated[InlineSegment, Tag("<condition>")],
    keyed(segment="<segment>", condition="<condition>", name="<condition>"),
]
