"""The groups of a breakdown: the largest values, all others together, and no value at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["value", "other", "missing"]
LABELS = {"other": "Other", "missing": "No value"}


@dataclass(frozen=True)
class Group:
    """One of them; only a `value` has a text."""

    kind: Kind
    value: str | None = None

    def dump(self) -> dict[str, str | None]:
        """Its keys in a result."""
        label = LABELS.get(self.kind) or self.value
        return {"group": self.kind, "value": self.value, "label": label}


def ranked(
    counts: Mapping[str, int], limit: int, others: Sequence[Mapping[str, int]] = ()
) -> list[Group]:
    """The groups of values that are there, "" standing for none; of equals the first in the order
    of their characters. What only `others` have is no group of its own."""
    there = [name for name, count in counts.items() if name and count]
    there.sort(key=lambda name: (-counts[name], name))
    largest = there[:limit]
    everything = [counts, *others]
    rest = {name for each in everything for name, count in each.items() if count} - set(largest)
    return listed(largest, other=bool(rest - {""}), missing="" in rest)


def listed(values: Iterable[str], *, other: bool, missing: bool) -> list[Group]:
    groups = [Group("value", each) for each in values]
    groups += [Group("other")] if other else []
    return groups + ([Group("missing")] if missing else [])


def places(groups: Sequence[Group], names: Iterable[str]) -> list[int]:
    """For each value the index of its group; -1 where it has none."""
    index = {group: n for n, group in enumerate(groups)}
    other, missing = index.get(Group("other"), -1), index.get(Group("missing"), -1)
    return [index.get(Group("value", name), other if name else missing) for name in names]
