"""What must be right before anything starts, and what an operator is told to do about it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor

from analytics.store import client, tables
from moments import services
from people import signing_in

SHORTEST_SECRET, FEWEST_CHARACTERS = 50, 5
MAKE_ONE = "python -c 'import secrets; print(secrets.token_urlsafe(64))'"


@register(Tags.security)
def secret_key(**_: Any) -> list[CheckMessage]:
    """Who can guess it can sign in as anybody."""
    key: str = settings.SECRET_KEY
    weak = len(key) < SHORTEST_SECRET or len(set(key)) < FEWEST_CHARACTERS
    if not weak and not key.startswith("django-insecure-"):
        return []
    words = f"SECRET_KEY can be guessed: it needs {SHORTEST_SECRET} characters by chance."
    return [Error(words, hint=f"Make one: {MAKE_ONE}", id="moments.E001")]


@register(Tags.security)
def a_way_in(**_: Any) -> list[CheckMessage]:
    """Without passwords and without a provider nobody could sign in."""
    if settings.PASSWORD_SIGN_IN or signing_in.providers():
        return []
    words = "PASSWORD_SIGN_IN=0 locks everybody out: there is no other way to sign in."
    hint = "Set OIDC_URL, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, too, or leave passwords on."
    return [Error(words, hint=hint, id="moments.E002")]


def refusals() -> Iterator[str]:
    """Why this process, as one of several, cannot work; each with its cure."""
    for problem in (*secret_key(), *a_way_in()):
        yield f"{problem.msg} {problem.hint}"
    if urlsplit(settings.STORE_URL).scheme == "chdb":
        yield (
            "STORE_URL is an embedded store, which belongs to one process alone. Start "
            "`moments store` and set STORE_URL=clickhouse://USER:PASSWORD@127.0.0.1:8123 for all."
        )
        return
    if not settings.REDIS_URL:
        yield "REDIS_URL is not set: web and workers would not hear of each other."
    if services.database():
        yield "The database does not answer at DATABASE_URL."
    elif unmade := unapplied():
        yield f"{unmade} migrations of the database are not applied. Run `moments migrate`."
    yield from store_refusals()


def unapplied() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def store_refusals() -> Iterator[str]:
    try:
        if tables.pending():
            yield "The store's tables are not made or not up to date. Run `moments migrate`."
    except client.StoreError as error:
        yield str(error)


def refused() -> list[str]:
    """The refusals; nothing that was opened for them stays open, as a fork may follow."""
    try:
        return list(refusals())
    except (DatabaseError, InterfaceError) as error:
        return [f"The database cannot be asked ({type(error).__name__})."]
    finally:
        client.close()
        connection.close()
