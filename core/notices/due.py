"""What is due to whom: one pure function of the present state of an appointment.

Nothing is queued for later. A reminder of yesterday's hour is not cancelled: it is no longer due, because its revision
names an hour at which nobody is expected any more. One that falls in the night is due in the morning, if it still helps then.
"""

from datetime import datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.clock import local_date
from core.contracts.booking import AppointmentStatus
from core.contracts.notices import Audience, NoticeKind
from core.notices.quiet import Quiet, quiet_until

NEWS_LIFE = timedelta(days=7)
"""A booking, a change, a cancellation or a roadmap that could not be told within a week is no longer news."""
LAST_CALL = timedelta(minutes=15)
"""The link of a video interview is of use until so long before the hour: if the morning comes later, it leaves at night."""
ASK_FROM = time(10)
ASK_WITHIN = timedelta(days=7)
"""How it went is asked the day after, at a decent hour, and no more after a week."""
CHECK_IN_AFTER = timedelta(days=30)
CHECK_IN_WITHIN = timedelta(days=14)
"""Where they are with it is asked so long after the interview, and no more two weeks later."""

NoticeLevel = Literal["all", "others", "soon", "none"]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What the decision needs to know of one appointment.

    `told_at` is the last instant at which its hour, place or way was settled (booked or changed). `by_advisor` says whether that,
    or the cancellation, was the advisor's own deed. `handed_over` holds the changes that took it from an
    advisor: the sequence after the change, and the advisor who had it. `feedback_given`: the youth said how it went;
    `check_in_given`: where they are with it. Of the thread afterwards: since when the youth waits, the structure's latest word.
    """

    appointment_id: UUID
    structure_id: UUID
    status: AppointmentStatus
    sequence: int
    is_video: bool
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    told_at: datetime
    advisor_id: UUID
    by_advisor: bool = False
    notice_level: NoticeLevel = "all"
    cancelled_at: datetime | None = None
    roadmap_sent_at: datetime | None = None
    handed_over: tuple[tuple[int, UUID], ...] = ()
    feedback_given: bool = False
    check_in_given: bool = False
    waiting_since: datetime | None = None
    answered_at: datetime | None = None
    quiet: Quiet = Quiet()


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that is due. `revision` tells it from an earlier one of the same kind and audience."""

    kind: NoticeKind
    audience: Audience
    revision: str


def due_notices(state: State, now: datetime) -> list[Due]:
    """Every notice that may leave at `now`, whether or not it left already (receipts know that)."""
    if state.status == "booked":
        return _news(state, now) + _reminders(state, now)
    if state.status in {"cancelled_by_youth", "cancelled_by_structure"}:
        return _cancellation(state, now)
    return (
        _roadmap(state, now) + _feedback(state, now) + _check_in(state, now) + _thread(state, now)
    )


def stamp(instant: datetime) -> str:
    """An instant as a revision: sorts as time, safe in a Message-ID."""
    return f"{instant.timestamp():.0f}"


def _news(state: State, now: datetime) -> list[Due]:
    """The booking or, once changed, its latest change alone."""
    if now >= state.starts_at or now >= state.told_at + NEWS_LIFE:
        return []
    kind: NoticeKind = "change" if state.sequence else "confirmation"
    revision = str(state.sequence)
    due = [Due(kind=kind, audience="youth", revision=revision)]
    if _advisor_listens(state, now):
        due.append(Due(kind=kind, audience="advisor", revision=revision))
    return due + _handed_over(state)


def _cancellation(state: State, now: datetime) -> list[Due]:
    since = state.cancelled_at or state.told_at
    if now >= state.ends_at or now >= since + NEWS_LIFE:
        return []
    revision = str(state.sequence)
    due = [Due(kind="cancellation", audience="youth", revision=revision)]
    if _advisor_listens(state, now):
        due.append(Due(kind="cancellation", audience="advisor", revision=revision))
    return due + _handed_over(state)


def _handed_over(state: State) -> list[Due]:
    """To each advisor who lost it for good: their calendar must forget it, whatever became of it since."""
    return [
        Due(kind="change", audience="former_advisor", revision=str(sequence))
        for sequence, advisor_id in state.handed_over
        if advisor_id != state.advisor_id
    ]


def _roadmap(state: State, now: datetime) -> list[Due]:
    sent = state.roadmap_sent_at
    if sent is None or now >= sent + NEWS_LIFE:
        return []
    return [Due(kind="roadmap", audience="youth", revision=stamp(sent))]


def _feedback(state: State, now: datetime) -> list[Due]:
    """Asked once, of who came: unless they said it already."""
    if state.status != "honoured" or state.feedback_given or quiet_until(now, state.quiet):
        return []
    if not _asking_from(state, timedelta(days=1)) <= now < state.ends_at + ASK_WITHIN:
        return []
    return [Due(kind="feedback", audience="youth", revision=stamp(state.starts_at))]


def _check_in(state: State, now: datetime) -> list[Due]:
    """Asked once, of who came, a month later: unless they said it already."""
    if state.status != "honoured" or state.check_in_given or quiet_until(now, state.quiet):
        return []
    opens = _asking_from(state, CHECK_IN_AFTER)
    if not opens <= now < opens + CHECK_IN_WITHIN:
        return []
    return [Due(kind="check_in", audience="youth", revision=stamp(state.starts_at))]


def _asking_from(state: State, after: timedelta) -> datetime:
    """The decent hour so many days after the interview."""
    zone = ZoneInfo(state.quiet.timezone)
    return datetime.combine(local_date(state.ends_at, zone) + after, ASK_FROM, zone)


def _thread(state: State, now: datetime) -> list[Due]:
    """By day: to the advisor, once for all that waits; to the youth, the latest answer."""
    if quiet_until(now, state.quiet):
        return []
    due = []
    waiting, answered = state.waiting_since, state.answered_at
    if waiting and now < waiting + NEWS_LIFE and state.notice_level in {"all", "others"}:
        due.append(Due(kind="follow_up", audience="advisor", revision=stamp(waiting)))
    if answered and now < answered + NEWS_LIFE:
        due.append(Due(kind="follow_up", audience="youth", revision=stamp(answered)))
    return due


def _reminders(state: State, now: datetime) -> list[Due]:
    """To the youth. A late reminder is worse than none, and so is one just after the news itself or in the night."""
    before = state.starts_at - now
    morning = quiet_until(now, state.quiet)
    waits = morning is not None
    link_waits = morning is not None and state.starts_at - morning >= LAST_CALL
    ahead = state.starts_at - state.told_at
    long_ahead, ahead_enough = ahead >= timedelta(days=10), ahead > timedelta(hours=24)
    windows: list[tuple[NoticeKind, timedelta, timedelta, bool]] = [
        ("reminder_7d", timedelta(days=7), timedelta(days=2), long_ahead and not waits),
        ("reminder_1d", timedelta(hours=24), timedelta(hours=3), ahead_enough and not waits),
        ("link_1h", timedelta(minutes=60), timedelta(0), state.is_video and not link_waits),
    ]
    return [
        Due(kind=kind, audience="youth", revision=stamp(state.starts_at))
        for kind, opens, closes, wanted in windows
        if wanted and closes < before <= opens
    ]


def _advisor_listens(state: State, now: datetime) -> bool:
    match state.notice_level:
        case "all":
            return True
        case "others":
            return not state.by_advisor
        case "soon":
            return (local_date(state.starts_at) - local_date(now)).days <= 1
        case "none":
            return False
