"""Digests for staff: planned from the present supply, one receipt per person, kind and week, and read again before they leave."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

import msgspec

from core.agenda.gauge import offered_this_week
from core.agenda.recurrence import instant
from core.booking.views import list_for_advisor
from core.catalogue.editing.listing import keepers_to_remind, to_remind
from core.contracts.booking import PersonRef
from core.contracts.digests import Digest, DigestKind, WeekSupply
from core.extension.state import Snapshot
from core.notices.ledger import Expected, expect
from core.notices.quiet import quiet_hours, quiet_until
from core.notices.weekly import DigestDue, Member, due_digests, iso_week, open_windows
from core.platform import Platform

_WEEK = timedelta(days=7)
_TO_FILL_IN = timedelta(days=90)
_OF_SUPPLY: tuple[DigestKind, ...] = ("shortage", "shortage_region")


class ForStaff(msgspec.Struct, frozen=True, kw_only=True):
    """A digest that still holds; `structures` are those that it concerns (none: the region), `until` is when the night is over."""

    digest: Digest
    structures: tuple[UUID, ...]
    until: datetime | None = None


async def plan(platform: Platform) -> None:
    """Writes the receipts of the digests that are due now. Idempotent; outside their hours it asks the database nothing."""
    now, quiet = platform.clock.now(), quiet_hours(platform.settings)
    windows = open_windows(now, quiet)
    if not windows or quiet_until(now, quiet) or not platform.settings.notices.digests:
        return
    snapshot = await platform.plugins.current()
    short = await _short(platform, {day for kind, day in windows.items() if kind in _OF_SUPPLY})
    rows = await platform.db.fetch(
        "SELECT account, kind, revision, carrier FROM receipt WHERE account IS NOT NULL AND revision = ANY($1::text[])",
        [iso_week(monday) for monday in windows.values()],
    )
    known = {(row["account"], row["kind"], row["revision"], row["carrier"]) for row in rows}
    expected = [
        Expected(
            account=member.account,
            kind=due.kind,
            audience="staff",
            revision=due.revision,
            carrier=carrier,
        )
        for member in await _members(platform)
        for due in due_digests(member, short, now, quiet)
        for carrier in _carriers(platform, snapshot, member, due)
        if (member.account, due.kind, due.revision, carrier) not in known
    ]
    if expected:
        async with platform.db.atomic():
            await expect(platform, expected)


def _carriers(platform: Platform, snapshot: Snapshot, member: Member, due: DigestDue) -> list[str]:
    """The carriers that are on where the member works, or anywhere for the coordination."""
    return [
        owned.item.key
        for owned in platform.board.digest_carriers
        if (
            snapshot.on_somewhere(owned.plugin_id)
            if _of_region(member, due)
            else any(snapshot.is_on(owned.plugin_id, one) for one in member.structures)
        )
    ]


def _of_region(member: Member, due: DigestDue) -> bool:
    """Whether it leaves for the region and not for a structure: the coordination works in none."""
    return due.kind == "shortage_region" or (due.kind == "sheets" and not member.structures)


async def read_digest(
    platform: Platform, account_id: UUID, kind: str, revision: str
) -> ForStaff | None:
    """The digest as it reads now; None when there is nothing to tell any more, or it is too late."""
    now, quiet = platform.clock.now(), quiet_hours(platform.settings)
    monday = open_windows(now, quiet).get(kind)  # type: ignore[call-overload]  # an unknown kind is due never
    if monday is None:
        return None
    short = await _short(platform, [monday] if kind in _OF_SUPPLY else [])
    awake = msgspec.structs.replace(quiet, starts=0, ends=0)  # whether it waits is said beside it
    for member in await _members(platform, account_id):
        for due in due_digests(member, short, now, awake):
            if (due.kind, due.revision) == (kind, revision):
                return ForStaff(
                    digest=await _digest(platform, member, due),
                    structures=() if _of_region(member, due) else member.structures,
                    until=quiet_until(now, quiet),
                )
    return None


async def _digest(platform: Platform, member: Member, due: DigestDue) -> Digest:
    person = await platform.db.struct(
        PersonRef,
        "SELECT c.name, c.email, coalesce(a.phone, '') AS phone FROM account c"
        " LEFT JOIN advisor a ON a.account = c.id WHERE c.id = $1",
        member.account,
    )
    assert person is not None
    url = platform.settings.public_url
    digest = Digest(
        key=f"{member.account}.{due.kind}.{due.revision}",
        kind=due.kind,
        person=person,
        monday=due.monday,
        url=url + _where(member, due),
        supply=await _supply(platform, due.structures, [due.monday]),
    )
    if due.kind == "sheets":
        return msgspec.structs.replace(digest, sheets=await to_remind(platform, member.account))
    if due.kind != "week" or member.advisor is None:
        return digest
    starts_at = instant(due.monday, time.min, platform.zone)
    ends_at = instant(due.monday + _WEEK, time.min, platform.zone)
    views = await list_for_advisor(platform, member.advisor, starts_at, ends_at)
    return msgspec.structs.replace(
        digest,
        supply=await _supply(platform, member.structures, [due.monday, due.monday + _WEEK]),
        appointments=tuple(view for view in views if view.status == "booked"),
        to_fill_in=await _to_fill_in(platform, member.advisor),
    )


def _where(member: Member, due: DigestDue) -> str:
    if due.kind == "shortage_region":
        return "/reseau?manque=true"
    if due.kind == "sheets":
        return "/fiches/a-verifier?charge=moi"
    if due.kind == "shortage":
        return "/plages/nouvelle" if member.advisor is not None else "/reseau"
    return "/agenda"


async def _to_fill_in(platform: Platform, advisor_id: UUID) -> int:
    """Interviews of the last three months that are over and still say nothing of what happened."""
    now = platform.clock.now()
    found: int = await platform.db.fetch_value(
        "SELECT count(*) FROM appointment WHERE advisor = $1 AND status = 'booked' AND ends_at <= $2 AND starts_at >= $3",
        advisor_id,
        now,
        now - _TO_FILL_IN,
    )
    return found


async def _supply(
    platform: Platform, structure_ids: Sequence[UUID], mondays: Sequence[date]
) -> tuple[WeekSupply, ...]:
    snapshot = await platform.plugins.current()
    minimum = platform.settings.booking.minimum_weekly_slots
    found = []
    for monday in mondays:
        offered = await offered_this_week(platform, structure_ids, monday)
        found += [
            WeekSupply(
                structure=snapshot.structures[structure_id],
                monday=monday,
                offered=number,
                minimum=minimum,
                url=f"{platform.settings.public_url}/reseau/{snapshot.structures[structure_id].slug}",
            )
            for structure_id, number in offered.items()
            if structure_id in snapshot.structures
        ]
    return tuple(sorted(found, key=lambda one: (one.monday, one.structure.name)))


async def _short(platform: Platform, mondays: Collection[date]) -> dict[date, frozenset[UUID]]:
    """For each week, the structures that may offer slots, by an agreement of that year, and offer too few."""
    minimum = platform.settings.booking.minimum_weekly_slots
    short = {}
    for monday in mondays:
        rows = await platform.db.fetch(
            "SELECT s.id FROM structure s JOIN agreement g ON g.structure = s.id AND g.year = $1 AND g.status = 'active'"
            " WHERE s.status = 'active'",
            monday.year,
        )
        offered = await offered_this_week(platform, [row["id"] for row in rows], monday)
        short[monday] = frozenset(one for one, number in offered.items() if number < minimum)
    return short


async def _members(platform: Platform, account_id: UUID | None = None) -> list[Member]:
    """Who works somewhere or coordinates; only that one when an account is asked for."""
    keepers = await keepers_to_remind(platform)
    members = await platform.db.structs(
        Member,
        """
        SELECT c.id AS account, a.id AS advisor, coalesce(a.weekly_digest, false) AS wants_week,
            coalesce(c.region_role = 'coordinator', false) AS is_coordinator,
            coalesce(array_agg(s.id ORDER BY s.name) FILTER (WHERE s.id IS NOT NULL), '{}') AS structures
        FROM account c
        LEFT JOIN advisor a ON a.account = c.id
        LEFT JOIN membership m ON m.account = c.id AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL
        LEFT JOIN structure s ON s.id = m.structure AND s.status = 'active'
        WHERE c.disabled_at IS NULL AND ($1::uuid IS NULL OR c.id = $1)
        GROUP BY c.id, a.id ORDER BY c.id
        """,
        account_id,
    )
    return [msgspec.structs.replace(one, has_sheets=one.account in keepers) for one in members]
