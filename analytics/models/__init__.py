"""Segments and reports as they are saved, the runs that compute them, and lists of people."""

from analytics.models.alerts import Alert, check_due
from analytics.models.annotations import Annotation, annotations_in
from analytics.models.attributes import Held, held
from analytics.models.dashboards import Dashboard, Placed, Tile
from analytics.models.deliveries import Delivery
from analytics.models.edited import Overtaken
from analytics.models.exports import Export
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
from analytics.models.properties import holdings, lately
from analytics.models.questions import Question, answer, ask, fetch
from analytics.models.recipients import Address, Recipient
from analytics.models.runs import Run
from analytics.models.saved import Report, Segment
from analytics.models.scopes import catalogue_of, scope_of, shared_properties, today_of
from analytics.models.segments import (
    Counted,
    Shared,
    Size,
    counted,
    list_of_ids,
    segments_with,
    shared_by,
    sizes_by_day,
)
from analytics.models.shares import Share
from analytics.models.subscriptions import Subscription, plan
from analytics.models.suggestions import Choices, amiss, suggestions
from analytics.models.versions import Change, Version, changed, changes
from analytics.models.volumes import (
    Volume,
    event_volumes,
    last_events,
    people_days,
    recent_days,
)
from analytics.models.webhooks import Webhook, WebhookCall

__all__ = [
    "Address",
    "Alert",
    "Annotation",
    "Change",
    "Choices",
    "Counted",
    "Dashboard",
    "Delivery",
    "Export",
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
    "counted",
    "event_volumes",
    "everybody",
    "fetch",
    "held",
    "holdings",
    "last_events",
    "lately",
    "list_of_ids",
    "people_count",
    "people_days",
    "people_page",
    "plan",
    "recent_days",
    "scope_of",
    "segment_people",
    "segment_sizes",
    "segments_with",
    "shared_by",
    "shared_properties",
    "size_of",
    "sizes_by_day",
    "sorted_page",
    "suggestions",
    "today_of",
]
