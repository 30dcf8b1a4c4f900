"""Outside busy time: what the busy sources of plugins told of each advisor at the last refresh.

Kept so that the agenda shows it, and tells why an hour is not offered, without asking anyone. Absences are not in it: they
are entered here.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core.contracts.agenda import BusyTime
from core.platform import Platform
from core.web.i18n import _

_DELETE = """
DELETE FROM outside_busy USING unnest($2::text[], $3::timestamptz[], $4::timestamptz[]) AS gone (source, starts_at, ends_at)
WHERE outside_busy.advisor = $1 AND outside_busy.source = gone.source AND outside_busy.starts_at = gone.starts_at
    AND outside_busy.ends_at = gone.ends_at
"""
_WRITE = """
INSERT INTO outside_busy (advisor, source, starts_at, ends_at, label)
SELECT $1, new.* FROM jsonb_to_recordset($2)
    AS new (source text, starts_at timestamptz, ends_at timestamptz, label text)
ON CONFLICT (advisor, source, starts_at, ends_at) DO UPDATE SET label = excluded.label
"""


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """A busy stretch [starts_at, ends_at) of one advisor, and the source that told it, in whose words `label` is."""

    source: str
    starts_at: datetime
    ends_at: datetime
    label: str


async def write_outside(
    platform: Platform,
    advisor_id: UUID,
    told: Mapping[str, Sequence[BusyTime]],
    silent: Collection[str],
    since: datetime,
) -> None:
    """Makes what is kept from `since` on what was `told`, by source, in the caller's transaction.

    What a `silent` source told before stays, whatever it says now. A source that neither told anything nor is silent is off.
    """
    rows = await platform.db.structs(
        Outside,
        "SELECT source, starts_at, ends_at, label FROM outside_busy WHERE advisor = $1 AND ends_at > $2",
        advisor_id,
        since,
    )
    before = {_key(row): row for row in rows}
    after = {
        _key(row): row
        for source, stretches in told.items()
        if source not in silent
        for one in stretches
        if (row := _row(source, one)).ends_at > max(row.starts_at, since)
    }
    gone = [key for key in before if key not in after and key[0] not in silent]
    if gone:
        await platform.db.execute(_DELETE, advisor_id, *zip(*gone, strict=True))
    changed = [row for key, row in after.items() if before.get(key) != row]
    if changed:
        await platform.db.execute(_WRITE, advisor_id, changed)


async def list_outside(
    platform: Platform, advisor_id: UUID, starts_at: datetime, ends_at: datetime
) -> Sequence[Outside]:
    """The busy stretches that touch [starts_at, ends_at), by start."""
    return await platform.db.structs(
        Outside,
        "SELECT source, starts_at, ends_at, label FROM outside_busy"
        " WHERE advisor = $1 AND starts_at < $3 AND ends_at > $2 ORDER BY starts_at, ends_at, source",
        advisor_id,
        starts_at,
        ends_at,
    )


def source_labels(platform: Platform) -> Mapping[str, str]:
    """The name of each busy source that is on the board, by key."""
    return {owned.item.key: _(owned.item.label) for owned in platform.board.busy_sources}


def _row(source: str, one: BusyTime) -> Outside:
    return Outside(source=source, starts_at=one.starts_at, ends_at=one.ends_at, label=one.label)


def _key(row: Outside) -> tuple[str, datetime, datetime]:
    return (row.source, row.starts_at, row.ends_at)
