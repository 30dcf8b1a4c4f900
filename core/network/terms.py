"""The terms of a structure's slots: read, tried out before they are saved, saved. Appointments stand whatever changes."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.agenda import service as agenda
from core.agenda.free import FreeSlot, held_together
from core.agenda.terms import OWN_COLUMNS, OwnTerms, resolve
from core.booking.search import BOOKABLE, bookable_terms
from core.errors import Conflict, NotFound
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _

_SHOWN = 6
_FREE = f"""
    SELECT s.advisor, s.starts_at, s.ends_at, s.site AS site_id, s.channels, s.provider, s.source
    FROM slot s JOIN structure st ON st.id = s.structure WHERE s.structure = $6 AND {BOOKABLE}
    ORDER BY s.advisor, s.starts_at
"""  # noqa: S608 - the pieces are ours


class PastChange(msgspec.Struct, frozen=True, kw_only=True):
    """A past change of the terms."""

    at: datetime
    who: str | None
    before: OwnTerms
    after: OwnTerms


class TermsView(msgspec.Struct, frozen=True, kw_only=True):
    """A structure with the terms that it settled for itself."""

    id: UUID
    slug: str
    name: str
    own: OwnTerms
    history: Sequence[PastChange] = ()


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What youths can book: free slots, how many interviews they make when those that overlap are counted once, the first
    starts.
    """

    slots: int
    interviews: int
    first: tuple[datetime, ...]


class _Row(OwnTerms, frozen=True, kw_only=True):
    id: UUID
    slug: str
    name: str


class _Free(FreeSlot, frozen=True, kw_only=True):
    advisor: UUID


async def read_terms_of(platform: Platform, user: CurrentUser, slug: str) -> TermsView:
    """The terms of a structure, and how they changed. Raises `NotFound` when it is not the user's to manage."""
    row = await platform.db.struct(
        _Row,
        f"SELECT s.id, s.slug, s.name, {OWN_COLUMNS} FROM structure s WHERE s.slug = $1",  # noqa: S608
        slug,
    )
    if row is None or not user.manages(row.id):
        raise NotFound("no such structure")
    history = await platform.db.structs(
        PastChange,
        "SELECT t.at, c.name AS who, t.detail->'before' AS before, t.detail->'after' AS after FROM audit t"
        " LEFT JOIN account c ON c.id = t.account"
        " WHERE t.action = 'structure.terms_changed' AND t.structure = $1 ORDER BY t.id DESC LIMIT 20",
        row.id,
    )
    return TermsView(id=row.id, slug=row.slug, name=row.name, own=_own(row), history=history)


def sign(before: OwnTerms, after: OwnTerms) -> str:
    """A mark of one change: what was shown is what is saved."""
    return hashlib.sha256(msgspec.json.encode((before, after))).hexdigest()[:32]


async def own_terms(platform: Platform, structure_id: UUID, *, lock: bool = False) -> OwnTerms:
    """What a structure that exists settled for itself; with `lock`, as it stays until the transaction ends."""
    found = await platform.db.struct(
        OwnTerms,
        f"SELECT {OWN_COLUMNS} FROM structure s WHERE s.id = $1"  # noqa: S608
        f" {'FOR NO KEY UPDATE' if lock else ''}",
        structure_id,
    )
    assert found is not None
    return found


async def forecast(platform: Platform, structure_id: UUID) -> Forecast:
    """What can be booked now."""
    terms = resolve(await own_terms(platform, structure_id), platform.settings.booking)
    found = await platform.db.structs(
        _Free,
        _FREE,
        *bookable_terms(platform, list(platform.board.channels)),
        structure_id,
    )
    return Forecast(
        slots=len(found),
        interviews=sum(
            len(held_together(slots, terms.buffer_minutes))
            for _advisor, slots in groupby(found, key=lambda slot: slot.advisor)
        ),
        first=tuple(sorted({slot.starts_at for slot in found})[:_SHOWN]),
    )


async def try_out(platform: Platform, structure_id: UUID, own: OwnTerms) -> Forecast:
    """What could be booked under other terms: they are put in force in a transaction that is then taken back."""
    try:
        async with platform.db.atomic():
            await _write(platform, structure_id, own)
            raise _TakenBack(await forecast(platform, structure_id))
    except _TakenBack as tried:
        return tried.forecast


class _TakenBack(Exception):
    def __init__(self, found: Forecast) -> None:
        self.forecast = found


async def save_terms(platform: Platform, user: CurrentUser, view: TermsView, own: OwnTerms) -> None:
    """Puts other terms in force; slots follow in the same transaction, and it is kept who changed what.

    Raises `Conflict` when someone else changed them since `view` was read.
    """
    async with platform.db.atomic():
        if await own_terms(platform, view.id, lock=True) != view.own:
            raise Conflict(
                _("Ces réglages viennent de changer ailleurs : revoyez-les avant d’enregistrer.")
            )
        await _write(platform, view.id, own)
        await audit.record(
            platform,
            user,
            "structure.terms_changed",
            structure_id=view.id,
            target=view.slug,
            detail={"before": view.own, "after": own},
        )


async def _write(platform: Platform, structure_id: UUID, own: OwnTerms) -> None:
    values = msgspec.structs.asdict(own)
    columns = ", ".join(f"{name} = ${number}" for number, name in enumerate(values, 2))
    await platform.db.execute(
        f"UPDATE structure SET {columns} WHERE id = $1",  # noqa: S608 - the names are our fields
        structure_id,
        *values.values(),
    )
    await agenda.refresh_structure(platform, structure_id)


def _own(row: OwnTerms) -> OwnTerms:
    return OwnTerms(**{name: getattr(row, name) for name in OwnTerms.__struct_fields__})
