"""Errors of a definition as sentences, each at its path."""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from analytics.definitions.kinds import Kind

MIN_STEPS = 2


AT_LEAST = "At least {} needed."


def one_of(words: Iterable[str]) -> str:
    """These words as a choice: “a”, “b” or “c”."""
    *most, last = [f"“{each}”" for each in words]
    return f"{', '.join(most)} or {last}"


UNIONS = {
    "condition": 'A condition is {"all": […]}, {"any": […]}, {"attribute": …, "operator": …}'
    ' or {"performed": …, "times": …}.',
    "within": 'Give {"last": 30, "unit": "day" or "week"} or {"start": …, "end": …}.',
    "segments": 'A segment is {"segment": id} or {"name": …, "condition": …}.',
    "period": 'A period is {"preset": …} or {"start": …, "end": …}.',
    "breakdown": 'A breakdown is {"property": …} or {"attribute": …}, and may have a "limit".',
    "kind": f"“kind” is {one_of(Kind)}.",
}


def problems_of(error: ValidationError, whole: str = "kind") -> dict[str, list[str]]:
    """Pydantic's errors as path → sentences; the tags that tell unions apart are no path.

    `whole` is where it stands that the kind of the whole cannot be told.
    """
    problems: dict[str, list[str]] = {}
    for each in error.errors(include_url=False, include_context=True):
        steps = [str(step) for step in each["loc"] if not str(step).startswith("<")]
        if steps and steps[0] in list(Kind):
            steps = steps[1:]
        if at := each.get("ctx", {}).get("at"):
            steps.append(str(at))
        if each["type"].startswith("union_tag") and not steps:
            steps = [whole]
        problems.setdefault(".".join(steps), []).append(sentence(each, steps))
    return {path: texts for path, texts in problems.items() if not an_echo(path, texts, problems)}


def an_echo(path: str, texts: list[str], problems: Iterable[str]) -> bool:
    """A list counts as too short when its only members are wrong; those are told already."""
    below = any(other.startswith(f"{path}.") for other in problems)
    return below and texts in ([AT_LEAST.format(1)], [AT_LEAST.format(MIN_STEPS)])


# By the type of pydantic's error, filled from its context.
SENTENCES = {
    "missing": "This is required.",
    "extra_forbidden": "There is no such key here.",
    "too_short": AT_LEAST.format("{min_length}"),
    "too_long": "At most {max_length} allowed.",
    "string_too_short": "This must not be empty.",
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), "Give a JSON object."),
    **dict.fromkeys(("tuple_type", "list_type"), "Give a list."),
    "greater_than_equal": "Give {ge} or more.",
    "less_than_equal": "Give {le:,} or less.",
    "enum": "Use one of {expected}.",
}


def sentence(error: Any, steps: list[str]) -> str:
    kind = error["type"]
    if kind in SENTENCES:
        return SENTENCES[kind].format_map(error.get("ctx", {}))
    if kind.startswith("union_tag"):
        return UNIONS[next((step for step in reversed(steps) if step in UNIONS), "condition")]
    return str(error["msg"]).rstrip(".") + "."
