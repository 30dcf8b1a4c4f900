"""Draws the demonstration's appointments on its openings: ten weeks behind, four ahead, the same at each first start."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from core.agenda.holidays import holiday_name
from core.agenda.recurrence import Rule, instant, list_days
from core.booking import consent
from core.catalogue import taxonomy
from core.clock import PARIS
from core.demo.rows import demo_id, insert
from core.demo.staff import Host, openings
from core.demo.stories import FIRST_NAMES, Story, read_examples, tell
from core.platform import Platform

WEEKS_AHEAD = 4
_HOUR = timedelta(hours=1)
_OUTCOMES = ("honoured", "no_show", "cancelled_by_youth", "cancelled_by_structure")
_SHARES = (74, 11, 11, 4)
_TODAY_HOURS = (9, 10, 14, 16)
_PHONE = "+3319900{:04d}"  # a range that no subscriber has


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """One drawn appointment: what several tables are filled from."""

    appointment_id: UUID
    youth_id: UUID
    host: Host
    channel: str
    starts_at: datetime
    created_at: datetime
    status: str
    story: Story
    youth_name: str
    commune: str
    number: int

    @property
    def ends_at(self) -> datetime:
        """An hour later."""
        return self.starts_at + _HOUR

    @property
    def cancelled_at(self) -> datetime | None:
        """Within an hour of the booking, or None."""
        if not self.status.startswith("cancelled"):
            return None
        return self.created_at + min(_HOUR, (self.starts_at - self.created_at) / 2)

    @property
    def closed(self) -> bool:
        """Whether the advisor said what came of it."""
        return self.status in {"honoured", "no_show"}


def draw(
    platform: Platform, hosts: Sequence[Host], communes: Mapping[str, Sequence[str]], now: datetime
) -> list[Meeting]:
    """The appointments. `communes` gives the INSEE codes of each department, the most populated first."""
    chance = Random(2027)  # noqa: S311 - the same demonstration each time, no secret
    examples = read_examples()
    today = now.astimezone(platform.zone).date()
    meetings: list[Meeting] = []
    for host in hosts:
        for starts_at, channels in _starts(platform, host, today):
            if not _is_taken(chance, host, starts_at, today):
                continue
            number = len(meetings)
            commune = chance.choice(communes[host.department][:12])
            created_at, status = _fate(chance, starts_at, now)
            meetings.append(
                Meeting(
                    appointment_id=demo_id("appointment", number),
                    youth_id=demo_id("youth", number),
                    host=host,
                    channel=chance.choice(channels),
                    starts_at=starts_at,
                    created_at=created_at,
                    status=status,
                    story=tell(chance, examples, today, host.department),
                    youth_name=f"{chance.choice(FIRST_NAMES)} {chance.choice('ABCDFGLMNPRST')}. (démo)",
                    commune=commune,
                    number=number,
                )
            )
    return meetings


def _starts(platform: Platform, host: Host, today: date) -> Iterator[tuple[datetime, list[str]]]:
    """Each hour that the advisor offered or offers, once, with its channels."""
    if not host.ready:
        return
    last = today + timedelta(weeks=WEEKS_AHEAD)
    found: dict[datetime, list[str]] = {}
    for row in openings(host, today):
        rule = Rule(repeat=row["repeat"], every=row["every"], starts_on=row["starts_on"])
        for day in list_days(rule, host.first_day, last):
            if holiday_name(day) and day != today:
                continue
            for hour in range(row["start_time"].hour, row["end_time"].hour):
                found.setdefault(instant(day, time(hour), platform.zone), row["channels"])
    yield from sorted(found.items())


def _is_taken(chance: Random, host: Host, starts_at: datetime, today: date) -> bool:
    """More often in the past than ahead, less and less far ahead; the walk's advisor is busy today, not this week."""
    local = starts_at.astimezone(PARIS)
    days = (local.date() - today).days
    if host.walks and days == 0:
        return local.hour in _TODAY_HOURS
    if host.walks and 0 < days < 7:
        return chance.random() < 0.2
    return chance.random() < (0.55 if days <= 0 else max(0.08, 0.5 - days / 50))


def _fate(chance: Random, starts_at: datetime, now: datetime) -> tuple[datetime, str]:
    """When it was booked, and what became of it. Of the last two days some are still to be closed."""
    booked = starts_at - timedelta(hours=49 + chance.randint(0, 24 * 18))
    created_at = min(booked, now - timedelta(hours=chance.randint(2, 24 * 12)))
    status: str = chance.choices(_OUTCOMES, _SHARES)[0]
    since = now - starts_at
    told = since > timedelta(days=2) or (since > _HOUR and chance.random() < 0.6)
    if not told and not status.startswith("cancelled"):
        status = "booked"
    return created_at, status


async def write_meetings(platform: Platform, meetings: Sequence[Meeting]) -> None:
    """The youths, their appointments and what happened to each."""
    await insert(platform.db, "youth", [_youth(meeting) for meeting in meetings])
    await insert(platform.db, "appointment", [_appointment(meeting) for meeting in meetings])
    changes = [change for meeting in meetings for change in _changes(meeting)]
    await insert(platform.db, "appointment_change", changes)


def _youth(meeting: Meeting) -> dict[str, Any]:
    return {
        "id": meeting.youth_id,
        "name": meeting.youth_name,
        "email": f"jeune-{meeting.number:04d}@demo.example",
        "phone": _PHONE.format(meeting.number % 10_000),
        "birth_date": meeting.story.profile.birth_date,
        "commune": meeting.commune,
        "consent_version": consent.VERSION,
        "consented_at": meeting.created_at,
        "locale": "fr",
        "is_demo": True,
        "created_at": meeting.created_at,
        "ideas_version": "demo" if meeting.number % 3 else None,
        "ideas_at": meeting.created_at if meeting.number % 3 else None,
    }


def _place(meeting: Meeting) -> dict[str, Any]:
    """With whom, where, how and when."""
    return {
        "advisor": meeting.host.advisor_id,
        "site": meeting.host.site_id if meeting.channel == "in_person" else None,
        "channel": meeting.channel,
        "starts_at": meeting.starts_at,
        "ends_at": meeting.ends_at,
    }


def _why(meeting: Meeting) -> str:
    """What a youth chose when cancelling; one in so many says nothing."""
    if meeting.status != "cancelled_by_youth":
        return ""
    kinds = ["", *taxonomy.entries("cancel_reasons")]
    return kinds[meeting.appointment_id.int % len(kinds)]


def _appointment(meeting: Meeting) -> dict[str, Any]:
    cancelled = meeting.cancelled_at is not None
    return {
        **_place(meeting),
        "id": meeting.appointment_id,
        "youth": meeting.youth_id,
        "structure": meeting.host.structure_id,
        "status": meeting.status,
        "origin": "youth",
        "out_of_lead": False,
        "wish": meeting.story.wish,
        "sequence": 1 if cancelled else 0,
        "link_version": 1,
        "cancel_kind": _why(meeting),
        "cancel_reason": "Absence imprévue" if meeting.status == "cancelled_by_structure" else "",
        "cancelled_at": meeting.cancelled_at,
        "created_at": meeting.created_at,
        "is_demo": True,
    }


def _changes(meeting: Meeting) -> Iterator[dict[str, Any]]:
    def change(
        kind: str, actor: str, at: datetime, sequence: int = 0, *, before: bool = True
    ) -> dict[str, Any]:
        return {
            "appointment": meeting.appointment_id,
            "kind": kind,
            "sequence": sequence,
            "actor": actor,
            "before": {**_place(meeting), "status": "booked"} if before else None,
            "at": at,
        }

    yield change("booked", "youth", meeting.created_at, before=False)
    if meeting.cancelled_at is not None:
        actor = "youth" if meeting.status.endswith("youth") else "staff"
        yield change("cancelled", actor, meeting.cancelled_at, 1)
    if meeting.closed:
        yield change("closed", "staff", meeting.ends_at)
