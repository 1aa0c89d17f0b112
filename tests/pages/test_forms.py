"""Definition → address → form → definition is the identity, and the buttons do what they say."""

import html
import re

import pytest
from django.http import QueryDict

from analytics.definitions.conditions import Catalogue, InlineSegment
from analytics.definitions.operators import OPERATORS, Operator, Takes
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import dump, parse
from analytics.forms import Builder, opened, query_string
from people.values import Type

TYPES = {kind.value: kind for kind in Type}
CATALOGUE = Catalogue(
    attributes=TYPES,
    properties={"play": TYPES},
    segments={"s1": InlineSegment.model_construct(name="Saved", condition=None)},
)
PERIOD = {"preset": "last_30_days"}
SEGMENTATION = {
    "kind": "segmentation",
    "metric": "adoption",
    "period": PERIOD,
    "granularities": ["day", "month"],
    "segments": [{"segment": "s1"}],
    "events": [{"event": "play", "filters": []}],
    "denominator": "registered",
}
FUNNEL = {
    "kind": "funnel",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "window": {"value": 15, "unit": "minute"},
    "segments": [],
    "steps": [{"event": "a", "filters": []}, {"event": "b & c=d", "filters": []}],
    "completion": "after_period",
}
RETENTION = {
    "kind": "retention",
    "period": {"preset": "last_90_days"},
    "granularity": "month",
    "intervals": 3,
    "entry": {"event": "play", "filters": [{"property": "text", "operator": "is_empty"}]},
    "return": {"event": "b & c=d", "filters": []},
    "cohort": "every",
    "counting": "on_or_after",
    "segments": [{"segment": "s1"}],
}
ONE = {"text": "x, y", "number": 1.5, "boolean": False, "date": "2026-05-04"}


def value_for(kind, takes):
    one = ONE.get(kind, {"datetime": "2026-05-04", "list": "a"}.get(kind))
    other = {"number": 2, "date": "2026-05-05", "datetime": "2026-05-05"}.get(kind, "z")
    return {
        Takes.NONE: None,
        Takes.ONE: one,
        Takes.MANY: [one, other],
        Takes.PAIR: [one, other],
        Takes.SPAN: {"value": 3, "unit": "week"},
    }[takes]


def leaf(key, kind, operator):
    value = value_for(kind, OPERATORS[kind][operator].takes)
    return {key: kind, "operator": operator.value} | ({} if value is None else {"value": value})


LEAVES = [(kind, operator) for kind in Type for operator in Operator if operator in OPERATORS[kind]]


def builder(query, kind="segmentation"):
    return Builder(kind, QueryDict(query), CATALOGUE)


def round_trip(definition):
    whole = dump(parse(definition, CATALOGUE))
    form = builder(query_string(whole), whole["kind"])
    assert dump(parse(form.dump(), CATALOGUE)) == whole
    again = builder(form.address(), whole["kind"])
    assert dump(parse(again.dump(), CATALOGUE)) == whole


ENTRIES = [
    {"event": None, "filters": []},
    {"event": "play", "filters": [], "first_time": True, "name": "First"},
    {
        "any_of": [
            {"event": "play", "filters": [{"property": "text", "operator": "is", "value": ["x"]}]},
            {"event": None, "filters": []},
        ]
    },
]


MEASURED = SEGMENTATION | {
    "metric": "measure",
    "events": [each | {"measure": {"aggregate": "p90", "property": "number"}} for each in ENTRIES],
}
COMPUTED = SEGMENTATION | {
    "events": ENTRIES,
    "formulas": [{"expression": "A / B + 1", "name": "a & b"}, {"expression": "C"}],
}

FILTERS = [{"property": "text", "operator": "is", "value": ["x"]}]
THREE = FUNNEL | {"steps": [{"event": each, "filters": []} for each in ("play", "b", "c")]}
RULED = THREE | {
    "hold": ["text", "number"],
    "exclusions": [
        {"event": "play", "filters": FILTERS, "after": 0, "before": 2},
        {"event": None, "filters": [], "after": 1, "before": 2},
    ],
    "over_time": {"granularity": "week"},
    "time_to_convert": {"from": 1, "to": 2, "bins": 7},
}


@pytest.mark.parametrize(
    "definition",
    [RULED, THREE | {"order": "any"}, THREE | {"order": "strict", "hold": ["text"]}],
)
def test_what_a_funnel_asks_beside_its_steps(definition):
    round_trip(definition)


ROLLING = SEGMENTATION | {"granularities": ["day"], "rolling": 28}
CUMULATIVE = SEGMENTATION | {"metric": "events", "cumulative": True}


@pytest.mark.parametrize(
    "definition",
    [
        SEGMENTATION,
        FUNNEL,
        SEGMENTATION | {"events": ENTRIES},
        MEASURED,
        COMPUTED,
        ROLLING,
        CUMULATIVE,
        RETENTION,
        RETENTION | {"entry": ENTRIES[1], "return": ENTRIES[2]},
    ],
)
def test_definitions(definition):
    round_trip(definition)


def test_a_retention_has_two_events_and_nothing_that_it_cannot_have():
    """Also where the address is of another kind of report."""
    form = builder("event-0=a&event-1=b&event-2=c&breakdown=attribute:text&compare=previous_period"
                   "&granularity=day&granularity=week&exclusive=on&segment-0=s1&segment-1=s1",
                   "retention")  # fmt: skip
    asked = parse(form.dump(), CATALOGUE)
    assert (str(asked.entry), str(asked.returning), str(asked.granularity)) == ("a", "b", "week")
    assert (builder("event-0=a", "retention").gap, form.gap) == ("return", "")


def test_what_is_wrong_in_a_retention_stands_at_its_field():
    form = builder("event-0=play&event-0-filter-0-property=number&event-0-filter-0-operator=is"
                   "&event-0-filter-0-value=x&event-1=b&granularity=hour&intervals=61&cohort=none",
                   "retention")  # fmt: skip
    with pytest.raises(Invalid) as refused:
        parse(form.dump(), CATALOGUE)
    form.tell(refused.value.problems)
    assert set(form.problems) == {"granularity", "intervals", "cohort"}
    assert form.events[0].filters[0].problems


@pytest.mark.parametrize(("kind", "operator"), LEAVES)
def test_every_comparison_of_every_type(kind, operator):
    filters = [leaf("property", kind, operator), leaf("property", kind, operator)]
    conditions = [leaf("attribute", kind, operator)]
    round_trip(
        SEGMENTATION
        | {
            "events": [{"event": "play", "filters": filters}] * 2,
            "segments": [
                {"name": "Mine & yours", "condition": {"any": conditions}},
                {"segment": "s1"},
            ],
        }
    )


def test_a_measure_is_of_a_property_that_it_can_be_of():
    form = builder("event-0=play&metric=measure")
    assert (form.gap, form.events[0].measurable) == ("measure", ["number"])
    assert builder("event-0=play&metric=measure&event-0-of=number").gap == ""
    differing = builder("event-0=play&metric=measure&event-0-measure=distinct")
    assert differing.events[0].measurable == sorted(TYPES)
    other = builder("event-0=play&metric=people&event-0-of=number")
    assert "measure" not in other.dump()["events"][0]
    # It is there again when the metric is.
    assert "event-0-of=number" in other.address()


def test_formulas_are_added_and_told_what_is_wrong():
    form = builder("event-0=play&do=add-formula")
    assert (form.fresh, form.dump().get("formulas")) == ("formula-0", None)
    form = builder("event-0=play&formula-0=&formula-1=A&formula-2=B")
    assert [each["expression"] for each in form.dump()["formulas"]] == ["A", "B"]
    with pytest.raises(Invalid) as refused:
        parse(form.dump(), CATALOGUE)
    form.tell(refused.value.problems)
    assert [len(each.problems) for each in form.formulas] == [0, 0, 1]
    assert "formulas" not in builder("event-0=a&event-1=b&formula-0=A", "funnel").dump()


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        ("metric=people&granularity=day", ["rolling", "cumulative"]),
        ("metric=people&granularity=day&granularity=week", ["cumulative"]),
        ("metric=adoption&granularity=day", ["rolling"]),
        ("metric=events&granularity=hour", ["cumulative"]),
        ("metric=engagement&granularity=day", []),
        ("metric=measure&granularity=day", []),
    ],
)
def test_only_times_that_can_be_are_offered(query, offered):
    assert [key for key, _ in builder(f"event-0=play&{query}").spans] == offered


def test_what_cannot_be_over_a_longer_time_is_not_offered_beside_it():
    rolling = builder("event-0=play&metric=people&over=rolling")
    assert rolling.dump()["rolling"] == 7
    assert rolling.metrics == ["people", "adoption"]
    assert builder("event-0=play&metric=people&over=cumulative").metrics == ["events", "people"]
    # An address can say it all the same; then it is told, and can be taken back.
    wrong = builder("event-0=play&metric=people&over=rolling&granularity=week")
    assert [key for key, _ in wrong.spans] == ["rolling", "cumulative"]


def test_exclusive_is_offered_for_several_segments_alone():
    two = SEGMENTATION | {"segments": [{"segment": "s1"}] * 2, "exclusive": True}
    round_trip(two)
    form = builder(query_string(dump(parse(two, CATALOGUE))) + "&do=remove-segment-1")
    assert "exclusive" not in form.dump()


def test_what_is_not_given_is_as_in_a_new_report():
    definition = parse(builder("event-0=play").dump(), CATALOGUE)
    assert (definition.metric, definition.granularities) == ("people", ("day",))
    assert parse(builder("event-0=a&event-1=b", "funnel").dump(), CATALOGUE).window.value == 1


def test_the_buttons():
    form = builder("event-0=play&do=add-filter-event-0")
    assert [each.prefix for each in form.events[0].filters] == ["event-0-filter-0"]
    form = builder("event-0=a&event-1=b&event-2=c&do=remove-event-1")
    assert [(card.prefix, card.event) for card in form.events] == [
        ("event-0", "a"),
        ("event-1", "c"),
    ]
    form = builder("event-0=a&event-1=b&do=move-event-1-to-0", "funnel")
    assert [card.event for card in form.events] == ["b", "a"]
    form = builder("do=add-segment")
    assert form.segments[0].is_new
    assert len(form.segments[0].group.conditions) == 1
    form = builder("segment-0=new&segment-1=s1&do=remove-segment-0")
    assert [each.choice for each in form.segments] == ["s1"]


def performed(**more):
    times = {"operator": "at_least", "value": 2}
    return {"performed": "play", "filters": [], "times": times} | more


def test_groups_in_groups_and_what_people_did():
    filters = [{"property": "text", "operator": "is", "value": ["x"]}]
    country = {"attribute": "text", "operator": "is", "value": ["HR"]}
    condition = {
        "any": [
            country,
            performed(filters=filters, within={"last": 12, "unit": "week"}),
            performed(within={"start": "2026-05-01", "end": "2026-05-31"}),
            {"all": [country, performed(), {"any": [country, country]}]},
            {"all": [country]},
        ]
    }
    round_trip(SEGMENTATION | {"segments": [{"name": "Deep", "condition": condition}]})


def test_a_group_is_added_and_filled_and_removed():
    start = "segment-0=new&segment-0-match=all&segment-0-condition-0-attribute=text&"
    form = builder(f"{start}do=add-group-segment-0")
    [group] = form.segments[0].group.groups
    assert (group.prefix, group.match) == ("segment-0-group-0", "any")
    assert form.segments[0].dump()["condition"] == {
        "all": [{"attribute": "text", "operator": "is", "value": []}]
    }
    form = builder(f"{form.address()}&do=add-did-segment-0-group-0")
    [group] = form.segments[0].group.groups
    assert [each.prefix for each in group.behaviours] == ["segment-0-group-0-did-0"]
    form = builder(f"{form.address()}&do=add-filter-segment-0-group-0-did-0")
    [group] = form.segments[0].group.groups
    stem = "segment-0-group-0-did-0-filter-0"
    assert [each.prefix for each in group.behaviours[0].filters] == [stem]
    form = builder(f"{form.address()}&do=remove-segment-0-group-0")
    assert form.segments[0].group.groups == []


def test_a_group_too_deep_is_refused_with_a_reason():
    stem = "segment-0" + "-group-0" * 3
    form = builder(
        "event-0=play&metric=people&period=last_7_days&segment-0=new&"
        f"segment-0-group-0-match=all&segment-0-group-0-group-0-match=all&{stem}-match=all&"
        f"{stem}-condition-0-attribute=text&{stem}-condition-0-value=x"
    )
    with pytest.raises(Invalid) as refused:
        parse(form.dump(), CATALOGUE)
    assert "nested 3 deep" in str(refused.value)


@pytest.mark.parametrize(
    "action",
    ["remove-event-9", "remove-event-x", "up-event-0", "add", "add-filter-event-", "dance", "-"],
)
def test_a_button_that_is_not_there_does_nothing(action):
    form = builder(f"event-0=a&do={action}")
    assert [card.event for card in form.events] == ["a"]


def test_an_event_is_one_of_several_or_any():
    form = builder("event-0=a&do=add-or-event-0")
    assert form.fresh == "event-0-or-0"
    assert form.gap
    form = builder("event-0=a&event-0-or-0=b&do=add-filter-event-0-or-0")
    assert [each.prefix for each in form.comparisons] == ["event-0-or-0-filter-0"]
    form = builder("event-0=a&event-0-or-0=b&do=any-event-0-or-0")
    assert form.events[0].dump()["any_of"][1] == {"event": None, "filters": []}
    form = builder("event-0=a&event-0-or-0=b&do=remove-event-0-or-0")
    assert form.events[0].dump() == {"event": "a", "filters": []}
    form = builder("event-0=a&event-1=b&do=first-event-1")
    assert [each.dump().get("first_time") for each in form.events] == [None, True]
    # Who names one again means it alone.
    assert builder("event-0=a&event-0-any=on").events[0].dump()["event"] == "a"


def test_a_problem_of_one_of_several_stands_at_it():
    form = builder("event-0=a&event-0-or-0=b&event-1=c")
    form.tell({"events.0.any_of.1.event": ["Wrong."], "events.1.event": ["Wrong, too."]})
    assert form.events[0].others[0].problems == ["Wrong."]
    assert form.events[1].problems == ["Wrong, too."]


STEPS = "event-0=play&event-1=b&event-2=play"
UNLESS = "&unless-0=x&unless-0-after=1&unless-0-before=2"


def exclusion(form):
    [found] = form.dump()["exclusions"]
    return found["event"], found["after"], found["before"]


def test_an_exclusion_is_added_and_stays_with_its_steps():
    form = builder(f"{STEPS}&do=add-unless", "funnel")
    assert (form.fresh, form.gap) == ("unless-0", "")
    assert "exclusions" not in form.dump()
    form = builder(f"{form.address()}&unless-0=x&do=add-filter-unless-0", "funnel")
    assert [each.prefix for each in form.comparisons] == ["unless-0-filter-0"]
    assert exclusion(form) == ("x", 0, 2)
    form = builder(f"{STEPS}{UNLESS}&do=remove-event-0", "funnel")
    assert exclusion(form) == ("x", 0, 1)
    form = builder(f"{STEPS}{UNLESS}&do=move-event-2-to-0", "funnel")
    assert exclusion(form) == ("x", 0, 2)
    form = builder(f"{STEPS}{UNLESS}&do=remove-unless-0", "funnel")
    assert "exclusions" not in form.dump()
    assert exclusion(builder(f"{STEPS}&unless-0=x&unless-0-after=9", "funnel")) == ("x", 1, 2)


def test_exclusions_go_with_the_order_and_come_back():
    form = builder(f"{STEPS}{UNLESS}&order=any", "funnel")
    assert "exclusions" not in form.dump()
    assert not form.rules.may_exclude
    assert dict(form.rules.kept)["unless-0"] == "x"
    again = builder(form.address().replace("order=any", "order=in_order"), "funnel")
    assert exclusion(again) == ("x", 1, 2)


def test_only_what_every_step_has_and_no_list_is_held():
    alone = [each.value for each in Type if each is not Type.LIST]
    form = builder("event-0=play&event-1=play&do=add-hold", "funnel")
    assert (form.fresh, sorted(form.rules.holdable)) == ("hold-0", sorted(alone))
    assert "hold" not in form.dump()
    form = builder("event-0=play&event-1=b&hold-0=text&hold-1=", "funnel")
    assert (form.rules.holdable, form.rules.unshared) == ([], ["text"])
    assert form.dump()["hold"] == ["text"]
    form = builder("event-0=play&event-1=play&hold-0=text&hold-1=", "funnel")
    [(_, first), (_, second)] = form.rules.holds
    assert "text" in first
    assert "text" not in second


def times(form):
    found = form.dump()["time_to_convert"]
    return found["from"], found["to"]


def test_the_time_it_takes_is_of_steps_that_there_are():
    assert times(builder(f"{STEPS}&times=on", "funnel")) == (0, 2)
    whole = f"{STEPS}&times=on&times-from=0&times-to=2"
    assert times(builder(f"{whole}&do=add-event", "funnel")) == (0, 3)
    assert times(builder(f"{whole}&do=remove-event-1", "funnel")) == (0, 1)
    part = f"{STEPS}&times=on&times-from=1&times-to=2"
    assert times(builder(f"{part}&do=remove-event-0", "funnel")) == (0, 1)
    assert times(builder(f"{part}&do=remove-event-2", "funnel")) == (0, 1)
    assert times(builder(f"{STEPS}&times=on&times-from=2&times-to=0", "funnel")) == (1, 2)


def test_each_problem_of_a_rule_stands_at_it():
    form = builder(f"{STEPS}{UNLESS}&hold-0=list&hold-1=text", "funnel")
    form.tell({"exclusions.0.event": ["A."], "hold.0": ["B."], "order": ["C."]})
    assert form.rules.exclusions[0].problems == ["A."]
    assert [row.problems for row in form.rules.hold] == [["B."], []]
    assert form.problems == {"order": ["C."]}


@pytest.mark.parametrize(
    ("changes", "path", "left"),
    [
        ({"time_to_convert": {"from": 1, "to": 9}}, "time_to_convert.to", {"time_to_convert"}),
        ({"order": "any"}, "exclusions", {"exclusions"}),
        ({"order": "sideways"}, "order", set()),
        ({"over_time": {"granularity": "decade"}}, "over_time.granularity", {"over_time"}),
        ({"hold": ["text", 3]}, "hold.1", set()),
        (
            {"steps": RULED["steps"][:2]},
            "exclusions.1.before",
            {"exclusions", "time_to_convert"},
        ),
    ],
)
def test_a_stored_funnel_that_is_wrong_opens_with_the_rest(changes, path, left):
    address, problems = opened("funnel", RULED | changes)
    assert path in problems
    form = builder(address, "funnel")
    whole = {"hold", "exclusions", "over_time", "time_to_convert"}
    assert whole - set(form.dump()) == left
    assert [each["event"] for each in form.dump()["steps"]][:2] == ["play", "b"]


def test_in_any_order_it_is_broken_down_by_properties_of_all_steps():
    other = Catalogue(properties={"a": {"x": Type.TEXT}, "b": {"x": Type.LIST, "y": Type.TEXT}})
    address = "event-0=a&event-1=b"
    of_first = Builder("funnel", QueryDict(address), other).breakdowns
    assert of_first["Properties of step 1"] == [("property:x", "X")]
    of_all = Builder("funnel", QueryDict(f"{address}&order=any"), other).breakdowns
    assert of_all["Properties of the steps"] == [("property:y", "Y")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ("attribute=plan&c-value=pro", "whose Plan is pro"),
        ("attribute=plan&c-value=pro&c-value=free", "whose Plan is pro or free"),
        ("attribute=plan&c-value=" + "&c-value=".join("abcdefg"), "is a or b or c or d or 3 more"),
        ("attribute=born&c-operator=between&c-value=2026-05-01&c-value=2026-05-09",
         "is between May 1, 2026 and May 9, 2026"),
        ("attribute=born&c-operator=in_the_last&c-value=1&c-value=week", "is in the last 1 week"),
        ("attribute=born&c-operator=in_the_last&c-value=30&c-value=day", "in the last 30 days"),
        ("attribute=born&c-operator=since", "whose Born is since choose …"),
        ("attribute=plan&c-operator=is_empty", "whose Plan is empty"),
        ("attribute=", "whose choose …"),
    ],
)  # fmt: skip
def test_a_sentence_says_its_condition(client, project, alice, journeys, fields, text):
    journeys(ann=[{"plan": "pro", "born": "1990-05-01"}])
    client.force_login(alice)
    query = f"segment-0=new&c-{fields}".replace("c-", "segment-0-condition-0-")
    page = client.get(f"/p/{project.slug}/segmentation/?event-0=look&{query}").content.decode()
    [says] = re.findall(r'(?s)<button[^>]*class="says.*?</button>', page)
    assert text in " ".join(re.sub(r"<[^>]*>", "", says).split())


@pytest.mark.django_db
def test_a_sentence_says_what_was_done_how_often_and_when(client, project, alice, store):
    client.force_login(alice)
    stem = f"/p/{project.slug}/segmentation/?event-0=look&segment-0=new&segment-0-did-0"
    query = "-performed=buy&segment-0-did-0-times=exactly&segment-0-did-0-count=2"
    days = "&segment-0-did-0-within=between&segment-0-did-0-start=2026-05-01"
    page = client.get(f"{stem}{query}{days}").content.decode()
    says = re.findall(r'(?s)<button[^>]*class="says.*?</button>', page)[-1]
    told = html.unescape(" ".join(re.sub(r"<[^>]*>", "", says).split()))
    assert told == "who did buy exactly 2\xa0times between May 1, 2026 and …"
