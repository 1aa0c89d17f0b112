"""Whom messages speak of: ids resolved to people, people made, changed and merged, in bulk."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from people.attributes import STANDARD
from people.ingest.body import cleaned
from people.ingest.edits import edited
from people.ingest.merging import Merges, hand_over
from people.ingest.messages import Alias, Edit, Id, Identify, Kind, Message, Verb
from people.models import Batch, Identity, Person
from people.values import JSON, Type, as_date, iso, milliseconds, start_of_day

T = TypeVar("T")
# Values in one `IN (…)`: databases have a limit.
MOST_IN = 10_000
# What libraries make up for a device looks like this.
MADE_UP = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


def batched(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


class Resolver:
    """The people whom one request speaks of. Only `save` writes."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.project = batch.project
        self.by_id: dict[str, Person] = {}
        self.merges = Merges()
        self.kinds: dict[str, Kind] = {}
        self.new_ids: list[Identity] = []
        # Ids that were taken for anonymous ones until a client used them as known ones.
        self.promoted: dict[str, Kind] = {}
        self.changed: dict[int, Person] = {}

    # --- Applying ---

    def apply(self, messages: Sequence[Message]) -> None:
        """Take the messages in their order."""
        self.fetch({each.value for message in messages for each in message.ids})
        for message in messages:
            if isinstance(message, Alias):
                person = self.alias(message)
            else:
                person = self.resolve(message.ids, by_word=False, at=message.at)
            self.see(person, message.at)
            if isinstance(message, Identify):
                absent = {k: v for k, v in message.once.items() if k not in person.attributes}
                self.set_attributes(person, absent | dict(message.attributes), message.at)
                for edit in message.edits:
                    self.edit(person, edit, message.at)

    def fetch(self, values: set[str]) -> None:
        same: dict[int, Person] = {}
        for chunk in batched(sorted(values), MOST_IN):
            rows = Identity.objects.filter(project=self.project, value__in=chunk)
            for identity in rows.select_related("person"):
                person = same.setdefault(identity.person_id, identity.person)
                self.by_id[identity.value] = person
                self.kinds[identity.value] = Kind(identity.kind)

    # --- Identities ---

    def named(self, value: str) -> Person | None:
        """The person of an id, after all that was merged."""
        person = self.by_id.get(value)
        return person and self.merges.remaining(person)

    def people(self) -> dict[str, int]:
        """The people by their ids, once they are saved."""
        return {value: self.merges.remaining(each).pk for value, each in self.by_id.items()}

    def resolve(self, ids: Sequence[Id], *, by_word: bool, at: datetime) -> Person:
        """The one person whom these ids name, joined where they named several.

        An anonymous id that belongs to somebody known is not joined with somebody else who is known
        merely because both used it, as on a shared device; only an alias says so.
        """
        person = self.named(ids[0].value)
        for each in ids[1:]:
            person = self.joined(person, each, ids[0], by_word=by_word)
        if person is None:
            person = self.make(at)
        self.keep(person, ids)
        if ids[0].kind is Kind.EXTERNAL:
            external = person.attributes.get("external_id", ids[0].value)
            self.set_attributes(person, {"external_id": external}, at)
        return person

    def joined(self, person: Person | None, each: Id, first: Id, *, by_word: bool) -> Person | None:
        """Who is meant when another id stands beside the first one, which is of this person."""
        other = self.named(each.value)
        if person is None:
            stranger = other is not None and self.is_known(other) and not by_word
            return None if stranger and first.kind is Kind.EXTERNAL else other
        if other is None or other is person or not self.may_join(person, other, by_word):
            return person
        return self.merge(*self.by_rank(person, other))

    def keep(self, person: Person, ids: Sequence[Id]) -> None:
        """The ids as this person's; one that was anonymous is external once it is called so."""
        for each in ids:
            if each.value not in self.by_id:
                self.add_identity(person, each)
            elif self.kinds[each.value] is Kind.ANONYMOUS and each.kind is Kind.EXTERNAL:
                self.kinds[each.value] = self.promoted[each.value] = each.kind

    def alias(self, message: Alias) -> Person:
        """Make the people of two ids one, whose external id is that of the identified one."""
        first, other = message.ids
        if message.either_way:
            if self.evidence(other) > self.evidence(first):
                first, other = other, first
            other = Id(other.value, Kind.ANONYMOUS)
        own = self.named(first.value)
        wanted = own.attributes.get("external_id") if own else None
        person = self.resolve((first, other), by_word=True, at=message.at)
        if first.kind is Kind.EXTERNAL:
            self.set_attributes(person, {"external_id": wanted or first.value}, message.at)
        return person

    def evidence(self, given: Id) -> tuple[bool, bool, bool]:
        """What speaks for an id to be the identified one of two, the strongest first: it is not
        known as anonymous, something is known of its person, it does not look made up."""
        person = self.named(given.value)
        facts = person.attributes.keys() - {"external_id"} if person else frozenset()
        return (
            self.kinds.get(given.value, given.kind) is not Kind.ANONYMOUS,
            bool(facts),
            not MADE_UP.fullmatch(given.value),
        )

    def is_known(self, person: Person) -> bool:
        return "external_id" in person.attributes

    def may_join(self, person: Person, other: Person, by_word: bool) -> bool:
        return by_word or not (self.is_known(person) and self.is_known(other))

    def by_rank(self, one: Person, other: Person) -> tuple[Person, Person]:
        """Who stays and who goes: the known one stays, of two equals the older one."""
        ranked = sorted(
            (one, other), key=lambda each: (not self.is_known(each), each.pk is None, each.pk or 0)
        )
        return ranked[0], ranked[1]

    def make(self, at: datetime) -> Person:
        received = self.batch.received_at
        person = Person(
            project=self.project,
            first_seen=at,
            batch=self.batch,
            created_at=received,
            modified_at=received,
        )
        self.change(person)
        return person

    def add_identity(self, person: Person, given: Id) -> None:
        self.by_id[given.value] = person
        self.kinds[given.value] = given.kind
        self.new_ids.append(
            Identity(project=self.project, person=person, value=given.value, kind=given.kind)
        )

    # --- What is known of a person ---

    def change(self, person: Person) -> None:
        person.batch = self.batch
        person.modified_at = self.batch.received_at
        self.changed[id(person)] = person

    def see(self, person: Person, at: datetime) -> None:
        if at < person.first_seen:
            person.first_seen = at
            self.change(person)

    def set_attributes(self, person: Person, attributes: Mapping[str, JSON], at: datetime) -> None:
        """Set attributes; of two messages the one that is later by its own time wins."""
        now = milliseconds(at)
        for name, value in attributes.items():
            if person.written.get(name, now) > now:
                continue
            kept = self.in_zone(name, value)
            if kept is None and name not in person.attributes:
                continue
            if kept is None:
                del person.attributes[name]
                self.change(person)
            elif name not in person.attributes or person.attributes[name] != kept:
                person.attributes[name] = kept
                self.change(person)
            if name != "external_id" and person.written.get(name) != now:
                person.written[name] = now
                self.change(person)

    def edit(self, person: Person, edit: Edit, at: datetime) -> None:
        """Change an attribute from what it is. A sum or a union is the same in any order."""
        now = milliseconds(at)
        if edit.verb is Verb.CLEAR:
            for name in set(person.attributes) - {"external_id"}:
                self.edit(person, Edit(Verb.UNSET, name), at)
            return
        if edit.verb is Verb.UNSET:
            if person.written.get(edit.name, now) > now:
                return
            person.attributes.pop(edit.name, None)
        else:
            before = person.attributes.get(edit.name)
            if (after := edited(edit, before)) is None:
                return
            person.attributes[edit.name] = after
        person.written[edit.name] = max(now, person.written.get(edit.name, now))
        self.change(person)

    def in_zone(self, name: str, value: JSON) -> JSON:
        """A day given for an instant is that day's start in the project's zone."""
        if isinstance(value, dict | list):
            return cleaned(value)  # type: ignore[no-any-return]
        if (
            STANDARD.get(name) is Type.DATETIME
            and isinstance(value, str)
            and (day := as_date(value))
        ):
            return iso(start_of_day(day, self.project.zone))
        return value

    # --- Merging ---

    def merge(self, kept: Person, gone: Person) -> Person:
        """Make two people one: all events, every identity, each attribute as written last."""
        self.merges.merge(kept, gone)
        self.changed.pop(id(gone), None)
        self.change(kept)
        return kept

    # --- Writing ---

    def save(self) -> None:
        """Write new people, changed ones, and new identities."""
        # Told apart before anything is written: whoever is new has a number then.
        new = [each for each in self.changed.values() if each.pk is None]
        there = [each for each in self.changed.values() if each.pk is not None]
        Person.objects.bulk_create(new, batch_size=1000)
        Person.objects.bulk_create(
            there,
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[
                "attributes",
                "written",
                "first_seen",
                "batch",
                "created_at",
                "modified_at",
            ],
        )
        hand_over(self.batch, self.merges)
        for identity in self.new_ids:
            identity.person = self.merges.remaining(identity.person)
        Identity.objects.bulk_create(self.new_ids, batch_size=1000)
        if self.promoted:
            known = Identity.objects.filter(project=self.project, value__in=list(self.promoted))
            known.update(kind=Kind.EXTERNAL)
