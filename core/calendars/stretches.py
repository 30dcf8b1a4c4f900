"""Stretches of time, and the same time told in as few of them as possible. Pure."""

from collections.abc import Iterable
from datetime import datetime

import msgspec


class Stretch(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A half-open stretch of aware UTC instants; `label` says what it is taken by, where that may be told."""

    starts_at: datetime
    ends_at: datetime
    label: str = ""


def join(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """The same time in as few stretches as possible, in order. Those of two labels stay two, even where they overlap."""
    joined: list[Stretch] = []
    for one in sorted(stretches, key=lambda one: (one.label, one.starts_at)):
        last = joined[-1] if joined else None
        if last is not None and last.label == one.label and one.starts_at <= last.ends_at:
            joined[-1] = msgspec.structs.replace(last, ends_at=max(last.ends_at, one.ends_at))
        else:
            joined.append(one)
    return tuple(sorted(joined))
