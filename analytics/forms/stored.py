"""What is stored, opened in the form: also what this version of the product cannot read in all."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from analytics.definitions.conditions import Catalogue
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import dump, parse_condition, read_stored
from analytics.forms.builder import Builder, query_string
from analytics.forms.cards import SegmentCard

# Stands for an event that has still to be chosen.
GAP = "\N{REPLACEMENT CHARACTER}"
# So often what was left out may make something else wrong.
MOST_ROUNDS = 4


def opened(kind: str, stored: Any) -> tuple[str, dict[str, list[str]]]:
    """The parameters of a stored definition, and what is wrong in it, by path: that is left out,
    and stands in the form as in a new report."""
    try:
        return query_string(dump(read_stored(stored))), {}
    except Invalid as error:
        return query_string(salvaged(kind, stored, error.problems)), error.problems


def opened_condition(stored: Any) -> tuple[dict[str, Any] | None, dict[str, list[str]]]:
    """A segment's condition as it is written down, and what is wrong in it, by path: the lines with
    that are left out; None where nothing is left."""
    problems: dict[str, list[str]] = {}
    kept = stored
    for _ in range(MOST_ROUNDS):
        try:
            condition = parse_condition(kept, Catalogue())
        except Invalid as error:
            problems = problems or error.problems
            kept = pruned(kept, [path.split(".") for path in error.problems])
        else:
            return condition.model_dump(mode="json"), problems
    return None, problems


def pruned(data: Any, paths: Sequence[Sequence[str]]) -> Any:
    """Without the members of lists in which something is wrong, the innermost ones."""
    match data:
        case dict():
            return {
                key: pruned(value, [path[1:] for path in paths if path[:1] == [key]])
                for key, value in data.items()
            }
        case list():
            below = [[path[1:] for path in paths if path[:1] == [str(n)]] for n in range(len(data))]
            return [
                pruned(each, inner)
                for each, inner in zip(data, below, strict=True)
                if not inner or any(step.isdecimal() for path in inner for step in path)
            ]
        case _:
            return data


def salvaged(kind: str, stored: Any, problems: Mapping[str, list[str]]) -> dict[str, Any]:
    """What of a definition can be read, with everything else as in a new report."""
    blank = replaced(Builder(kind, QueryDict(), Catalogue()).dump(), "", GAP)
    kept = stored
    for _ in range(MOST_ROUNDS):
        kept = blank | sound(kept, problems, blank)
        try:
            whole = dump(read_stored(kept))
        except Invalid as error:
            # What is left does not go together, as an exclusion between steps that are gone.
            problems = error.problems
        else:
            break
    else:
        whole = dump(read_stored(blank))
    filled: dict[str, Any] = replaced(whole, GAP, "")
    return filled


def sound(
    stored: Any, problems: Mapping[str, list[str]], blank: Mapping[str, Any]
) -> dict[str, Any]:
    """The values in which nothing is wrong, and of lists the members."""
    if not isinstance(stored, dict):
        return {}
    found = {key: value for key, value in stored.items() if key != "kind"}
    for path in problems:
        key, *below = path.split(".")
        given = found.get(key)
        if not isinstance(given, list):
            found.pop(key, None)
        elif below:
            found[key] = [*given[: int(below[0])], None, *given[int(below[0]) + 1 :]]
        elif key not in blank:
            found.pop(key)
    for key, given in found.items():
        if isinstance(given, list):
            members = [each for each in given if each is not None]
            found[key] = members + list(blank.get(key, []))[len(members) :]
    return found


def replaced(data: Any, old: str, new: str) -> Any:
    """With other names of events."""
    match data:
        case dict():
            return {
                key: new if key == "event" and value == old else replaced(value, old, new)
                for key, value in data.items()
            }
        case list():
            return [replaced(each, old, new) for each in data]
        case _:
            return data


def segment_query(segment: Mapping[str, Any]) -> str:
    """The parameters of a segment, as the first of a form."""
    return urlencode(SegmentCard.of("segment-0", segment).fields())
