"""The API describes itself truly: to readers, to generated clients, and under attack."""

import importlib
import json
import re
import subprocess
import sys
from datetime import date

import pytest
import yaml

from tests.conftest import ROOT, Live, command, environment, start

SECONDS = 60
BOUND = 120
# The same calls each time, so that what fails fails for what was changed; `make attack` draws anew.
SEED = "20261125"


@pytest.fixture(scope="module")
def schema(live):
    return live.call("GET", "/api/schema/?format=json")[1]


@pytest.fixture(scope="module")
def operations(schema):
    """The operations by method and path."""
    return {
        (method.upper(), path): each
        for path, item in schema["paths"].items()
        for method, each in item.items()
    }


KINDS = {"application/json", "text/csv", "application/vnd.apache.parquet"}


def test_every_call_has_a_group_a_summary_and_its_refusals(operations, schema):
    groups = {each["name"] for each in schema["tags"]}
    for (method, path), each in operations.items():
        assert each["tags"][0] in groups, path
        assert each["summary"], path
        assert {"401", "429", "503"} < set(each["responses"]), path
        if method in ("POST", "PATCH"):
            assert "400" in each["responses"], path
        for status, answer in each["responses"].items():
            for kind, content in answer.get("content", {}).items():
                assert kind in KINDS
                if int(status) >= 400:
                    assert content["schema"] == {"$ref": "#/components/schemas/Errors"}
    assert {each["tags"][0] for each in operations.values()} == groups
    summaries = [each["summary"] for each in operations.values()]
    assert len(set(summaries)) == len(summaries)


def test_every_field_is_described(schema):
    fields = {
        f"{name}.{field}": each
        for name, component in schema["components"]["schemas"].items()
        for field, each in component.get("properties", {}).items()
    }
    assert len(fields) > 200
    assert [name for name, each in fields.items() if not each.get("description")] == []
    assert [name for name, each in fields.items() if set(each) <= {"description"}] == []


def test_what_is_told_apart_is_told_apart_by_a_key(schema):
    parts = schema["components"]["schemas"]
    assert parts["Definition"]["discriminator"]["propertyName"] == "kind"
    assert parts["Answer"]["discriminator"]["propertyName"] == "status"
    assert parts["Done"]["properties"]["result"]["discriminator"]["propertyName"] == "kind"


def test_both_formats_say_the_same(live, schema):
    told = subprocess.run(
        ["curl", "-sS", f"{live.url}/api/schema/"], check=True, capture_output=True, text=True
    )
    assert json.loads(json.dumps(yaml.safe_load(told.stdout))) == schema
    assert live.call("GET", "/api/schema/?format=xlsx")[0] == 404


def test_every_example_is_accepted(live, operations):
    made = live.call("POST", "/api/projects/", {"name": "Examples"})[1]["slug"]
    tried = 0
    for (method, path), each in sorted(operations.items(), key=lambda one: len(one[0][1])):
        content = each.get("requestBody", {}).get("content", {}).get("application/json", {})
        if "{id}" in path or (path.endswith(("/merge/", "/events/")) and method == "PATCH"):
            continue
        for name, example in content.get("examples", {}).items():
            address = path.replace("{project}", made).replace("{external_id}", "ann")
            status, answer = live.call(method, address, example["value"])
            assert status in (200, 201), (method, path, name, answer)
            tried += 1
    assert tried >= 10


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_a_generated_client_asks_a_report_and_saves_one(live, tmp_path, monkeypatch, kind):
    package = f"moments_{kind}"
    (tmp_path / "config.yml").write_text("post_hooks: []\n")
    generated = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none",
         "--url", f"{live.url}/api/schema/?format={kind}", "--fail-on-warning",
         "--config", "config.yml", "--output-path", package],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert generated.returncode == 0, generated.stdout + generated.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    client = importlib.import_module(f"{package}.client")
    models = importlib.import_module(f"{package}.models")
    query = importlib.import_module(f"{package}.api.query.query_create")
    reports = importlib.import_module(f"{package}.api.reports.reports_create")
    show = importlib.import_module(f"{package}.api.reports.reports_retrieve")
    me = client.AuthenticatedClient(live.url, token=live.api_token)
    definition = models.Segmentation(
        kind="segmentation",
        metric=models.Metric.PEOPLE,
        period=models.CustomPeriod(start=date(2026, 5, 1), end=date(2026, 5, 31)),
        events=[models.EventFilter(event="look")],
        granularities=[models.Granularity.WEEK],
    )
    asked = models.QuestionRequest(definition=definition, wait=20)
    answer = query.sync(live.project, client=me, body=asked)
    assert isinstance(answer, models.Done)
    assert isinstance(answer.result, models.SegmentationResult)
    assert answer.result.series[0].total.value == 0
    assert answer.result.series[0].points[0].partial is True
    saved = reports.sync(
        live.project, client=me, body=models.ReportRequest(name="Looks", definition=definition)
    )
    assert isinstance(saved, models.Report)
    assert show.sync(live.project, saved.id, client=me).definition == saved.definition
    wrong = models.QuestionRequest(
        definition=models.Funnel(
            kind="funnel",
            period=models.PresetPeriod(models.Preset.LAST_7_DAYS),
            window=models.Window(1, models.Unit.DAY),
            steps=[models.EventFilter(event="look")],
        )
    )
    refused = query.sync(live.project, client=me, body=wrong)
    assert refused.errors["steps"] == ["At least 2 needed."]


@pytest.fixture
def target(tmp_path, monkeypatch):
    """A product of its own: what attacks it erases people and makes hundreds of reports."""
    monkeypatch.setenv("MOMENTS_API_RATE", "100000/min")
    monkeypatch.setenv("MOMENTS_WRONG_TOKENS_RATE", "100000/min")
    data = tmp_path / "data"
    process, url, _ = start(data)
    made = subprocess.run(
        command("create_project", "Target", "--json"),
        env=environment(data), capture_output=True, check=True, text=True,
    )  # fmt: skip
    yield Live(url, data, process, sign_in=("", ""), **json.loads(made.stdout))
    process.terminate()
    process.wait(60)


# Conditions lie in each other, and so do the strategies that make them up.
DEEP = (
    "import sys; sys.setrecursionlimit(20_000);"
    " from schemathesis.cli import schemathesis; schemathesis()"
)


def test_the_api_does_what_it_says_under_attack(target, tmp_path):
    """All checks of schemathesis, bounded in time: no 5xx, nothing that is not described."""
    config = ROOT / "tests" / "schemathesis.toml"
    found = subprocess.run(
        [sys.executable, "-c", DEEP, "--config-file", str(config),
         "run", f"{target.url}/api/schema/?format=json", "--checks", "all",
         "--header", f"Authorization: Bearer {target.api_token}",
         "--max-time", str(SECONDS), "--max-examples", "10", "--continue-on-failure",
         "--seed", SEED, "--no-color"],
        cwd=tmp_path, capture_output=True, text=True, timeout=BOUND, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout[-12_000:] + found.stderr[-2_000:]
    cases = re.search(r"(\d+) generated", found.stdout)
    assert cases
    assert int(cases[1]) > 300
