"""People who turn out to be one: what stays of them, and what the database hands over."""

from dataclasses import dataclass, field

from django.db import connection

from people.models import Batch, Person, PersonList, Tombstone

# People of one statement.
CHUNK = 5_000


@dataclass
class Merges:
    """Who went into whom while a request was applied; nothing is written yet."""

    gone: list[Person] = field(default_factory=list)
    # By the object's identity: people who are new have no number yet.
    into: dict[int, Person] = field(default_factory=dict)

    def remaining(self, person: Person) -> Person:
        """Who stayed of a person; the way there is shortened, so that a chain is walked once."""
        way = []
        while (kept := self.into.get(id(person))) is not None:
            way.append(id(person))
            person = kept
        self.into.update(dict.fromkeys(way, person))
        return person

    def merge(self, kept: Person, gone: Person) -> None:
        """Give everything of one person to another."""
        join_attributes(kept, gone)
        kept.first_seen = min(kept.first_seen, gone.first_seen)
        kept.created_at = min(kept.created_at, gone.created_at)
        self.into[id(gone)] = kept
        self.gone.append(gone)


def join_attributes(kept: Person, gone: Person) -> None:
    """Each attribute as written last; of two that were written at once the one who stays has it.

    Only the names of the smaller side are walked: a chain of merges costs no more than its names.
    """
    large, small = kept, gone
    if len(gone.written) + len(gone.attributes) > len(kept.written) + len(kept.attributes):
        large, small = gone, kept
    for name in {*small.attributes, *small.written}:
        mine, theirs = kept.written.get(name, -1), gone.written.get(name, -1)
        lacking = name not in kept.attributes
        winner = gone if theirs > mine or (theirs == mine and lacking) else kept
        if winner is small:
            take(name, small, large)
    kept.attributes, kept.written = large.attributes, large.written


def take(name: str, source: Person, target: Person) -> None:
    for have, want in (
        (target.attributes, source.attributes),
        (target.written, source.written),
    ):
        have.pop(name, None)
        if name in want:
            have[name] = want[name]


def hand_over(batch: Batch, merges: Merges) -> None:
    """Move the events, ids and lists of those who went, each once; tombstones tell the store."""
    pairs = [(merges.remaining(each).pk, each.pk) for each in merges.gone if each.pk]
    if not pairs:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE people_event SET person_id = %s, batch_id = %s WHERE person_id = %s",
            [(kept, batch.pk, gone) for kept, gone in pairs],
        )
        cursor.executemany("UPDATE people_identity SET person_id = %s WHERE person_id = %s", pairs)
    Tombstone.objects.bulk_create(
        [Tombstone(project_id=batch.project_id, person_id=gone, batch=batch) for _, gone in pairs]
    )
    stays = {gone: kept for kept, gone in pairs}
    listed = PersonList.people.through.objects
    for start in range(0, len(pairs), CHUNK):
        numbers = [gone for _, gone in pairs[start : start + CHUNK]]
        rows = listed.filter(person__in=numbers).values_list("personlist_id", "person_id")
        listed.bulk_create(
            [listed.model(personlist_id=each, person_id=stays[gone]) for each, gone in rows],
            ignore_conflicts=True,
        )
        Person.objects.filter(pk__in=numbers).delete()
