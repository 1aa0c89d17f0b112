"""Projects, people who may see them, and the product itself as users start it.

Tests run in several processes at once (`pytest -n`): each has a database, a data folder with its
store, and Redis numbers of its own; ports the system chooses.
"""

import ast
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as configured
from django.core.cache import caches
from django.db import connections
from knox.models import AuthToken
from playwright.sync_api import Browser, Page, sync_playwright
from xdist.scheduler.loadscope import LoadScopeScheduling

from analytics.store import client as store_client
from moments.celery import app as celery
from people.models import Membership, Project, User
from tests.journeys import ask, journeys, store
from tests.services import numbered

__all__ = ["ask", "journeys", "store"]

# Playwright keeps an event loop in the thread of the tests, which otherwise use the database there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
ROOT = Path(__file__).parent.parent
PATIENCE = 180
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# What a test asks for that has to do with the database; without, one database is enough.
ASKS_RECORD = {"db", "transactional_db", "live_server", "live", "folder"}


def pytest_xdist_setupnodes(config: pytest.Config, specs: list[Any]) -> None:
    """Each process reads its places from the environment, as the product does."""
    for number, spec in enumerate(specs):
        spec.env["MOMENTS_DATA"] = str(configured.DATA_DIR / f"worker-{number}")
        if configured.REDIS_URL:
            spec.env["REDIS_URL"] = numbered(configured.REDIS_URL, number)


# What takes long begins first, so that no process is left alone with it at the end.
LONG = (
    "test_erasure",
    "test_oracle",
    "test_crashes",
    "test_shards",
    "test_handbook",
    "test_writers",
)


@cache
def functions(file: Path) -> dict[str, ast.FunctionDef]:
    nodes = ast.parse(file.read_text()).body
    return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}


@cache
def asked(file: str, name: str) -> frozenset[str]:
    """Whatever a test asks for, and what that asks for, as far as it stands in its file or here."""
    known = functions(Path(__file__)) | functions(ROOT / file)
    if name not in known:
        return frozenset({name})
    own = {argument.arg for argument in known[name].args.args}
    return frozenset({name}).union(*(asked(file, each) for each in own - {name}))


@cache
def together(nodeid: str) -> str:
    """What stays in one process: the pages of a running product, all else that looks at it, so that
    it is started twice and not for every test, and what shares something that its module makes."""
    file, _, test = nodeid.partition("::")
    names = asked(file, test.partition("[")[0])
    if "live" in names:
        return "pages" if "page" in names else "product"
    own = functions(ROOT / file)
    makers = [ast.unparse(own[each]) for each in names & own.keys()]
    return file if any("scope='module'" in each for each in makers) else nodeid


class TogetherScheduling(LoadScopeScheduling):
    """Each test by itself to whichever process is free, but for those that stay together."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> TogetherScheduling:
    return TogetherScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(
        key=lambda item: (
            together(item.nodeid) not in ("pages", "product"), item.path.stem not in LONG
        )
    )  # fmt: skip


def pytest_configure() -> None:
    """Passwords of tests are no secrets; to hash one as in production takes half a second."""
    configured.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what is worth running with each database."""
    names = set(getattr(item, "fixturenames", ()))
    # A browser shows what the server says, which other tests ask of it with each database. Those
    # that go through pages from end to end say themselves that they are worth it.
    if item.get_closest_marker("django_db") or (names & ASKS_RECORD and "page" not in names):
        item.add_marker("record")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Threads of a test server end without closing what they keep, so they keep nothing."""
    connections.databases["default"]["CONN_MAX_AGE"] = 0


@pytest.fixture(scope="session", autouse=True)
def close_store() -> Iterator[None]:
    yield
    store_client.close()


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """What is cached names its project by a number, which the next test uses again."""
    caches["default"].clear()


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that takes each task at once, in this thread; without, a page waits for none."""
    celery.loader.import_default_modules()

    def take(name: str, args: Sequence[Any] = ()) -> None:
        celery.tasks[name].apply(args, throw=True)

    monkeypatch.setattr(celery, "send_task", take)


@pytest.fixture
def limits(settings: Any) -> Iterator[Any]:
    """The settings, for a test of a limit: a handle of the store keeps those it was opened with."""
    store_client.close()
    yield settings
    store_client.close()


@pytest.fixture
def project(db: None) -> Project:
    project = Project.objects.create(name="Shop", timezone="Europe/Zagreb")
    project.write_keys.create()
    return project


def member(project: Project | None, name: str, role: str) -> User:
    user = User.objects.create_user(f"{name}@example.com", name * 4)
    if project:
        project.memberships.create(user=user, role=role)
    return user


@pytest.fixture
def alice(project: Project) -> User:
    """Owns the project."""
    return member(project, "alice", Membership.Role.OWNER)


@pytest.fixture
def bob(project: Project) -> User:
    """May look at the project."""
    return member(project, "bob", Membership.Role.VIEWER)


@pytest.fixture
def charlie(db: None) -> User:
    """Has nothing to do with the project, but one of his own."""
    return member(Project.objects.create(name="Charlie's"), "charlie", Membership.Role.OWNER)


@pytest.fixture
def bearer() -> Any:
    """bearer(user): the headers of a call with the user's token."""
    return lambda user: {"Authorization": f"Bearer {AuthToken.objects.create(user)[1]}"}


# --- The product, started as users start it -----------------------------------------------------


@dataclass(frozen=True)
class Live:
    """A running `manage.py up` with a project of its own."""

    url: str
    data: Path
    process: subprocess.Popen[str]
    project: str
    write_key: str
    api_token: str
    sign_in: tuple[str, str]

    def call(
        self, method: str, path: str, body: object = None, token: str | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of an API call; the project's own token unless another is given."""
        headers = {"Authorization": f"Bearer {self.api_token if token is None else token}"}
        return request(method, self.url + path, body, headers)

    def send(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        return request("POST", self.url + path, body | {"writeKey": self.write_key}, {})


def request(method: str, url: str, body: object, headers: dict[str, str]) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    call = urllib.request.Request(url, data, headers | {"Content-Type": "application/json"})
    call.method = method
    try:
        with urllib.request.urlopen(call, timeout=60) as answer:
            return answer.status, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or "null")


def command(*words: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *words]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder of a product of one's own."""
    return tmp_path / "data"


@cache
def environment(data: Path) -> dict[str, str]:
    """The tests' own services, with a database and a Redis number for this folder alone."""
    ours = os.environ | {"MOMENTS_DATA": str(data)}
    if "DATABASE_URL" in ours:
        name = f"live_{uuid.uuid4().hex}"
        with psycopg.connect(ours["DATABASE_URL"], autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{name}"')
        ours["DATABASE_URL"] = ours["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    if "REDIS_URL" in ours:
        ours["REDIS_URL"] = numbered(ours["REDIS_URL"], next(steps))
    return ours


# Every process of the tests counts from its own number in steps of as many as there are.
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
steps = count(WORKERS, WORKERS)


def start(data: Path, *words: str) -> tuple[subprocess.Popen[str], str, str]:
    """`manage.py up` on a free port: the process, its address, and what it printed."""
    log = data.parent / f"{data.name}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command("up", "--port", "0", *words),
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment(data),
            text=True,
        )
    deadline = time.monotonic() + PATIENCE
    while "Stop it with" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            pytest.fail(f"`up` did not start:\n{log.read_text()}")
        time.sleep(0.1)
    printed = log.read_text()
    return process, printed.partition("Moments is at ")[2].split("/\n")[0], printed


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One running product with the demo, for tests that look and do not break it."""
    data = tmp_path_factory.mktemp("live") / "data"
    process, url, printed = start(data, "--demo")
    found = re.search(r"^sign in: (\S+) / (\S+)$", printed, re.MULTILINE)
    assert found
    made = subprocess.run(
        command("create_project", "Shop", "--timezone", "Europe/Zagreb", "--json"),
        env=environment(data),
        capture_output=True,
        check=True,
        text=True,
    )
    yield Live(url, data, process, sign_in=(found[1], found[2]), **json.loads(made.stdout))
    process.terminate()
    assert process.wait(60) == 0


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in(browser: Browser, live: Live) -> Any:
    """What a browser keeps once somebody has signed in."""
    page = browser.new_page()
    page.goto(f"{live.url}/sign-in/")
    page.get_by_label("E-mail").fill(live.sign_in[0])
    page.get_by_label("Password").fill(live.sign_in[1])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    state = page.context.storage_state()
    page.close()
    return state


@pytest.fixture
def page(browser: Browser, signed_in: Any) -> Iterator[Page]:
    """A signed-in page. Whatever its console complains of fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, storage_state=signed_in)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else 0)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    # A request that is cut off because the page is left is no complaint; one that fails still is.
    heard = [text for text in complaints if not re.match("htmx:(afterRequest|sendAbort)", text)]
    context.close()
    assert heard == []
