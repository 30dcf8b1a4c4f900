"""Programme sheets: loading them, reading them at a version, searching them, moving them through their life.

Facts are never edited in place: a roadmap opens the version that it kept.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import files
from typing import Any, Literal, get_args

import msgspec

from core.accounts.access import CurrentUser
from core.catalogue import taxonomy
from core.contracts.matching import Catalogue, Programme
from core.errors import NotFound
from core.platform import Platform
from core.privacy import audit

Status = Literal["draft", "in_review", "published", "to_verify", "archived"]
STATUSES: tuple[Status, ...] = get_args(Status)
READABLE: tuple[Status, ...] = ("published", "to_verify", "archived")
"""What anyone may open by its address: a roadmap may still lead to a sheet that is not proposed any more."""

_FIRST_STATUS: Mapping[str, Status] = {
    "actif": "published",
    "a_verifier": "to_verify",
    "suspendu": "archived",
}


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet at one version, and where it is in its life."""

    status: Status
    current: int
    programme: Programme
    verified_on: date | None = None


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader looks for. An empty value does not filter."""

    text: str = ""
    domain: str = ""
    zone: str = ""


async def load_programmes(platform: Platform) -> int:
    """Imports the sheets that travel with the platform, as version 1; returns how many were new.

    A sheet that is known stays as it is. What the source marks "to be checked" is not published; what is suspended is
    archived: it can be read, never proposed.
    """
    raw = msgspec.json.decode((files("config") / "data" / "programmes.json").read_bytes())
    added = 0
    async with platform.db.atomic():
        for record in raw:
            programme = read_record(record)
            added += await platform.db.execute(
                "INSERT INTO programme (id, version, status, title, search)"
                " VALUES ($1, 1, $2, $3, fold($4)) ON CONFLICT DO NOTHING",
                programme.id,
                _FIRST_STATUS[programme.availability],
                programme.title_fr,
                search_words(programme),
            )
            await platform.db.execute(
                "INSERT INTO programme_version (programme, version, facts) VALUES ($1, 1, $2)"
                " ON CONFLICT DO NOTHING",
                programme.id,
                programme,
            )
    return added


def read_record(record: Mapping[str, Any]) -> Programme:
    """A sheet from its JSON record, where null means "not told"; straight apostrophes become curly ones.

    Raises `msgspec.ValidationError` on a record of another shape.
    """
    facts = {key: value for key, value in record.items() if value is not None}
    text = msgspec.json.encode(facts).replace(b"'", "’".encode())
    return msgspec.json.decode(text, type=Programme)


async def published(platform: Platform) -> Sequence[Programme]:
    """Every sheet that may be proposed, at its current version, by id."""
    return (await read_catalogue(platform)).programmes


async def read_catalogue(platform: Platform) -> Catalogue:
    """The same, with what was worked out from them. Read again only when a sheet came, went or changed."""
    # `xmin`, the transaction that wrote a row, shows an edit by hand too.
    revision: str = await platform.db.fetch_value(
        "SELECT coalesce(md5(string_agg(concat_ws(' ', p.id, v.version, v.xmin), ',' ORDER BY p.id)), '')"
        " FROM programme p JOIN programme_version v ON v.programme = p.id AND v.version = p.version"
        " WHERE p.status = 'published'"
    )

    async def read() -> Catalogue:
        rows = await platform.db.fetch(
            "SELECT v.facts::text AS facts FROM programme p"
            " JOIN programme_version v ON v.programme = p.id AND v.version = p.version"
            " WHERE p.status = 'published' ORDER BY p.id"
        )
        sheets = sorted((_decoder.decode(row["facts"]) for row in rows), key=lambda p: p.id)
        return Catalogue(revision=revision, programmes=tuple(sheets))

    return await platform.memory.latest("catalogue", revision, read)


async def read_programme(
    platform: Platform, programme_id: str, version: int | None = None
) -> Programme:
    """The facts of a sheet, now or at a version, whatever its status. Raises `NotFound`."""
    return (await read_sheet(platform, programme_id, version)).programme


async def read_sheet(platform: Platform, programme_id: str, version: int | None = None) -> Sheet:
    """A sheet now or at a version, with its status. Raises `NotFound`."""
    row = await platform.db.fetch_one(
        "SELECT p.status, p.version AS current, p.verified_on, v.facts::text AS facts FROM programme p"
        " JOIN programme_version v ON v.programme = p.id AND v.version = coalesce($2, p.version)"
        " WHERE p.id = $1",
        programme_id,
        version,
    )
    if row is None:
        raise NotFound(f"no sheet {programme_id} at version {version or 'current'}")
    return _sheet(row)


async def list_programmes(platform: Platform, filters: Filters) -> Sequence[Programme]:
    """The published sheets that the filters leave, by title."""
    rows = await platform.db.fetch(
        "SELECT v.facts::text AS facts FROM programme p"
        " JOIN programme_version v ON v.programme = p.id AND v.version = p.version"
        " WHERE p.status = 'published' AND NOT EXISTS"
        "  (SELECT 1 FROM unnest(regexp_split_to_array(fold(trim($1)), '\\s+')) AS word"
        "   WHERE strpos(p.search, word) = 0)"
        " ORDER BY fold(p.title), p.id",
        filters.text,
    )
    found = (_decoder.decode(row["facts"]) for row in rows)
    return [programme for programme in found if _passes(programme, filters)]


async def set_status(
    platform: Platform, programme_id: str, status: Status, user: CurrentUser
) -> None:
    """Moves a sheet to another step of its life, and keeps a trace. Raises `NotFound`."""
    async with platform.db.atomic():
        before = await platform.db.fetch_value(
            "SELECT status FROM programme WHERE id = $1 FOR UPDATE", programme_id
        )
        if before is None:
            raise NotFound(f"no sheet {programme_id}")
        if before == status:
            return
        await platform.db.execute(
            "UPDATE programme SET status = $2, updated_at = $3 WHERE id = $1",
            programme_id,
            status,
            platform.clock.now(),
        )
        await audit.record(
            platform,
            user,
            "programme.status",
            target=programme_id,
            detail={"before": before, "after": status},
        )


_decoder = msgspec.json.Decoder(Programme)


def _sheet(row: Any) -> Sheet:
    return Sheet(
        status=row["status"],
        current=row["current"],
        programme=_decoder.decode(row["facts"]),
        verified_on=row["verified_on"],
    )


def _passes(programme: Programme, filters: Filters) -> bool:
    """Whether the facets leave a sheet. One for the whole world is found in each zone abroad."""
    zones = programme.zones
    everywhere = "monde" in zones and filters.zone != "france"
    return (not filters.domain or filters.domain in programme.domains) and (
        not filters.zone or everywhere or filters.zone in zones
    )


def search_words(programme: Programme) -> str:
    """The words by which people look for a sheet: its own, and the names of its places, fields and public in both languages."""
    kinds = (
        ("domains", programme.domains),
        ("zones", programme.zones),
        ("countries", programme.countries),
        ("statuses", programme.statuses),
        ("interests", programme.tags),
    )
    names = [
        taxonomy.label(kind, id_, locale)
        for kind, ids in kinds
        for id_ in ids
        for locale in ("fr", "en")
    ]
    return " ".join(
        [
            programme.title_fr,
            programme.summary_fr,
            programme.text_fr,
            programme.operator,
            *names,
        ]
    )
