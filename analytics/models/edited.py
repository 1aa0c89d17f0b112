"""What several people change: nobody saves over what somebody else saved meanwhile."""

from datetime import datetime
from typing import Self

from django.db import models

from people.models import User


class Overtaken(Exception):
    """Somebody else saved it after it was read for this change; `found` is what there is now."""

    def __init__(self, what: str, found: "Edited | None") -> None:
        by = found and (found.modified_by or found.created_by)
        self.found = found
        super().__init__(
            f"{by or 'Somebody'} saved this {what} after you opened it."
            if found
            else f"This {what} was deleted after you opened it."
        )


class Edited(models.Model):
    """Knows who changed it last, and when."""

    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    modified_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def held(self, by: User, seen: datetime | None) -> Self:
        """Its row as it is now, locked for a change of somebody's until the transaction ends.
        Raises Overtaken where it was changed after `seen`, the `modified_at` that the change began
        with."""
        rows = type(self)._default_manager.select_for_update()
        current = rows.filter(pk=self.pk).first()
        if current is None or (seen is not None and current.modified_at != seen):
            raise Overtaken(str(self._meta.verbose_name), current)
        self.modified_by = current.modified_by = by
        return current
