"""Two versions of a sheet side by side: what changed, fact by fact, in words. Pure."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal

import msgspec

from core.catalogue.editing.facts import FACTS, say
from core.contracts.matching import Programme
from core.web.i18n import _

_WORDS = re.compile(r"\S+|\s+")
_LONE = 2
_IN_SENTENCES = {"text", "markdown"}
_AS_LISTS = {"many", "countries", "months", "lines"}


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a text or an entry of a list, and what became of it."""

    became: Literal["kept", "gone", "new"]
    text: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that reads otherwise. `pieces` say how, within a text (`is_list` false) or a list; else there is `before` and
    `after`, empty when it was not told.
    """

    name: str
    label: str
    before: str
    after: str
    pieces: tuple[Piece, ...] = ()
    is_list: bool = False


def compare(before: Programme, after: Programme) -> tuple[Change, ...]:
    """Every fact that differs, in the order of the form, worded in the present language; the number of the version is none."""
    changes = []
    for fact in FACTS.values():
        if getattr(before, fact.name) == getattr(after, fact.name):
            continue
        was, now = say(fact, before), say(fact, after)
        pieces: tuple[Piece, ...] = ()
        if fact.kind in _AS_LISTS and was and now:
            pieces = _pieces(was, now)
        elif fact.kind in _IN_SENTENCES and was and now:
            pieces = _in_a_text(was[0], now[0])
        changes.append(
            Change(
                name=fact.name,
                label=_(fact.label),
                before=", ".join(was),
                after=", ".join(now),
                pieces=pieces,
                is_list=fact.kind in _AS_LISTS,
            )
        )
    return tuple(changes)


def in_a_line(change: Change) -> str:
    """A change as one line: « Âge maximal : 25 → 30 »; of a long text, only that it changed."""
    if FACTS[change.name].kind in _IN_SENTENCES | {"lines"}:
        return _("%(fact)s : texte modifié") % {"fact": change.label}
    return _("%(fact)s : %(before)s → %(after)s") % {
        "fact": change.label,
        "before": change.before or _("rien"),
        "after": change.after or _("rien"),
    }


def _pieces(was: Sequence[str], now: Sequence[str]) -> tuple[Piece, ...]:
    found: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(a=was, b=now, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [Piece(became="kept", text=text) for text in was[i:j]]
            continue
        found += [Piece(became="gone", text=text) for text in was[i:j]]
        found += [Piece(became="new", text=text) for text in now[k:m]]
    return tuple(found)


def _in_a_text(was: str, now: str) -> tuple[Piece, ...]:
    """What changed in a text, in stretches that can be read: a word that stayed alone between two changes goes with them."""
    a, b = _WORDS.findall(was), _WORDS.findall(now)
    found: list[Piece] = []
    gone = new = ""
    for tag, i, j, k, m in SequenceMatcher(a=a, b=b, autojunk=False).get_opcodes():
        lone = sum(not word.isspace() for word in a[i:j]) <= _LONE
        if tag == "equal" and not (lone and (gone or new) and j < len(a)):
            found += _changed(gone, new)
            gone = new = ""
            found.append(Piece(became="kept", text="".join(a[i:j])))
        else:
            gone, new = gone + "".join(a[i:j]), new + "".join(b[k:m])
    return tuple(found + _changed(gone, new))


def _changed(gone: str, new: str) -> list[Piece]:
    pieces = Piece(became="gone", text=gone), Piece(became="new", text=new)
    return [piece for piece in pieces if piece.text]
