"""How a calendar of somebody else's is followed: read now and then, less often when it fails, trusted for a while. Pure.

What is too old to be trusted is closed: no slot is offered on the word of a calendar that has stopped to answer.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Literal

import msgspec

CalendarState = Literal["ok", "failing", "closed"]
LONGEST_WAIT = timedelta(hours=1)
_SPREAD = 0.15


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """How the reading of one calendar goes. `problem` is what went wrong the last time, in French; empty when nothing did.

    `is_closed`: it has been noticed that it is too old, and the slots are hidden.
    """

    due_at: datetime
    succeeded_at: datetime
    failures: int
    problem: str
    is_closed: bool

    def state(self, trusted: timedelta, now: datetime) -> CalendarState:
        """`closed`: nothing could be read for longer than a reading is `trusted`."""
        if self.succeeded_at < now - trusted:
            return "closed"
        return "failing" if self.problem else "ok"


def wait(pause: timedelta, failures: int, seed: str) -> timedelta:
    """How long until the next reading, after so many failures in a row: `pause`, then twice that each time, up to an hour
    (or `pause`, when that is longer).

    Up to 15 % more or less, always the same for one `seed` and count: calendars that failed together, because their host
    was away, do not all come back at once.
    """
    doubled = pause * (1 << min(max(failures - 1, 0), 10))
    digest = hashlib.sha256(f"{seed}:{failures}".encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32  # 0 to 1
    return min(doubled, max(LONGEST_WAIT, pause)) * (1 + _SPREAD * (2 * share - 1))
