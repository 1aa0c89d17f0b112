"""Where somebody is signed in: each browser with its place and times, to be ended from anywhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from people.models import User

# Seconds between two times that a sign-in is written to be seen.
BETWEEN = 300
# Of one account; beyond, those that were seen longest ago end.
MOST = 50
# What stands in the words that browsers send of themselves: the first that fits, since most claim
# to be others, too.
BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome",
            "Safari/": "Safari"}  # fmt: skip
SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows",
           "Mac OS X": "Mac", "CrOS": "ChromeOS", "Linux": "Linux"}  # fmt: skip


@dataclass(frozen=True)
class SignIn:
    """One of them; times are instants."""

    pk: int
    device: str
    address: str
    since: datetime
    seen: datetime
    is_here: bool


def device(agent: str) -> str:
    """“Firefox on Linux”, as far as the browser says it."""
    browser = next((words for mark, words in BROWSERS.items() if mark in agent), "")
    system = next((words for mark, words in SYSTEMS.items() if mark in agent), "")
    return " on ".join(each for each in (browser, system) if each) or "An unknown device"


@receiver(user_logged_in)
def begins(request: HttpRequest, user: User, **_: Any) -> None:
    # Without an address it is no browser.
    if request.META.get("REMOTE_ADDR"):
        UserSession.objects.create_from_request(request)
        for each in UserSession.objects.filter(user=user).order_by("-last_seen_at", "-pk")[MOST:]:
            each.end()


def seen(request: HttpRequest) -> None:
    """Write down that a browser was here, now and then: not for each request."""
    key = request.session.session_key
    if key is None or not cache.add(f"seen:{key}", 1, BETWEEN) or not request.user.is_authenticated:
        return
    address = request.META.get("REMOTE_ADDR") or "127.0.0.1"
    UserSession.objects.filter(session_key=key).update(last_seen_at=timezone.now(), ip=address)


def of(request: HttpRequest, user: User) -> list[SignIn]:
    """Those that are still good, this one first, then as they were seen; others are forgotten."""
    here = request.session.session_key
    found = [
        SignIn(
            each.pk,
            device(each.user_agent),
            each.ip,
            each.created_at,
            each.last_seen_at,
            each.session_key == here,
        )
        for each in UserSession.objects.purge_and_list(user)
    ]
    return sorted(found, key=lambda each: (each.is_here, each.seen), reverse=True)


def end(user: User, pk: int) -> None:
    """End one; what is none of theirs, or has ended, changes nothing."""
    for each in UserSession.objects.filter(user=user, pk=pk):
        each.end()


def end_others(request: HttpRequest, user: User) -> None:
    for each in UserSession.objects.filter(user=user).exclude(
        session_key=request.session.session_key
    ):
        each.end()


def moved(old: str | None, request: HttpRequest) -> None:
    """This browser's session has another key now."""
    UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)
