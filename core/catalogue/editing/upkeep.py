"""Keeping sheets true: who answers for one, until when it may be believed, and the few gestures that keep it so."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.catalogue import service
from core.catalogue.editing.journal import note
from core.catalogue.service import Status
from core.clock import local_date
from core.errors import NotFound, Refused
from core.platform import Platform
from core.web.i18n import _

KEEPS = timedelta(days=182)
"""A sheet is looked at twice a year, unless somebody says otherwise."""
SOON = timedelta(days=21)
"""So long before its date, a sheet appears among those to verify."""

Shelf = Literal["published", "to_verify", "archived"]
"""The steps between which a sheet that was once published may be moved by hand."""


class Keeper(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may answer for a sheet."""

    id: UUID
    name: str


def next_check(today: date) -> date:
    """When a sheet that was verified today is to be looked at again."""
    return today + KEEPS


async def list_keepers(platform: Platform) -> Sequence[Keeper]:
    """Everyone who works in the network or coordinates it, by name."""
    return await platform.db.structs(
        Keeper,
        "SELECT c.id, c.name FROM account c WHERE c.disabled_at IS NULL AND (c.region_role IS NOT NULL OR EXISTS"
        " (SELECT FROM membership m WHERE m.account = c.id AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL))"
        " ORDER BY fold(c.name), c.id",
    )


async def assign(
    platform: Platform,
    user: CurrentUser,
    programme_id: str,
    keeper_id: UUID | None,
    verify_before: date | None,
) -> None:
    """Says who answers for a sheet and until when it may be believed.

    The coordination names anyone; an advisor may take a sheet that nobody answers for, give back their own, and set the date
    of their own.
    """
    async with platform.db.atomic():
        row = await _hold(platform, programme_id)
        before = row.in_charge
        if not user.is_coordination and not {before, keeper_id} <= {None, user.account_id}:
            raise Refused(_("Seule la coordination peut confier une fiche à quelqu’un d’autre."))
        if keeper_id is not None and keeper_id != before:
            known = {keeper.id for keeper in await list_keepers(platform)}
            if keeper_id not in known:
                raise Refused(_("Choisissez une personne du réseau."), field="in_charge")
        verified_on = row.verified_on
        if verify_before and verified_on and verify_before <= verified_on:
            raise Refused(
                _(
                    "La fiche a été vérifiée ce jour-là ou après : choisissez une date plus tardive."
                ),
                field="verify_before",
            )
        await platform.db.execute(
            "UPDATE programme SET in_charge = $2, verify_before = $3 WHERE id = $1",
            programme_id,
            keeper_id,
            verify_before,
        )
        if keeper_id != before or verify_before != row.verify_before:
            await note(
                platform,
                user,
                programme_id,
                "assigned",
                detail={
                    "in_charge": str(keeper_id or ""),
                    "verify_before": str(verify_before or ""),
                },
            )


async def confirm(platform: Platform, user: CurrentUser, programme_id: str) -> date:
    """« Toujours exact »: the public version is true as it stands; until when it now holds.

    By the coordination and who answers for the sheet; anyone may confirm a sheet that nobody answers for. A sheet to verify is
    proposed again, unless its facts themselves say that they are not sure. A link that was found broken is taken at their word
    until the next check.
    """
    async with platform.db.atomic():
        row = await _hold(platform, programme_id)
        if row.version == 0:
            raise Refused(_("Cette fiche n’a pas encore été publiée."))
        if not user.is_coordination and row.in_charge not in {None, user.account_id}:
            raise Refused(_("Quelqu’un d’autre répond de cette fiche : laissez-lui un mot."))
        if row.status == "to_verify":
            facts = await service.read_programme(platform, programme_id)
            if facts.availability != "actif":
                raise Refused(
                    _(
                        "Cette fiche dit elle-même que le dispositif est à vérifier ou suspendu : modifiez-la, puis publiez-la."
                    )
                )
            await service.set_status(platform, programme_id, "published", user)
        today = local_date(platform.clock.now(), platform.zone)
        await platform.db.execute(
            "UPDATE programme SET verified_on = $2, verify_before = $3 WHERE id = $1",
            programme_id,
            today,
            next_check(today),
        )
        await platform.db.execute(
            "UPDATE programme_link SET state = 'closed', failures = 0, detail = $2"
            " WHERE programme = $1 AND state IN ('gone', 'silent')",
            programme_id,
            _("Un robot n’y entre pas, mais quelqu’un de l’équipe a confirmé la fiche."),
        )
        await note(platform, user, programme_id, "verified", version=row.version)
        return next_check(today)


async def move(platform: Platform, user: CurrentUser, programme_id: str, shelf: Shelf) -> None:
    """The coordination proposes a published sheet, sets it aside to be verified, or archives it. It is never deleted."""
    async with platform.db.atomic():
        row = await _hold(platform, programme_id)
        if row.version == 0:
            raise Refused(_("Cette fiche n’a pas encore été publiée : publiez son brouillon."))
        before = row.status
        await service.set_status(platform, programme_id, shelf, user)
        if before != shelf:
            await note(platform, user, programme_id, "status", word=shelf)


class _Held(msgspec.Struct, frozen=True, kw_only=True):
    status: Status
    version: int
    in_charge: UUID | None
    verified_on: date | None
    verify_before: date | None


async def _hold(platform: Platform, programme_id: str) -> _Held:
    row = await platform.db.struct(
        _Held,
        "SELECT status, version, in_charge, verified_on, verify_before FROM programme WHERE id = $1 FOR UPDATE",
        programme_id,
    )
    if row is None:
        raise NotFound(f"no sheet {programme_id}")
    return row
