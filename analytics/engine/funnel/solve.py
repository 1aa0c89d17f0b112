"""The counted attempts of everybody by the rules of a funnel, and which attempts are complete."""

from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

import numpy as np
import numpy.typing as npt

from analytics.definitions.steps import Order
from analytics.engine.funnel.attempts import (
    NONE,
    Whole,
    counted_attempts,
    following,
    furthest,
    furthest_levels,
    tangled,
)
from analytics.engine.funnel.exclusions import Walk, violated
from analytics.engine.funnel.orders import (
    any_complete,
    crowded,
    in_any_order,
    runs,
    strict_attempt,
    strictly,
)
from analytics.engine.funnel.rules import Found, Rules, Trails, changes, limited

Flags = npt.NDArray[np.bool_]


def solve(trails: Trails, rules: Rules) -> Found:
    """The counted attempt of everybody, each event with its own held values alone."""
    match rules.order:
        case Order.STRICT:
            return strictly(trails, rules)
        case Order.ANY:
            return in_any_order(trails, rules)
        case Order.IN_ORDER:
            return in_order(trails, rules)
        case _:
            assert_never(rules.order)


def in_order(trails: Trails, rules: Rules) -> Found:
    """Without exclusions first; whom one of them catches is worked out alone."""
    levels = furthest_levels(trails, rules.window, rules.steps)
    filled = counted_attempts(trails, levels, rules.window, rules.steps)
    found = Found(levels, filled)
    for person in np.flatnonzero(violated(trails, filled, rules)).tolist():
        attempt = Walk.of(trails, person, rules).counted(int(levels[person]))
        found.put(person, int(trails.offsets[person]), attempt)
    return found


def begins(trails: Trails, rules: Rules) -> Flags:
    """Which events an attempt can begin with."""
    if rules.order is Order.ANY:
        inside: Flags = trails.times < rules.period
        return inside & (trails.masks > 0)
    first: Flags = trails.masks & 1 == 1
    return first


def conversions(trails: Trails, rules: Rules, starts: Whole) -> tuple[Whole, Whole]:
    """Who entered in which bucket, and of these who completed an attempt that began in it: pairs
    as one number, person × buckets + bucket, each once. `starts` are those of the buckets."""
    entries = np.flatnonzero(begins(trails, rules))
    bucket = np.searchsorted(starts, trails.times[entries], "right") - 1
    pairs = trails.owners[entries] * len(starts) + bucket
    complete, unsure = completed(trails, rules, entries)
    done = once(pairs[complete & ~unsure])
    open_pairs = np.setdiff1d(once(pairs[unsure]), done, assume_unique=True).tolist()
    alone = [pair for pair in open_pairs if completes_alone(trails, rules, starts, pair)]
    return once(pairs), once(np.concatenate((done, np.array(alone, np.int64))))


def completed(trails: Trails, rules: Rules, entries: Whole) -> tuple[Flags, Flags]:
    """With which entries a complete attempt begins, and of which that is unsure: because of equal
    times or of exclusions."""
    owners = trails.owners[entries]
    match rules.order:
        case Order.ANY:
            return any_complete(trails, rules)[entries], np.zeros(len(entries), np.bool_)
        case Order.STRICT:
            return runs(trails, rules)[entries] == rules.steps, crowded(trails)[owners]
        case Order.IN_ORDER:
            attempts = soonest(trails, rules, entries)
            caught: Flags = violated(trails, attempts, rules)
            return attempts[:, -1] != NONE, tangled(trails, trails.owners)[owners] | caught
        case _:
            assert_never(rules.order)


def soonest(trails: Trails, rules: Rules, entries: Whole) -> Whole:
    """From each entry the attempt that takes every next step as soon as it can; a row each."""
    owners, times = np.append(trails.owners, NONE), np.append(trails.times, 0)
    filled = np.full((len(entries), rules.steps), NONE, np.int64)
    filled[:, 0] = entries
    going = np.arange(len(entries))
    for step in range(1, rules.steps):
        then = following(trails, step)[filled[going, step - 1] + 1]
        first = entries[going]
        there = (owners[then] == owners[first]) & (times[then] - times[first] <= rules.window)
        going = going[there]
        filled[going, step] = then[there]
    return filled


def completes_alone(trails: Trails, rules: Rules, starts: Whole, pair: int) -> bool:
    """Whether one person completes an attempt that begins in one bucket."""
    person, bucket = divmod(pair, len(starts))
    end = int(starts[bucket + 1]) if bucket + 1 < len(starts) else rules.period
    times, masks = trails.of(person)
    masks = limited(masks, times, int(starts[bucket]), end)
    mine = trails.mine(person)
    if rules.order is Order.STRICT:
        attempt = strict_attempt(times, masks, trails.holds[mine].tolist(), rules)
    elif rules.exclusions:
        walk = Walk(times, masks, trails.marks[mine].tolist(), rules)
        return walk.reach(rules.steps, masks) is not None
    else:
        attempt = furthest(times, masks, rules.steps, rules.window)
    return len(attempt) == rules.steps


@dataclass(frozen=True)
class Solved:
    """What many people did, and their counted attempts; where something is `held`, worked out apart
    for each of the values that a person has in it."""

    trails: Trails
    rules: Rules
    held: bool

    @cached_property
    def parts(self) -> tuple[Trails, Whole, Whole]:
        """What is worked out apart, whose each part is, and which event of theirs each event is.
        Strictly, what has another value lies between, so that nobody is taken apart."""
        if self.held and self.rules.order is not Order.STRICT:
            return self.trails.parted()
        return self.trails, np.arange(len(self.trails)), np.arange(len(self.trails.times))

    @cached_property
    def apart(self) -> Found:
        return solve(self.parts[0], self.rules)

    @cached_property
    def found(self) -> Found:
        trails, whose, order = self.parts
        return self.apart.best(whose, len(self.trails), trails.times, order)

    def could_begin(self) -> tuple[Whole, Whole]:
        """Every event that a counted attempt could begin with, and whose it is: events of that time
        that fit the first step, in all parts whose attempts rank the same."""
        trails, whose, order = self.parts
        equal = self.apart.leading(whose, trails.times)
        owners = trails.owners
        begun = trails.times[self.apart.filled[:, 0]][owners]
        could = equal[owners] & begins(trails, self.rules) & (trails.times == begun)
        return order[np.flatnonzero(could)], whose[owners[could]]

    def over_time(self, starts: Whole) -> tuple[Whole, Whole]:
        """Who entered in which bucket, and who completed an attempt that began in it: each person
        once a bucket, as person × buckets + bucket."""
        trails, whose, _ = self.parts
        entered, converted = (
            once(whose[part] * len(starts) + bucket)
            for part, bucket in (
                np.divmod(pairs, len(starts)) for pairs in conversions(trails, self.rules, starts)
            )
        )
        return entered, converted


def once(numbers: Whole) -> Whole:
    """Each number once, ascending: sorted, which costs little where they nearly are."""
    ascending = np.sort(numbers, kind="stable")
    return ascending[changes(ascending)]
