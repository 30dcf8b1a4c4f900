"""What a calendar says of its advisor's time: busy, or open where a chosen word stands. Pure."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from hookspecs import Occurrence, Stretch, busy_stretches, read_occurrences

LONGEST_OPENING = timedelta(hours=14)
"""What is longer, or has no hours, is a note in a calendar and no opening."""


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """Busy time, joined and in order; open time, each event apart (its grid begins with it), in order."""

    busy: tuple[Stretch, ...] = ()
    open: tuple[Stretch, ...] = ()


def read_time(
    content: bytes, starts_at: datetime, ends_at: datetime, zone: ZoneInfo, word: str = ""
) -> Time:
    """The time of the calendar within [starts_at, ends_at). Raises `UnreadableCalendar`."""
    return sort_out(read_occurrences([content], starts_at, ends_at, zone), word)


def sort_out(occurrences: Iterable[Occurrence], word: str) -> Time:
    """What is open and what is busy. An event that bears the word opens and never closes, whatever it says of itself,
    unless it is cancelled; free events do neither.
    """
    found = list(occurrences)
    bearing = {one for one in found if word and bears(one, word)}
    opening = {
        one.at
        for one in bearing
        if not one.is_cancelled
        and not one.whole_day
        and one.at.ends_at - one.at.starts_at <= LONGEST_OPENING
    }
    return Time(
        busy=busy_stretches(one for one in found if one not in bearing),
        open=tuple(sorted(opening)),
    )


def bears(occurrence: Occurrence, word: str) -> bool:
    """Whether the title has the word, or a category is it; accents and case do not matter."""
    wanted = _fold(word)
    return wanted in _fold(occurrence.title) or any(
        wanted == _fold(category) for category in occurrence.categories
    )


def _fold(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).split())
