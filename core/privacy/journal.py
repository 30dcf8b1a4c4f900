"""The journal: who did what, to what, when. The coordination reads all of it, managers what their structures are named in."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.errors import NotFound
from core.network.overview import visible_ids
from core.platform import Platform
from core.privacy import audit
from core.privacy.deeds import deed_label, detail_words, thing
from core.web.i18n import _

PAGE = 50
_PIECE = 1000


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for. `kind` is an action, or a room (`interview`); `who` an account; `first` and `last` days, inclusive."""

    who: UUID | None = None
    kind: str = ""
    structure: UUID | None = None
    first: date | None = None
    last: date | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One deed. `who` is empty for the platform itself, and for who acts by a link."""

    id: int
    at: datetime
    who: str
    action: str
    structure: str
    target: str
    detail: dict[str, Any]

    @property
    def label(self) -> str:
        """The deed in words."""
        return deed_label(self.action)

    @property
    def thing(self) -> tuple[str, str]:
        """What it was done to, and its page if it has one."""
        return thing(self.action, self.target)

    @property
    def said(self) -> str:
        """The details, short."""
        return detail_words(self.action, self.detail)


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the journal, the latest first, and how many there are."""

    lines: list[Line]
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // PAGE))


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What the user may filter by: people and structures as (id, name), the actions that happened."""

    people: list[tuple[str, str]]
    structures: list[tuple[str, str]]
    actions: list[str]


_WHERE = """
    FROM audit t LEFT JOIN account ON account.id = t.account LEFT JOIN structure s ON s.id = t.structure
    WHERE ($1::uuid[] IS NULL OR t.structure = ANY($1)) AND ($2::uuid IS NULL OR t.account = $2)
        AND ($3 = '' OR t.action = $3 OR starts_with(t.action, $3 || '.')) AND ($4::uuid IS NULL OR t.structure = $4)
        AND ($5::timestamptz IS NULL OR t.at >= $5) AND ($6::timestamptz IS NULL OR t.at < $6)
"""
_ID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_LINES = f"""
    SELECT t.id, t.at, coalesce(account.name, '') AS who, t.action, coalesce(s.name, '') AS structure, t.detail,
        coalesce((SELECT about.name FROM account about WHERE about.id =
            CASE WHEN t.action LIKE 'account.%' AND t.object ~ '{_ID}' THEN t.object::uuid END), t.object) AS target
    {_WHERE} AND t.id < $7 ORDER BY t.id DESC
"""  # noqa: S608 - constants of ours
_LAST = 2**62


async def read_journal(
    platform: Platform, user: CurrentUser, wanted: Filter, number: int
) -> Journal:
    """Page `number` (from 1) of what the user may read."""
    args = _arguments(platform, user, wanted)
    return Journal(
        lines=await platform.db.structs(
            Line, f"{_LINES} LIMIT $8 OFFSET $9", *args, _LAST, PAGE, (number - 1) * PAGE
        ),
        total=await platform.db.fetch_value(f"SELECT count(*) {_WHERE}", *args),
    )


async def read_choices(platform: Platform, user: CurrentUser) -> Choices:
    """Who and what stands in the part of the journal that the user may read."""
    rows = await platform.db.fetch_one(
        f"""
        SELECT array_agg(DISTINCT ARRAY[t.account::text, account.name]) FILTER (WHERE account.id IS NOT NULL) AS people,
            array_agg(DISTINCT ARRAY[t.structure::text, s.name]) FILTER (WHERE s.id IS NOT NULL) AS structures,
            array_agg(DISTINCT t.action) AS actions {_WHERE}
        """,
        *_arguments(platform, user, Filter()),
    )
    assert rows is not None

    def by_name(pairs: list[list[str]] | None) -> list[tuple[str, str]]:
        return sorted(((id_, name) for id_, name in pairs or ()), key=lambda pair: pair[1])

    return Choices(
        people=by_name(rows["people"]),
        structures=by_name(rows["structures"]),
        actions=rows["actions"] or [],
    )


async def write_csv(platform: Platform, user: CurrentUser, wanted: Filter) -> AsyncIterator[bytes]:
    """All of it as a spreadsheet reads it, piece by piece; taking it away is a deed of the journal too."""
    await audit.record(
        platform,
        user,
        "journal.downloaded",
        structure_id=wanted.structure,
        detail={"from": wanted.first, "to": wanted.last, "kind": wanted.kind},
    )
    return _pieces(platform, _arguments(platform, user, wanted))


async def _pieces(platform: Platform, args: tuple[Any, ...]) -> AsyncIterator[bytes]:
    yield "\ufeff".encode() + _csv(
        [[_("Quand"), _("Qui"), _("Quoi"), _("Action"), _("Structure"), _("Sur"), _("Détail")]]
    )
    last = _LAST
    while lines := await platform.db.structs(Line, f"{_LINES} LIMIT $8", *args, last, _PIECE):
        yield _csv(
            [
                line.at.astimezone(platform.zone).isoformat(" ", "seconds"),
                line.who,
                line.label,
                line.action,
                line.structure,
                line.target,
                line.said,
            ]
            for line in lines
        )
        last = lines[-1].id


def _csv(rows: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([_plain(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _plain(cell: str) -> str:
    """A spreadsheet takes what begins so for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _arguments(platform: Platform, user: CurrentUser, wanted: Filter) -> tuple[Any, ...]:
    ids = visible_ids(user)
    if ids is not None and wanted.structure is not None and wanted.structure not in ids:
        raise NotFound("a structure that the user does not manage")
    return (
        ids,
        wanted.who,
        wanted.kind,
        wanted.structure,
        _midnight(platform, wanted.first),
        _midnight(platform, wanted.last + timedelta(days=1) if wanted.last else None),
    )


def _midnight(platform: Platform, day: date | None) -> datetime | None:
    return datetime.combine(day, time(), platform.zone) if day else None
