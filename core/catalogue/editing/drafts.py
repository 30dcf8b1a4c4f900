"""Drafts: one version in the making for each sheet, beside what is public. Written by advisors, reviewed and published by the
coordination.

Every change holds the row of the sheet first, so that two people never act on the same draft at once.
"""

import re
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from core.accounts.access import CurrentUser
from core.catalogue import service
from core.catalogue.editing.checks import faults, missing
from core.catalogue.editing.journal import Kind, note
from core.catalogue.taxonomy import fold
from core.contracts.matching import Programme
from core.errors import Conflict, NotFound, Refused
from core.platform import Platform
from core.web.i18n import _

DraftState = Literal["draft", "in_review"]
RESERVED = frozenset({"nouvelle", "a-verifier", "echanges", "export", "import"})
"""Names that are pages, and may therefore name no sheet."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The version of a sheet in the making. `based_on` 0: the sheet was never published."""

    programme_id: str
    facts: Programme
    state: DraftState
    based_on: int
    revision: int
    author: UUID | None
    author_name: str
    in_charge: UUID | None
    updated_at: datetime
    approved_at: datetime | None
    approved_name: str

    @property
    def is_new(self) -> bool:
        """Whether nothing of the sheet is public."""
        return self.based_on == 0


_decoder = msgspec.json.Decoder(Programme)


async def read_draft(platform: Platform, programme_id: str) -> Draft | None:
    """The draft of a sheet, or None when there is none."""
    row = await platform.db.fetch_one(
        "SELECT d.programme AS programme_id, d.facts::text AS facts, d.state, d.based_on, d.revision, d.author,"
        " coalesce(a.name, '') AS author_name, p.in_charge, d.updated_at, d.approved_at,"
        " coalesce(b.name, '') AS approved_name"
        " FROM programme_draft d JOIN programme p ON p.id = d.programme"
        " LEFT JOIN account a ON a.id = d.author LEFT JOIN account b ON b.id = d.approved_by"
        " WHERE d.programme = $1",
        programme_id,
    )
    return row and Draft(**{**dict(row), "facts": _decoder.decode(row["facts"])})


def may_edit(user: CurrentUser, draft: Draft) -> bool:
    """Whether a draft is theirs to write: its author's and the one's who answers for the sheet; the coordination's always."""
    if user.is_coordination:
        return True
    return draft.state == "draft" and user.account_id in {draft.author, draft.in_charge}


async def create(
    platform: Platform, user: CurrentUser | None, facts: Programme, *, kind: Kind = "created"
) -> Draft:
    """A draft of a new sheet. Its id comes from `facts.id`, or else from the title."""
    async with platform.db.atomic():
        made = 0
        while not made:  # somebody may take the same name at the same moment
            programme_id = await _free_id(platform, facts.id or facts.title_fr)
            made = await platform.db.execute(
                "INSERT INTO programme (id, version, status, title, search, in_charge, updated_at)"
                " VALUES ($1, 0, 'draft', $2, fold($3), $4, $5) ON CONFLICT DO NOTHING",
                programme_id,
                facts.title_fr,
                service.search_words(facts),
                user.account_id if user else None,
                platform.clock.now(),
            )
        draft = await _begin(platform, user, replace(facts, id=programme_id), based_on=0)
        await note(platform, user, programme_id, kind)
        return draft


async def save(
    platform: Platform, user: CurrentUser, facts: Programme, revision: int, *, kind: Kind = "edited"
) -> Draft:
    """Writes the draft of a sheet, which begins here when there is none (`revision` 0).

    Raises `Conflict` when somebody else wrote meanwhile, `Refused` for a draft that is another's or a sheet that contradicts
    itself. What was approved is to be approved again.
    """
    if wrong := faults(facts):
        field, message = next(iter(wrong.items()))
        raise Refused(message, field=field)
    async with platform.db.atomic():
        version = await _hold(platform, facts.id)
        draft = await read_draft(platform, facts.id)
        if (draft.revision if draft else 0) != revision:
            raise Conflict(
                _(
                    "Quelqu’un d’autre a écrit dans ce brouillon entre-temps. Ouvrez-le dans un autre onglet, puis reportez ce qui manque : ce que vous avez écrit est encore ici."
                )
            )
        if draft is None:
            begun = await _begin(platform, user, facts, based_on=version)
            await note(platform, user, facts.id, kind)
            return begun
        _mine(user, draft)
        await platform.db.execute(
            "UPDATE programme_draft SET facts = $2, revision = revision + 1, updated_at = $3,"
            " approved_by = NULL, approved_at = NULL WHERE programme = $1",
            facts.id,
            facts,
            platform.clock.now(),
        )
        if draft.is_new:
            await platform.db.execute(
                "UPDATE programme SET title = $2, search = fold($3) WHERE id = $1",
                facts.id,
                facts.title_fr,
                service.search_words(facts),
            )
        if draft.facts != facts:
            await note(platform, user, facts.id, kind)
        return await _read(platform, facts.id)


async def submit(platform: Platform, user: CurrentUser, programme_id: str, word: str = "") -> None:
    """Asks for a review. Raises `Refused` while something needed is missing."""
    async with platform.db.atomic():
        draft = await _held(platform, programme_id)
        _mine(user, draft)
        _in_state(draft, "draft")
        _ready(draft)
        await _go(platform, draft, "in_review")
        await note(platform, user, programme_id, "submitted", word=word)


async def withdraw(platform: Platform, user: CurrentUser, programme_id: str) -> None:
    """The author takes the draft back from the review, to write on."""
    async with platform.db.atomic():
        draft = await _held(platform, programme_id)
        _in_state(draft, "in_review")
        if not user.is_coordination and user.account_id not in {draft.author, draft.in_charge}:
            raise Refused(_("Seule la personne qui l’a écrit peut reprendre ce brouillon."))
        await _go(platform, draft, "draft")
        await note(platform, user, programme_id, "withdrawn")


async def send_back(platform: Platform, user: CurrentUser, programme_id: str, word: str) -> None:
    """The coordination gives a draft back to its author, and says why."""
    _coordinates(user)
    if not word:
        raise Refused(_("Dites en un mot ce qui est à revoir."), field="word")
    async with platform.db.atomic():
        draft = await _held(platform, programme_id)
        _in_state(draft, "in_review")
        await _go(platform, draft, "draft")
        await note(platform, user, programme_id, "sent_back", word=word)


async def approve(platform: Platform, user: CurrentUser, programme_id: str, word: str = "") -> None:
    """The coordination finds the draft fit to be published; it may be published later."""
    _coordinates(user)
    async with platform.db.atomic():
        draft = await _held(platform, programme_id)
        _in_state(draft, "in_review")
        _ready(draft)
        await platform.db.execute(
            "UPDATE programme_draft SET approved_by = $2, approved_at = $3 WHERE programme = $1",
            programme_id,
            user.account_id,
            platform.clock.now(),
        )
        await note(platform, user, programme_id, "approved", word=word)


async def comment(platform: Platform, user: CurrentUser, programme_id: str, word: str) -> None:
    """A word on a sheet, for the team."""
    if not word:
        raise Refused(_("Écrivez un mot avant d’envoyer."), field="word")
    async with platform.db.atomic():
        await _hold(platform, programme_id)
        await note(platform, user, programme_id, "commented", word=word)


async def discard(platform: Platform, user: CurrentUser, programme_id: str) -> bool:
    """Drops a draft; what is public stays. Whether the sheet is still there: one that was never published goes with it."""
    async with platform.db.atomic():
        draft = await _held(platform, programme_id)
        _mine(user, draft)
        await note(platform, user, programme_id, "discarded")
        if draft.is_new:
            await platform.db.execute("DELETE FROM programme WHERE id = $1", programme_id)
        else:
            await platform.db.execute(
                "DELETE FROM programme_draft WHERE programme = $1", programme_id
            )
        return not draft.is_new


async def _free_id(platform: Platform, wanted: str) -> str:
    slug = "-".join(re.findall("[a-z0-9]+", fold(wanted)))[:60].strip("-") or "fiche"
    rows = await platform.db.fetch("SELECT id FROM programme WHERE starts_with(id, $1)", slug)
    taken = {row["id"] for row in rows} | RESERVED
    if slug not in taken:
        return slug
    return next(f"{slug}-{n}" for n in range(2, len(taken) + 3) if f"{slug}-{n}" not in taken)


async def _begin(
    platform: Platform, user: CurrentUser | None, facts: Programme, *, based_on: int
) -> Draft:
    await platform.db.execute(
        "INSERT INTO programme_draft (programme, facts, state, based_on, revision, author, created_at, updated_at)"
        " VALUES ($1, $2, 'draft', $3, 1, $4, $5, $5)",
        facts.id,
        facts,
        based_on,
        user.account_id if user else None,
        platform.clock.now(),
    )
    return await _read(platform, facts.id)


async def _go(platform: Platform, draft: Draft, state: DraftState) -> None:
    await platform.db.execute(
        "UPDATE programme_draft SET state = $2, approved_by = NULL, approved_at = NULL WHERE programme = $1",
        draft.programme_id,
        state,
    )
    if draft.is_new:
        await platform.db.execute(
            "UPDATE programme SET status = $2 WHERE id = $1", draft.programme_id, state
        )


async def _hold(platform: Platform, programme_id: str) -> int:
    """Holds the row of the sheet; its current version. Raises `NotFound`."""
    version: int | None = await platform.db.fetch_value(
        "SELECT version FROM programme WHERE id = $1 FOR UPDATE", programme_id
    )
    if version is None:
        raise NotFound(f"no sheet {programme_id}")
    return version


async def _held(platform: Platform, programme_id: str) -> Draft:
    await _hold(platform, programme_id)
    draft = await read_draft(platform, programme_id)
    if draft is None:
        raise Refused(
            _("Il n’y a plus de brouillon de cette fiche : il a été publié ou abandonné.")
        )
    return draft


async def _read(platform: Platform, programme_id: str) -> Draft:
    draft = await read_draft(platform, programme_id)
    assert draft is not None
    return draft


def _coordinates(user: CurrentUser) -> None:
    if not user.is_coordination:
        raise Refused(_("Seule la coordination relit et publie les fiches."))


def _mine(user: CurrentUser, draft: Draft) -> None:
    if may_edit(user, draft):
        return
    if draft.state == "in_review":
        raise Refused(_("Ce brouillon est en relecture : reprenez-le avant de le modifier."))
    raise Refused(
        _("Ce brouillon est celui de %(name)s : laissez-lui un mot plutôt.")
        % {"name": draft.author_name or _("quelqu’un d’autre")}
    )


def _in_state(draft: Draft, state: DraftState) -> None:
    if draft.state == state:
        return
    if state == "draft":
        raise Refused(_("Ce brouillon est déjà en relecture."))
    raise Refused(_("Ce brouillon n’est pas en relecture."))


def _ready(draft: Draft) -> None:
    lacking = missing(draft.facts)
    if lacking:
        raise Refused(" ".join(lacking.values()))
