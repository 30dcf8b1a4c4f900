"""Structures that plugins bring: made as drafts, then kept in step field by field; what the coordination edits wins."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import msgspec
import structlog

from core.catalogue import taxonomy
from core.contracts.partners import PartnerNetwork, PartnerSite, PartnerStructure
from core.errors import NotFound
from core.extension.board import Owned
from core.network.communes import read_commune
from core.network.slugs import free_slug
from core.platform import Platform
from core.privacy import audit

log = structlog.get_logger("somobilite.network")
_STRUCTURE = ("name", "kind", "department", "email", "phone", "presentation")
_SITE = ("name", "insee", "department", "address", "postcode", "city", "directions", "lat", "lon")
_IMAGES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}
_SECONDS = 60.0
_MOST_BYTES = 200_000


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """Which plugin brought a structure, and since when the partner tells it no more."""

    source: str
    label: str
    gone_at: datetime | None = None


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking the partners: structures made, changed, told no more; and who failed, with the reason."""

    made: int = 0
    changed: int = 0
    gone: int = 0
    problems: Mapping[str, str] = {}


def follow(
    present: Mapping[str, Any], told: Mapping[str, Any], now: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields to write: those where what is here is still what the partner `told` last, and differs from what it says `now`.

    Pure. A field that was never told is left alone once it holds something.
    """
    return {
        name: value
        for name, value in now.items()
        if present.get(name) != value and present.get(name) == told.get(name, "")
    }


async def reconcile(platform: Platform) -> Reconciled:
    """Asks every partner; each partner's structures in one transaction of their own. A partner that fails changes nothing."""
    total, problems = Reconciled(), {}
    snapshot = await platform.plugins.current()
    asked = [
        owned
        for owned in platform.board.partner_networks
        if snapshot.policies.get(owned.plugin_id) != "forbidden"
    ]
    for table in ("partner_structure", "partner_site"):
        await platform.db.execute(  # whose plugin left, or may not be asked any more: nobody tells of them
            f"UPDATE {table} SET gone_at = $2 WHERE gone_at IS NULL AND source <> ALL($1::text[])",  # noqa: S608 - one of two names of ours
            [owned.item.key for owned in asked],
            platform.clock.now(),
        )
    for owned in asked:
        context = platform.context(owned.plugin_id, snapshot)
        outcome = await platform.dispatch.ask(
            owned.plugin_id,
            "partner_network",
            partial(owned.item.list_structures, context),
            list[PartnerStructure],
            timeout_seconds=_SECONDS,
        )
        told: list[PartnerStructure] = outcome.value or []
        problem = outcome.problem or next(_faults(told), "")
        sites: dict[str, dict[str, Any]] = {}
        if not problem:
            try:
                sites = {one.key: await _read_sites(platform, one) for one in told}
            except NotFound as error:
                problem = f"a site is in a commune that is not of the region: {error}"
        if problem:
            problems[owned.item.key] = problem
            log.warning("partner not followed", source=owned.item.key, problem=problem)
            continue
        async with platform.db.atomic():
            one = await _reconcile(platform, owned, told, sites)
        total = Reconciled(
            made=total.made + one.made,
            changed=total.changed + one.changed,
            gone=total.gone + one.gone,
        )
    return msgspec.structs.replace(total, problems=problems)


async def read_brought(platform: Platform, structure_id: UUID) -> Brought | None:
    """By whom a structure was brought; None for one that was made here."""
    row = await platform.db.fetch_one(
        "SELECT source, gone_at FROM partner_structure WHERE structure = $1", structure_id
    )
    if row is None:
        return None
    labels = {owned.item.key: owned.item.label for owned in platform.board.partner_networks}
    source: str = row["source"]
    return Brought(source=source, label=labels.get(source, source), gone_at=row["gone_at"])


async def has_logo(platform: Platform, structure_id: UUID) -> bool:
    """Whether a partner gave the structure a logo."""
    found: bool = await platform.db.fetch_value(
        "SELECT EXISTS (SELECT FROM structure_logo WHERE structure = $1)", structure_id
    )
    return found


async def read_logo(platform: Platform, slug: str) -> tuple[str, bytes]:
    """The type and the bytes of a structure's logo. Raises `NotFound`."""
    row = await platform.db.fetch_one(
        "SELECT l.media_type, l.image FROM structure_logo l JOIN structure s ON s.id = l.structure WHERE s.slug = $1",
        slug,
    )
    if row is None:
        raise NotFound("no logo")
    return row["media_type"], row["image"]


def _faults(structures: Sequence[PartnerStructure]) -> Iterator[str]:
    """Why an answer cannot be followed, in English: for whoever writes the plugin."""
    if len({one.key for one in structures}) < len(structures):
        yield "two structures have the same key"
    for one in structures:
        if one.logo and media_type_of(one.logo) is None:
            yield f"{one.key}: the logo is not a PNG, JPEG or WebP image"
        if len(one.logo) > _MOST_BYTES:
            yield f"{one.key}: the logo is larger than {_MOST_BYTES // 1000} kB"
        if one.kind not in taxonomy.entries("structure_kinds"):
            yield f"{one.key}: {one.kind!r} is not a kind of structure"
        if one.department not in taxonomy.entries("departments"):
            yield f"{one.key}: {one.department!r} is not a department of the region"
        if len({site.key for site in one.sites}) < len(one.sites):
            yield f"{one.key}: two sites have the same key"


def media_type_of(image: bytes) -> str | None:
    """The type of an image by its first bytes; None for what we do not show."""
    return next((kind for start, kind in _IMAGES.items() if image.startswith(start)), None)


async def _reconcile(
    platform: Platform,
    owned: Owned[PartnerNetwork],
    structures: Sequence[PartnerStructure],
    sites: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> Reconciled:
    source, now = owned.item.key, platform.clock.now()
    rows = await platform.db.fetch(
        "SELECT key, structure, told FROM partner_structure WHERE source = $1 FOR UPDATE", source
    )
    known = {row["key"]: row for row in rows}
    made = changed = 0
    for one in structures:
        fields = {name: getattr(one, name) for name in _STRUCTURE}
        if one.key in known:
            structure_id: UUID = known[one.key]["structure"]
            changed += await _write(
                platform, "structure", structure_id, known[one.key]["told"], fields
            )
        else:
            structure_id = await _make(platform, owned, one)
            made += 1
        await platform.db.execute(
            "INSERT INTO partner_structure (source, key, structure, told, told_at) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (source, key) DO UPDATE SET told = excluded.told, told_at = excluded.told_at, gone_at = NULL",
            source,
            one.key,
            structure_id,
            fields,
            now,
        )
        await _keep_logo(platform, structure_id, one.logo)
        changed += await _follow_sites(platform, (source, one.key), structure_id, sites[one.key])
    gone = await platform.db.execute(
        "UPDATE partner_structure SET gone_at = $3 WHERE source = $1 AND gone_at IS NULL AND key <> ALL($2::text[])",
        source,
        [one.key for one in structures],
        now,
    )
    return Reconciled(made=made, changed=changed, gone=gone)


async def _make(platform: Platform, owned: Owned[PartnerNetwork], one: PartnerStructure) -> UUID:
    """A draft, with the partner's feature switched on in it: it is theirs."""
    structure_id, now = uuid4(), platform.clock.now()
    await platform.db.execute(
        "INSERT INTO structure (id, slug, name, kind, department, email, phone, presentation, source, status, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'draft', $10)",
        structure_id,
        await free_slug(platform, one.name),
        one.name,
        one.kind,
        one.department,
        one.email,
        one.phone,
        one.presentation,
        owned.item.label,
        now,
    )
    await platform.db.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at) VALUES ($1, $2, 'on', $3)",
        owned.plugin_id,
        structure_id,
        now,
    )
    await audit.record(
        platform,
        None,
        "structure.brought",
        structure_id=structure_id,
        target=str(structure_id),
        detail={"by": owned.item.key},
    )
    return structure_id


async def _write(
    platform: Platform,
    table: str,
    row_id: UUID,
    told: Mapping[str, Any],
    fields: Mapping[str, Any],
) -> bool:
    """Writes the fields that follow the partner; whether there were any."""
    present = dict(
        await platform.db.fetch_one(f"SELECT * FROM {table} WHERE id = $1", row_id) or {}  # noqa: S608 - one of two names of ours
    )
    changes = follow(present, told, fields)
    if changes:
        columns = ", ".join(f"{name} = ${place}" for place, name in enumerate(changes, 2))
        await platform.db.execute(
            f"UPDATE {table} SET {columns} WHERE id = $1",  # noqa: S608 - names are ours
            row_id,
            *changes.values(),
        )
    return bool(changes)


async def _keep_logo(platform: Platform, structure_id: UUID, logo: bytes) -> None:
    if not logo:
        await platform.db.execute("DELETE FROM structure_logo WHERE structure = $1", structure_id)
        return
    await platform.db.execute(
        "INSERT INTO structure_logo (structure, media_type, image) VALUES ($1, $2, $3) ON CONFLICT (structure)"
        " DO UPDATE SET media_type = excluded.media_type, image = excluded.image"
        " WHERE structure_logo.image <> excluded.image",
        structure_id,
        media_type_of(logo),
        logo,
    )


async def _follow_sites(
    platform: Platform,
    of: tuple[str, str],
    structure_id: UUID,
    sites: Mapping[str, Mapping[str, Any]],
) -> int:
    rows = await platform.db.fetch(
        "SELECT key, site, told FROM partner_site WHERE source = $1 AND structure_key = $2", *of
    )
    known = {row["key"]: row for row in rows}
    changed = 0
    for key, fields in sites.items():
        if key in known:
            site_id: UUID = known[key]["site"]
            changed += await _write(platform, "site", site_id, known[key]["told"], fields)
        else:
            site_id, changed = uuid4(), changed + 1
            places = ", ".join(f"${place}" for place in range(3, 3 + len(_SITE)))
            await platform.db.execute(
                f"INSERT INTO site (id, structure, {', '.join(_SITE)}) VALUES ($1, $2, {places})",  # noqa: S608 - names are ours
                site_id,
                structure_id,
                *(fields[name] for name in _SITE),
            )
        await platform.db.execute(
            "INSERT INTO partner_site (source, structure_key, key, site, told) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (source, structure_key, key) DO UPDATE SET told = excluded.told, gone_at = NULL",
            *of,
            key,
            site_id,
            dict(fields),
        )
    await platform.db.execute(
        "UPDATE partner_site SET gone_at = $4 WHERE source = $1 AND structure_key = $2 AND gone_at IS NULL"
        " AND key <> ALL($3::text[])",
        *of,
        list(sites),
        platform.clock.now(),
    )
    return changed


async def _read_sites(platform: Platform, one: PartnerStructure) -> dict[str, Any]:
    """The columns of each site, by its key. Raises `NotFound` for a commune that is not of the region."""
    return {site.key: await _site_fields(platform, site) for site in one.sites}


async def _site_fields(platform: Platform, site: PartnerSite) -> dict[str, Any]:
    """The site's columns; its commune tells the department, and where it is unless the partner does."""
    try:
        commune = await read_commune(platform, site.insee)
    except NotFound as error:
        raise NotFound(f"{site.key}, {site.insee}") from error
    located = site.lat is not None and site.lon is not None
    return {
        "name": site.name,
        "insee": site.insee,
        "department": commune.department,
        "address": site.address,
        "postcode": site.postcode or commune.postcodes[0],
        "city": site.city or commune.name,
        "directions": site.directions,
        "lat": site.lat if located else commune.lat,
        "lon": site.lon if located else commune.lon,
    }
