"""Versions: what was published, for ever. Publishing a draft makes one; restoring one makes a draft."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from core.accounts.access import CurrentUser
from core.catalogue import service
from core.catalogue.editing import drafts
from core.catalogue.editing.checks import missing
from core.catalogue.editing.journal import note
from core.catalogue.editing.upkeep import next_check
from core.clock import local_date
from core.contracts.matching import Programme
from core.errors import NotFound, Refused
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One published version: its number, when, and who wrote it (empty: it came with the platform)."""

    number: int
    created_at: datetime
    author: str = ""
    title: str = ""


async def list_versions(platform: Platform, programme_id: str) -> Sequence[Version]:
    """Every version, the newest first."""
    return await platform.db.structs(
        Version,
        "SELECT v.version AS number, v.created_at, coalesce(a.name, '') AS author, v.facts ->> 'title_fr' AS title"
        " FROM programme_version v LEFT JOIN account a ON a.id = v.author WHERE v.programme = $1"
        " ORDER BY v.version DESC",
        programme_id,
    )


async def publish(platform: Platform, user: CurrentUser, programme_id: str) -> int:
    """Makes the draft the public version, verified today; its number. The old one can still be read.

    By the coordination alone, from a draft or a review. Raises `Refused` while something needed is missing, or when the
    draft says nothing new.
    """
    if not user.is_coordination:
        raise Refused(_("Seule la coordination relit et publie les fiches."))
    async with platform.db.atomic():
        before = await platform.db.fetch_one(
            "SELECT status, version FROM programme WHERE id = $1 FOR UPDATE", programme_id
        )
        if before is None:
            raise NotFound(f"no sheet {programme_id}")
        draft = await drafts.read_draft(platform, programme_id)
        if draft is None:
            raise Refused(_("Il n’y a pas de brouillon à publier."))
        if lacking := missing(draft.facts):
            raise Refused(" ".join(lacking.values()))
        if not draft.is_new:
            public = await service.read_programme(platform, programme_id)
            if replace(draft.facts, version=public.version) == public:
                raise Refused(
                    _(
                        "Ce brouillon ne change rien à la fiche : abandonnez-le, ou dites « Toujours exact »."
                    )
                )
        number = await _write(platform, draft, user)
        await audit.record(
            platform,
            user,
            "programme.status",
            target=programme_id,
            detail={"before": before["status"], "after": "published", "version": number},
        )
        await note(platform, user, programme_id, "published", version=number)
        return number


async def _write(platform: Platform, draft: drafts.Draft, user: CurrentUser) -> int:
    now = platform.clock.now()
    today = local_date(now, platform.zone)
    number: int = await platform.db.fetch_value(
        "SELECT coalesce(max(version), 0) + 1 FROM programme_version WHERE programme = $1",
        draft.programme_id,
    )
    facts = replace(draft.facts, id=draft.programme_id, version=number)
    await platform.db.execute(
        "INSERT INTO programme_version (programme, version, facts, author, created_at) VALUES ($1, $2, $3, $4, $5)",
        draft.programme_id,
        number,
        facts,
        draft.author or user.account_id,
        now,
    )
    await platform.db.execute(
        "UPDATE programme SET version = $2, status = 'published', title = $3, search = fold($4), updated_at = $5,"
        " verified_on = $6, verify_before = $7, in_charge = coalesce(in_charge, $8) WHERE id = $1",
        draft.programme_id,
        number,
        facts.title_fr,
        service.search_words(facts),
        now,
        today,
        next_check(today),
        draft.author,
    )
    await platform.db.execute(
        "DELETE FROM programme_draft WHERE programme = $1", draft.programme_id
    )
    return number


async def restore(
    platform: Platform, user: CurrentUser, programme_id: str, version: int
) -> drafts.Draft:
    """A draft that says what an older version said. Raises `Refused` while another draft is open."""
    facts = await service.read_programme(platform, programme_id, version)
    async with platform.db.atomic():
        if await drafts.read_draft(platform, programme_id) is not None:
            raise Refused(
                _(
                    "Un brouillon est déjà ouvert : publiez-le ou abandonnez-le avant de reprendre une version."
                )
            )
        current = await service.read_programme(platform, programme_id)
        draft = await drafts.save(
            platform, user, replace(facts, version=current.version), 0, kind="edited"
        )
        await note(platform, user, programme_id, "restored", version=version)
        return draft


async def sheet_to_edit(platform: Platform, programme_id: str) -> tuple[Programme, int]:
    """What a form begins with: the draft and its revision, or else the public version and 0. Raises `NotFound`."""
    draft = await drafts.read_draft(platform, programme_id)
    if draft is not None:
        return draft.facts, draft.revision
    return await service.read_programme(platform, programme_id), 0
