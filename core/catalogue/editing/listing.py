"""The team's list of sheets: every step of their life, who answers for them, until when, and their links."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

import msgspec

from core.catalogue.editing.upkeep import SOON
from core.catalogue.service import Status
from core.clock import local_date
from core.contracts.digests import SheetToVerify
from core.platform import Platform
from core.web.i18n import N_


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet in the list. `draft` is the state of the version in the making; `link` the worst of its links,
    `link_bad` whether it wants somebody to look.
    """

    id: str
    title: str
    status: Status
    version: int
    domains: tuple[str, ...] = ()
    confidence: str = ""
    in_charge: UUID | None = None
    keeper: str = ""
    verified_on: date | None = None
    verify_before: date | None = None
    draft: Literal["draft", "in_review"] | None = None
    draft_author: str = ""
    approved: bool = False
    link: str | None = None
    link_url: str = ""
    link_bad: bool = False
    is_demo: bool = False


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the reader looks for. Empty: everything. `keeper`: an account; `nobody`: those that nobody answers for."""

    text: str = ""
    domain: str = ""
    status: str = ""
    draft: str = ""
    link: str = ""
    confidence: str = ""
    keeper: UUID | None = None
    nobody: bool = False


_ROWS = """
    SELECT p.id, p.title, p.status, p.version, p.in_charge, coalesce(c.name, '') AS keeper, p.verified_on,
        p.verify_before, p.is_demo, d.state AS draft, coalesce(w.name, '') AS draft_author,
        d.approved_at IS NOT NULL AS approved,
        coalesce(f.facts ->> 'confidence', 'medium') AS confidence, coalesce(f.facts -> 'domains', '[]')::text AS domains,
        l.state AS link, coalesce(l.url, '') AS link_url, coalesce(l.is_bad, false) AS link_bad
    FROM programme p
    LEFT JOIN programme_version v ON v.programme = p.id AND v.version = p.version
    LEFT JOIN programme_draft d ON d.programme = p.id
    CROSS JOIN LATERAL (SELECT coalesce(v.facts, d.facts) AS facts) f
    LEFT JOIN account c ON c.id = p.in_charge AND c.disabled_at IS NULL
    LEFT JOIN account w ON w.id = d.author
    LEFT JOIN LATERAL (SELECT state, url, state = 'gone' OR (state = 'silent' AND failures >= 3) AS is_bad FROM programme_link WHERE programme = p.id
        ORDER BY array_position(ARRAY['gone', 'silent', 'moved', 'closed', 'ok', 'new'], state), url LIMIT 1) l ON true
"""


async def list_rows(platform: Platform, wanted: Wanted) -> Sequence[Row]:
    """The sheets found, by title."""
    rows = await platform.db.fetch(
        f"{_ROWS} WHERE NOT EXISTS"
        "  (SELECT FROM unnest(regexp_split_to_array(fold(trim($1)), '\\s+')) AS word"
        "   WHERE strpos(p.search, word) = 0)"
        " AND ($2 = '' OR f.facts -> 'domains' ? $2) AND ($3 = '' OR p.status = $3)"
        " AND ($4 = '' OR d.state = $4) AND ($5 = '' OR coalesce(l.state, 'new') = $5)"
        " AND ($6 = '' OR coalesce(f.facts ->> 'confidence', 'medium') = $6)"
        " AND ($7::uuid IS NULL OR p.in_charge = $7) AND (NOT $8 OR c.id IS NULL)"
        " ORDER BY fold(p.title), p.id",
        wanted.text,
        wanted.domain,
        wanted.status,
        wanted.draft,
        wanted.link,
        wanted.confidence,
        wanted.keeper,
        wanted.nobody,
    )
    return [_row(row) for row in rows]


async def read_row(platform: Platform, programme_id: str) -> Row | None:
    """One sheet as the list tells it."""
    row = await platform.db.fetch_one(f"{_ROWS} WHERE p.id = $1", programme_id)
    return _row(row) if row else None


async def list_to_verify(platform: Platform, keeper: UUID | None = None) -> Sequence[Row]:
    """The sheets that want a look, the most urgent first: links that are broken (silent ones after three days), sheets set
    aside, then those whose date has passed or is near, by date, and those that nobody ever verified. One keeper's only, when asked.
    """
    today = local_date(platform.clock.now(), platform.zone)
    rows = await platform.db.fetch(
        f"{_ROWS} WHERE p.status IN ('published', 'to_verify') AND ($2::uuid IS NULL OR p.in_charge = $2)"
        " AND (p.status = 'to_verify' OR p.verify_before IS NULL OR p.verify_before <= $1 OR l.is_bad)"
        " ORDER BY coalesce(l.state = 'gone', false) DESC, p.status = 'to_verify' DESC, coalesce(l.is_bad, false) DESC, p.verify_before NULLS LAST,"
        "  coalesce(f.facts ->> 'confidence' = 'low', false) DESC, fold(p.title), p.id",
        today + SOON,
        keeper,
    )
    return [_row(row) for row in rows]


async def keepers_to_remind(platform: Platform) -> frozenset[UUID]:
    """Who answers for a sheet that wants a look."""
    return frozenset(row.in_charge for row in await list_to_verify(platform) if row.in_charge)


async def to_remind(platform: Platform, keeper: UUID) -> tuple[SheetToVerify, ...]:
    """What to tell somebody of their sheets that want a look, the most urgent first."""
    return tuple(
        SheetToVerify(
            title=row.title,
            url=f"{platform.settings.public_url}/fiches/{row.id}/gestion",
            why=why(row),
            before=row.verify_before if why(row) == BEFORE else None,
        )
        for row in await list_to_verify(platform, keeper)
    )


BEFORE = N_("à vérifier avant le")


def why(row: Row) -> str:
    """Why a sheet wants a look: a text to translate. After `BEFORE` comes the date."""
    if row.link == "gone":
        return N_("lien cassé")
    if row.status == "to_verify":
        return N_("mise de côté : à vérifier avant d’être proposée")
    if row.link_bad:
        return N_("le site officiel ne répond pas")
    return BEFORE if row.verify_before else N_("jamais vérifiée")


def _row(row: Any) -> Row:
    return Row(**{**dict(row), "domains": tuple(msgspec.json.decode(row["domains"]))})
