"""What plugins rely on stays: the present API keeps every promise of its versions, and what goes away is announced first."""

import pytest

import hookspecs
from core.authoring.promise import broken, misannounced, path_of, promised
from core.contracts.deprecation import Deprecation
from tests.authoring.documents import ROOT

KEPT = ROOT / "tests" / "authoring" / "promised"
HOW = "keep it and announce it in hookspecs.DEPRECATED, or raise the major version"


def test_what_was_promised_is_kept():
    major, minor = hookspecs.API_VERSION
    for version in range(minor + 1):
        kept = path_of(KEPT, (major, version)).read_text("utf-8").splitlines()
        assert len(kept) > 500
        assert broken(set(kept), promised()) == [], HOW


def test_what_is_announced_is_announced_rightly():
    assert misannounced(hookspecs.DEPRECATED, promised(), hookspecs.API_VERSION) == []


BEFORE = {"Kind", "required Kind.key", "Kind.word", "Kind.ask(name)", "place here"}


@pytest.mark.parametrize(
    ("line", "into", "found"),
    [
        ("place here", [], ["gone: place here"]),
        ("Kind.word", ["required Kind.word"], ["gone: Kind.word"]),
        ("required Kind.key", ["Kind.key"], []),
        ("Kind.ask(name)", ["Kind.ask(name, limit)"], []),
        ("Kind.ask(name)", ["Kind.ask()"], ["gone: Kind.ask(name)"]),
        (None, ["required Kind.more"], ["asked newly: required Kind.more"]),
        (None, ["required Other.more", "Other"], []),
        (None, ["Kind.more", "place there"], []),
    ],
)
def test_what_breaks_plugins_is_told_from_what_does_not(line, into, found):
    assert broken(BEFORE, (BEFORE - {line}) | set(into)) == found


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("Kind.word", {}, []),
        ("Kind.ask", {}, []),
        ("Kind.none", {}, ["no such thing"]),
        ("Kind.word", {"since": (1, 4)}, ["we are at"]),
        ("Kind.word", {"until": (1, 9)}, ["a major version only"]),
        ("Kind.word", {"until": (2, 3)}, ["a major version only"]),
        ("Kind.word", {"instead": " "}, ["what to use instead"]),
    ],
)
def test_an_announcement_that_helps_nobody_is_refused(name, changes, words):
    values = {"since": (1, 2), "until": (2, 0), "instead": "write it otherwise"}
    announced = {name: Deprecation(**{**values, **changes})}
    found = misannounced(announced, BEFORE, (1, 3))
    assert len(found) == len(words)
    assert all(word in one for word, one in zip(words, found, strict=True))
