"""The free hours of a desk as the search has them, and the hours that are being booked this minute."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import msgspec

from core.agenda.desk import Desk
from core.booking.lead import EARLIEST, earliest_starts
from core.booking.search import FREE
from core.platform import Platform

State = Literal["open", "too_soon", "not_yet"]
_EVER = datetime(9999, 1, 1, tzinfo=UTC)

_VACANT = f"""
SELECT s.structure, s.starts_at, s.ends_at, s.site, s.channels, s.buffer_minutes,
    CASE WHEN s.starts_at < {EARLIEST} THEN 'too_soon'
        WHEN s.starts_at >= (($1::timestamptz AT TIME ZONE $4)::date + coalesce(st.horizon_days, $3::int) + 1)::timestamp
            AT TIME ZONE $4::text THEN 'not_yet'
        ELSE 'open' END AS state
FROM slot s JOIN structure st ON st.id = s.structure
WHERE s.advisor = $5 AND s.structure = ANY($6::uuid[]) AND s.starts_at >= $7 AND s.starts_at < $8
    AND s.starts_at > $1 AND {FREE}
"""  # noqa: S608 - the pieces are ours


class Vacancy(msgspec.Struct, frozen=True, kw_only=True):
    """A free hour. `too_soon`: within the lead time, so only staff may give it; `not_yet`: beyond the horizon."""

    structure: UUID
    starts_at: datetime
    ends_at: datetime
    site: UUID | None
    channels: tuple[str, ...]
    buffer_minutes: int
    state: State


class HeldHour(msgspec.Struct, frozen=True, kw_only=True):
    """An hour that someone is filling a form for, until `expires_at`; taken until `busy_until`."""

    starts_at: datetime
    ends_at: datetime
    busy_until: datetime
    expires_at: datetime


async def list_vacancies(
    platform: Platform, desk: Desk, starts_at: datetime, ends_at: datetime
) -> Sequence[Vacancy]:
    """The free starts to come in [starts_at, ends_at), overlapping ones included, by start."""
    return await platform.db.structs(
        Vacancy,
        f"{_VACANT} ORDER BY s.starts_at, s.structure",
        *_arguments(platform, desk, starts_at, ends_at),
    )


async def list_held(
    platform: Platform, advisor_id: UUID, starts_at: datetime, ends_at: datetime
) -> Sequence[HeldHour]:
    """The live holds that start in [starts_at, ends_at), in whatever structure, by start."""
    return await platform.db.structs(
        HeldHour,
        "SELECT starts_at, ends_at, busy_until, expires_at FROM hold"
        " WHERE advisor = $1 AND expires_at > $2 AND starts_at >= $3 AND starts_at < $4 ORDER BY starts_at, id",
        advisor_id,
        platform.clock.now(),
        starts_at,
        ends_at,
    )


async def count_vacancies(platform: Platform, desk: Desk) -> Mapping[tuple[UUID, State], int]:
    """How many starts are free from now on, by structure and state; what is not in it is none."""
    rows = await platform.db.fetch(
        f"SELECT structure, state, count(*) AS count FROM ({_VACANT}) vacant GROUP BY 1, 2",  # noqa: S608 - ours
        *_arguments(platform, desk, platform.clock.now(), _EVER),
    )
    return {(row["structure"], row["state"]): row["count"] for row in rows}


def _arguments(
    platform: Platform, desk: Desk, starts_at: datetime, ends_at: datetime
) -> tuple[object, ...]:
    return (
        platform.clock.now(),
        earliest_starts(platform),
        platform.settings.booking.horizon_days,
        platform.settings.timezone,
        desk.advisor_id,
        [workplace.id for workplace in desk.workplaces],
        starts_at,
        ends_at,
    )
