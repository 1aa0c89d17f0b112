"""The kinds of reports that there are."""

from analytics.definitions.parts import Word


class Kind(Word):
    """A kind of report, and what a page calls it."""

    SEGMENTATION = "segmentation", "Event segmentation"
    FUNNEL = "funnel", "Funnel"
    RETENTION = "retention", "Retention"

    @classmethod
    def of(cls, key: str) -> "Kind":
        """The kind of a key that is one."""
        return next(each for each in cls if each == key)
