"""What a calendar says of its advisor's time: busy, or open where a chosen word stands. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from hookspecs import Occurrence, Stretch, busy_stretches, read_occurrences

LONGEST_NAME = 60
LONGEST_OPENING = timedelta(hours=14)
"""What is longer, or has no hours, is a note in a calendar and no opening."""
_NAME = re.compile(rb"^X-WR-CALNAME(?:;[^:\r\n]*)?:([^\r\n]+)", re.MULTILINE | re.IGNORECASE)


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What a calendar is used for: it `closes` slots where it is busy, `opens` some, or both.

    What opens are the events that bear `word`; without one, every event. `is_titled`: the titles of what closes are kept.
    """

    closes: bool = True
    opens: bool = False
    word: str = ""
    is_titled: bool = False


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """Busy time, joined and in order; open time, each event apart (its grid begins with it), in order."""

    busy: tuple[Stretch, ...] = ()
    open: tuple[Stretch, ...] = ()


def read_time(
    content: bytes, starts_at: datetime, ends_at: datetime, zone: ZoneInfo, use: Use
) -> Time:
    """The time of the calendar within [starts_at, ends_at). Raises `UnreadableCalendar`."""
    return sort_out(read_occurrences([content], starts_at, ends_at, zone), use)


def sort_out(occurrences: Iterable[Occurrence], use: Use) -> Time:
    """What is open and what is busy. An event that opens never closes, whatever it says of itself, unless it is cancelled;
    free events do neither.
    """
    found = list(occurrences)
    bearing = {one for one in found if use.opens and (not use.word or bears(one, use.word))}
    opening = {
        msgspec.structs.replace(one.at, label="" if one.is_private else one.title)
        for one in bearing
        if not one.is_cancelled
        and not one.whole_day
        and one.at.ends_at - one.at.starts_at <= LONGEST_OPENING
    }
    closing = (one for one in found if use.closes and one not in bearing)
    return Time(
        busy=busy_stretches(closing, titled=use.is_titled),
        open=tuple(sorted(opening)),
    )


def bears(occurrence: Occurrence, word: str) -> bool:
    """Whether the title has the word, or a category is it; accents and case do not matter."""
    wanted = _fold(word)
    return wanted in _fold(occurrence.title) or any(
        wanted == _fold(category) for category in occurrence.categories
    )


def own_name(content: bytes) -> str:
    """How a calendar calls itself; empty when it does not."""
    found = _NAME.search(content[:10_000])
    if found is None:
        return ""
    name = re.sub(r"\\(.)", r"\1", found[1].decode("utf-8", "replace"))
    return " ".join(name.split())[:LONGEST_NAME]


def _fold(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).split())
