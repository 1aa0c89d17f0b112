"""Reports as text: out, into git, and in again, here or in another project."""

import io

import pytest
import yaml
from django.core.management import CommandError, call_command

from analytics.models import Alert, Dashboard, Placed, Report, Segment, Subscription
from people.models import Project

pytestmark = pytest.mark.django_db
CROATIA = {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]}
LOOKS = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"preset": "last_7_days"},
    "events": [{"event": "look"}],
}
FUNNEL = {
    "kind": "funnel",
    "period": {"preset": "last_7_days"},
    "window": {"value": 15, "unit": "minute"},
    "steps": [{"event": "look"}, {"event": "pay"}],
}


@pytest.fixture
def full(project):
    """A project with one of everything, and two reports of one name."""
    segment = Segment.objects.create(project=project, name="Croats", condition=CROATIA)
    for definition in (LOOKS | {"segments": [{"segment": str(segment.pk)}]}, FUNNEL):
        report = Report(project=project, name="Weekly", definition=definition)
        report.full_clean(exclude=["kind"])
        report.save()
    first, second = project.reports.order_by("created_at")
    board = Dashboard.objects.create(project=project, name="Board", period=LOOKS["period"])
    board.arrange([Placed(2, second), Placed(1, first), Placed(3, text="Grüße")])
    schedule = {"every": "week", "hour": 8, "weekday": "monday"}
    Subscription(project=project, report=second, schedule=schedule).keep(["a@example.com"], None)
    Subscription(project=project, dashboard=board, schedule={"every": "day", "hour": 7}).keep(
        [], None
    )
    Alert(
        project=project, report=first, operator="below", value=5, figure={"event": 0},
        schedule={"every": "hour"},
    ).keep(["a@example.com"], None)  # fmt: skip
    return project


def exported(project):
    out = io.StringIO()
    call_command("export_reports", project=project.slug, stdout=out)
    return out.getvalue()


@pytest.fixture
def bring_in(tmp_path):
    def call(text, project, **options):
        file, out = tmp_path / "reports.yaml", io.StringIO()
        file.write_text(text if isinstance(text, str) else yaml.safe_dump(text))
        call_command("import_reports", str(file), project=project.slug, stdout=out, **options)
        return out.getvalue().splitlines()

    return call


def test_what_goes_out_comes_in_the_same_elsewhere_and_only_once(full, bring_in):
    text = exported(full)
    assert "Grüße" in text
    assert "a@example.com" not in text
    assert str(full.segments.get().pk) not in text
    other = Project.objects.create(name="Other")
    planned = bring_in(text, other, dry_run=True)
    assert not other.reports.exists()
    assert planned == [
        "+ segment “Croats”",
        "+ report “Weekly”",
        "+ report “Weekly (2)”",
        "+ dashboard “Board”",
        "+ subscription of “Board”",
        "+ subscription of “Weekly (2)”",
        "+ alert of “Weekly”",
        "7 would be changed, 0 as they are.",
    ]
    assert bring_in(text, other)[-1] == "7 changed, 0 as they are."
    assert exported(other) == text
    assert bring_in(text, other) == ["0 changed, 7 as they are."]
    [key] = [
        each["segment"] for each in other.reports.get(kind="segmentation").definition["segments"]
    ]
    assert other.segments.get().pk == other.segments.get(pk=key).pk


def test_what_differs_is_told_in_words_and_changed(full, bring_in):
    document = yaml.safe_load(exported(full))
    document["reports"][1]["definition"]["window"] = {"value": 1, "unit": "hour"}
    document["dashboards"][0]["tiles"].reverse()
    document["subscriptions"][1]["paused"] = True
    document["alerts"][0]["value"] = 7
    kept = full.reports.create(name="Mine", kind="funnel", definition=FUNNEL)
    assert bring_in(document, full) == [
        "~ report “Weekly (2)”: window 15 minutes → 1 hour",
        "~ dashboard “Board”: tiles",
        "~ subscription of “Weekly (2)”: paused",
        "~ alert of “Weekly”: value",
        "4 changed, 3 as they are.",
    ]
    assert full.reports.filter(pk=kept.pk).exists()
    assert full.reports.get(name="Weekly", kind="funnel").versions.count() == 2
    # Whoever got it still does.
    assert Subscription.objects.get(dashboard=None).emails == ["a@example.com"]
    assert Alert.objects.get().emails == ["a@example.com"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"reports": [{"name": "x", "definition": {"kind": "map"}}]}, "reports.0.definition.kind"),
        ({"reports": [{"name": "x", "definition": FUNNEL | {"steps": []}}]},
         "reports.0.definition.steps"),
        ({"reports": [{"name": "x", "definition": LOOKS | {"segments": [{"segment": "None"}]}}]},
         "reports.0.definition.segments.0.segment"),
        ({"segments": [{"name": "x", "condition": {"all": []}}]}, "segments.0"),
        ({"dashboards": [{"name": "x", "tiles": [{"report": "None"}]}]},
         "dashboards.0.tiles.0.report"),
        ({"subscriptions": [{"report": "None", "schedule": {"every": "day"}}]},
         "subscriptions.0.report"),
        ({"subscriptions": [{"schedule": {"every": "day"}}]}, "subscriptions.0"),
        ({"alerts": [{"report": "Weekly", "operator": "like", "value": 1,
                      "schedule": {"every": "hour"}}]}, "alerts.0.operator"),
        ({"colours": []}, "colours"),
        ([], ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place_and_nothing_is_done(full, bring_in, change, path):
    before = exported(full)
    new = {"reports": [{"name": "New", "definition": LOOKS}]}
    document = new | change if isinstance(change, dict) else change
    with pytest.raises(CommandError) as caught:
        bring_in(document, full)
    assert f"\n{path}: " in str(caught.value)
    assert exported(full) == before


def test_what_is_no_yaml_is_told(full, bring_in):
    with pytest.raises(CommandError, match="no YAML"):
        bring_in("a: [", full)
