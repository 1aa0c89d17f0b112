"""Templates obey the layers of the code: whose tags they load, and whose pages they link to."""

import re
from collections.abc import Iterator
from functools import cache

import pytest
from django.template import engines
from django.template.backends.django import get_installed_libraries
from django.urls import URLPattern, URLResolver, get_resolver

from people.templatetags.frame import PLACES
from tests.conftest import ROOT

TEMPLATES = ROOT / "templates"
SEES = {"people": {"people"}, "analytics": {"people", "analytics"}}
# The frame of every page is the shell's, and may see all.
FRAME = "base.html"
USED = re.compile(r'{% (?:include|extends) "([^"#]+)')
LOADED = re.compile(r"{% load ([^%]+) %}")
LINKED = re.compile(r"""{% url ['"]([\w-]+)['"]""")
OURS = {"moments", *SEES}


def source(name: str) -> str:
    return (TEMPLATES / name).read_text()


def app_of(name: str) -> str:
    return name.partition("/")[0]


def closure(name: str) -> set[str]:
    """The template and whatever it includes, the frame apart."""
    found, left = set(), {name}
    while left:
        found.add(each := left.pop())
        left |= set(USED.findall(source(each))) - found - {FRAME}
    return found


def framing() -> set[str]:
    """The frame and whatever it includes."""
    return {FRAME, *USED.findall(source(FRAME))}


@cache
def addresses() -> dict[str, str]:
    """The name of each address and the package that answers it."""

    def below(resolver: URLResolver) -> Iterator[tuple[str, str]]:
        for each in resolver.url_patterns:
            if isinstance(each, URLPattern):
                yield each.name or "", each.callback.__module__.partition(".")[0]
            elif not each.namespace:
                yield from below(each)

    return dict(below(get_resolver()))


def foreign(name: str) -> list[str]:
    """What a template uses that its app may not see."""
    sees = SEES[app_of(name)]
    hidden = OURS - sees
    libraries = get_installed_libraries()
    # What every page links to is known to every page.
    known = {place.name for place in PLACES}.union(*map(LINKED.findall, map(source, framing())))
    found = []
    for each in closure(name):
        text = source(each)
        loaded = {word for words in LOADED.findall(text) for word in words.split()}
        linked = set(LINKED.findall(text)) - known
        found += [f"{each}: {word}" for word in loaded if libraries[word].split(".")[0] in hidden]
        found += [f"{each}: {word}" for word in linked if addresses()[word] in hidden]
    return found


ALL = sorted(
    str(path.relative_to(TEMPLATES)) for app in SEES for path in TEMPLATES.glob(f"{app}/**/*.html")
)


@pytest.mark.parametrize("name", ALL)
def test_a_template_uses_what_its_app_may_see(name):
    assert foreign(name) == []


def test_what_an_app_may_not_see_is_found(tmp_path, monkeypatch):
    """By a component, too."""
    (tmp_path / "people").mkdir()
    (tmp_path / "base.html").write_text("{% url 'home' %}")
    (tmp_path / "part.html").write_text("{% load builder formats %}{% url 'behind' slug %}")
    (tmp_path / "people" / "x.html").write_text(
        '{% extends "base.html" %}{% include "part.html" %}'
    )
    monkeypatch.setattr(f"{__name__}.TEMPLATES", tmp_path)
    assert sorted(foreign("people/x.html")) == ["part.html: behind", "part.html: builder"]


def test_every_template_can_be_read():
    """Each loads what it uses, those that no test renders among them."""
    for path in TEMPLATES.rglob("*.html"):
        engines["django"].get_template(str(path.relative_to(TEMPLATES)))
