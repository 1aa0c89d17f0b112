"""Segments and reports as they are saved, the runs that compute them, and lists of people."""

from analytics.models.alerts import Alert, check_due
from analytics.models.annotations import Annotation, annotations_in
from analytics.models.attributes import Held, Users, held, users_of
from analytics.models.dashboards import Dashboard, Placed, Tile
from analytics.models.deliveries import Delivery
from analytics.models.mailings import Mailing
from analytics.models.outbox import KeptMail
from analytics.models.parts import MailingPart
from analytics.models.people import (
    Listed,
    PeoplePage,
    Selection,
    SortedPage,
    attribute_names,
    everybody,
    people_count,
    people_page,
    segment_people,
    segment_sizes,
    size_of,
    sorted_page,
)
from analytics.models.questions import Question, answer, ask, fetch
from analytics.models.recipients import Address, Recipient
from analytics.models.runs import Run
from analytics.models.saved import Overtaken, Report, Segment
from analytics.models.scopes import catalogue_of, scope_of, shared_properties
from analytics.models.segments import Shared, Size, list_of_ids, shared_by, sizes_by_day
from analytics.models.shares import Share
from analytics.models.subscriptions import Subscription, plan
from analytics.models.suggestions import Choices, amiss, suggestions
from analytics.models.versions import Change, Version, changed, changes
from analytics.models.volumes import (
    Volume,
    event_examples,
    event_volumes,
    filled_shares,
    last_events,
    recent_days,
)
from analytics.models.webhooks import Webhook, WebhookCall

__all__ = [
    "Address",
    "Alert",
    "Annotation",
    "Change",
    "Choices",
    "Dashboard",
    "Delivery",
    "Held",
    "KeptMail",
    "Listed",
    "Mailing",
    "MailingPart",
    "Overtaken",
    "PeoplePage",
    "Placed",
    "Question",
    "Recipient",
    "Report",
    "Run",
    "Segment",
    "Selection",
    "Share",
    "Shared",
    "Size",
    "SortedPage",
    "Subscription",
    "Tile",
    "Users",
    "Version",
    "Volume",
    "Webhook",
    "WebhookCall",
    "amiss",
    "annotations_in",
    "answer",
    "ask",
    "attribute_names",
    "catalogue_of",
    "changed",
    "changes",
    "check_due",
    "event_examples",
    "event_volumes",
    "everybody",
    "fetch",
    "filled_shares",
    "held",
    "last_events",
    "list_of_ids",
    "people_count",
    "people_page",
    "plan",
    "recent_days",
    "scope_of",
    "segment_people",
    "segment_sizes",
    "shared_by",
    "shared_properties",
    "size_of",
    "sizes_by_day",
    "sorted_page",
    "suggestions",
    "users_of",
]
