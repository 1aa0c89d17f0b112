"""Who may see a project, who its people are, what they did, and what came in."""

from people.models.accounts import Membership, Project, User, WriteKey
from people.models.answered import Answered
from people.models.audit import AuditEntry
from people.models.catalogue import AttributeDefinition, EventDefinition, PropertyDefinition
from people.models.intake import (
    Batch,
    Erasure,
    Import,
    Load,
    RefusedMessage,
    RequestProgress,
    Tombstone,
)
from people.models.persons import Event, Identity, Person, PersonList
from people.models.sent import KeyDay
from people.models.tokens import TokenNote

__all__ = [
    "Answered",
    "AttributeDefinition",
    "AuditEntry",
    "Batch",
    "Erasure",
    "Event",
    "EventDefinition",
    "Identity",
    "Import",
    "KeyDay",
    "Load",
    "Membership",
    "Person",
    "PersonList",
    "Project",
    "PropertyDefinition",
    "RefusedMessage",
    "RequestProgress",
    "TokenNote",
    "Tombstone",
    "User",
    "WriteKey",
]
