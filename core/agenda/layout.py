"""Where things stand in a day's column: minutes of the wall clock, and side by side when they overlap. Pure."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

STEP = 5
_DAY = 24 * 60
_LEAST = 20  # what is shorter is drawn as long as this, so that it can be read and pressed
_MOST_LANES = 6
_USUAL = (8, 18)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From minute `first` to minute `last` of a day's wall clock, in steps of five; lane `lane` of `lanes`."""

    first: int
    last: int
    lane: int = 0
    lanes: int = 1

    @property
    def whole(self) -> bool:
        """Whether it fills the day."""
        return self.first == 0 and self.last == _DAY

    def meets(self, first_hour: int, last_hour: int) -> bool:
        """Whether some of it lies between two hours."""
        return self.first < last_hour * 60 and self.last > first_hour * 60


def on_wall(day: date, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Span | None:
    """The part of [starts_at, ends_at) that the clock on the wall shows on `day`; None when there is none.

    When clocks go back, what ends earlier on the wall than it began is drawn as long as it lasts.
    """
    lasting = ends_at.astimezone(UTC) - starts_at.astimezone(UTC)  # in a zone, walls are compared
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    last_day = (end - timedelta(microseconds=1)).date()
    if lasting <= timedelta(0) or start.date() > day or last_day < day:
        return None
    first = _minute(start) if start.date() == day else 0
    last = _minute(end) if end.date() == day else _DAY
    if last <= first:
        last = first + lasting // timedelta(minutes=1)
    first = first // STEP * STEP
    last = -(-last // STEP) * STEP
    return Span(first=first, last=min(max(last, first + STEP), _DAY))


def side_by_side(spans: Sequence[Span]) -> list[Span]:
    """The same spans, in the same order, each with a lane of its own among those that it meets, six at most.

    Those that meet, directly or through others, are equally wide.
    """
    placed = list(spans)
    group: list[int] = []
    free_from: list[int] = []

    def close() -> None:
        for index in group:
            placed[index] = msgspec.structs.replace(
                placed[index], lanes=min(len(free_from), _MOST_LANES)
            )
        group.clear()
        free_from.clear()

    for index in sorted(range(len(spans)), key=lambda one: (spans[one].first, -spans[one].last)):
        span = spans[index]
        if all(end <= span.first for end in free_from):
            close()
        lane = next((n for n, end in enumerate(free_from) if end <= span.first), len(free_from))
        free_from[lane : lane + 1] = [max(span.last, span.first + _LEAST)]
        placed[index] = msgspec.structs.replace(span, lane=min(lane, _MOST_LANES - 1))
        group.append(index)
    close()
    return placed


def shown_hours(spans: Sequence[Span]) -> tuple[int, int]:
    """The first and the last hour to draw: office hours, and what begins or ends beyond them.

    Of what comes from the eve or goes on to the morrow, only the end on this day counts; of what fills it, neither.
    """
    parts = [span for span in spans if not span.whole]
    firsts = [(span.first or span.last - 1) // 60 for span in parts]
    lasts = [-(-(span.last if span.last < _DAY else span.first + 1) // 60) for span in parts]
    return min([_USUAL[0], *firsts]), max([_USUAL[1], *lasts])


def _minute(at: datetime) -> int:
    """The minute of the day that the wall shows."""
    return at.hour * 60 + at.minute
