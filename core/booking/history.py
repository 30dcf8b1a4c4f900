"""Every move of an appointment, as it was kept: what it was before each, and who did it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from core.contracts.booking import AppointmentStatus
from core.platform import Platform
from core.web.i18n import _

Kind = Literal[
    "booked", "moved", "channel", "reassigned", "cancelled", "reopened", "closed", "reset"
]

Actor = Literal["youth", "referrer", "staff", "platform"]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """With whom, where, how and when, at one moment."""

    advisor: str
    site: str
    channel: str
    starts_at: datetime
    status: AppointmentStatus


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One move. `by` is the name of the member of staff, empty for the youth or the platform; `before` None at the booking."""

    kind: Kind
    at: datetime
    actor: Actor
    by: str
    before: Facts | None
    after: Facts


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    kind: Kind
    at: datetime
    actor: Actor
    by: str
    facts: Facts | None


_FACTS = """
    jsonb_build_object('advisor', coalesce({advisor}, ''), 'site', coalesce({site}, ''), 'channel', {channel},
        'starts_at', {starts_at}, 'status', {status})
"""
_BEFORE = _FACTS.format(
    advisor="adv.display_name",
    site="site.name",
    channel="c.before ->> 'channel'",
    starts_at="c.before ->> 'starts_at'",
    status="c.before ->> 'status'",
)
_NOW = _FACTS.format(
    advisor="adv.display_name",
    site="site.name",
    channel="a.channel",
    starts_at="a.starts_at",
    status="a.status",
)


async def list_steps(platform: Platform, appointment_id: UUID) -> list[Step]:
    """Every move, oldest first; channels by their label."""
    rows = await platform.db.structs(
        _Row,
        f"""
        SELECT c.kind, c.at, c.actor, coalesce(acc.name, '') AS by,
            CASE WHEN c.before IS NOT NULL THEN {_BEFORE} END AS facts
        FROM appointment_change c
        LEFT JOIN account acc ON acc.id = c.account
        LEFT JOIN advisor adv ON adv.id = (c.before ->> 'advisor')::uuid
        LEFT JOIN site ON site.id = (c.before ->> 'site')::uuid
        WHERE c.appointment = $1 ORDER BY c.id
        """,  # noqa: S608 - the pieces are ours
        appointment_id,
    )
    now = await platform.db.fetch_value(
        f"SELECT {_NOW} FROM appointment a JOIN advisor adv ON adv.id = a.advisor"  # noqa: S608
        " LEFT JOIN site ON site.id = a.site WHERE a.id = $1",
        appointment_id,
    )
    after = _labelled(platform, msgspec.convert(now, Facts, strict=False))
    steps: list[Step] = []
    for row in reversed(rows):
        before = _labelled(platform, row.facts) if row.facts else None
        steps.append(
            Step(kind=row.kind, at=row.at, actor=row.actor, by=row.by, before=before, after=after)
        )
        after = before or after
    return steps[::-1]


def _labelled(platform: Platform, facts: Facts) -> Facts:
    owned: Any = platform.board.channels.get(facts.channel)
    return msgspec.structs.replace(facts, channel=_(owned.item.label)) if owned else facts
