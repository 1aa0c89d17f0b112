"""Refused messages by what stands in them: whose they are, so that they go with their person."""

import json
from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from people.models import Project, RefusedMessage

# A shorter id stands inside too many words that do not mean it: only a whole value is it.
SHORTEST_PART = 6


def forget(project: Project, identities: Collection[str]) -> None:
    """Delete what was refused of somebody."""
    found = [each.pk for each in candidates(project, identities) if names(each, identities)]
    RefusedMessage.objects.filter(pk__in=found).delete()


def candidates(project: Project, identities: Collection[str]) -> QuerySet[RefusedMessage]:
    """Those in whose text one of the ids stands, as it is or as JSON writes it."""
    wanted = Q(pk=None)
    for each in identities:
        for form in {each, json.dumps(each)[1:-1], json.dumps(each, ensure_ascii=False)[1:-1]}:
            wanted |= Q(text__icontains=form) | Q(reasons__icontains=form)
    texts = RefusedMessage.objects.filter(project=project).annotate(
        text=Cast("item", TextField()), reasons=Cast("errors", TextField())
    )
    return texts.filter(wanted)


def names(refused: RefusedMessage, identities: Collection[str]) -> bool:
    """Whether a value of a message, or its reasons, name somebody by one of these ids."""
    ids = {each.lower() for each in identities}
    parts = [each for each in ids if len(each) >= SHORTEST_PART]
    return any(
        value in ids or any(part in value for part in parts)
        for value in texts_of([refused.item, refused.errors])
    )


def texts_of(value: Any) -> Iterator[str]:
    """Every value of a document as text, in small letters; the names in it, too."""
    rest = [value]
    while rest:
        match rest.pop():
            case dict() as fields:
                rest += [*fields, *fields.values()]
            case list() as items:
                rest += items
            case str() | int() | float() as one:
                yield str(one).strip().lower()
