"""Everything that is kept of one youth, for their own eyes: in words for the page, whole for the file.

The link of an appointment opens it, so only what belongs to its youth is here. An e-mail address or a number proves nothing:
whoever books types what they like.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import structlog

from core.booking.views import list_views
from core.contracts.booking import AppointmentView
from core.contracts.personal import Holding, ReadablePersonalData, Traces
from core.platform import Platform
from core.privacy import wording
from core.privacy.records import read_records

log = structlog.get_logger("somobilite.privacy")


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose data it is. `until`: when it goes by itself, unless they come back before."""

    id: UUID
    name: str
    email: str
    phone: str
    birth_date: date | None
    commune: str
    consent_version: str
    consented_at: datetime
    ideas_at: datetime | None
    created_at: datetime
    until: datetime
    appointment_ids: tuple[UUID, ...]


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """One time that the staff read a youth's file: when, and of which structure's appointment."""

    at: datetime
    structure: str
    by_region: bool


_OWNER = """
    SELECT y.id, y.name, y.email, y.phone, y.birth_date, coalesce(c.name, '') AS commune, y.consent_version, y.consented_at,
        y.ideas_at, y.created_at, ARRAY(SELECT a.id FROM appointment a WHERE a.youth = y.id ORDER BY a.starts_at) AS appointment_ids,
        greatest(y.created_at, (SELECT max(a.ends_at) FROM appointment a WHERE a.youth = y.id))
            + make_interval(months => $2) AS until
    FROM youth y LEFT JOIN commune c ON c.insee = y.commune
    WHERE y.id = (SELECT youth FROM appointment WHERE id = $1)
"""
_OPENINGS = """
    SELECT t.at, coalesce(s.name, '') AS structure, account.region_role IS NOT NULL AS by_region
    FROM audit t LEFT JOIN structure s ON s.id = t.structure LEFT JOIN account ON account.id = t.account
    WHERE t.object = ANY($1::text[]) AND t.action = ANY($2::text[]) ORDER BY t.at DESC LIMIT 200
"""
READINGS = ("interview.opened", "appointment.opened")
"""What the trail calls a member of staff who reads who came, or their file."""


async def read_owner(platform: Platform, appointment_id: UUID) -> Owner:
    """The youth of an appointment that exists."""
    owner = await platform.db.struct(
        Owner, _OWNER, appointment_id, platform.settings.privacy.retention_months
    )
    assert owner is not None
    return owner


async def list_openings(platform: Platform, owner: Owner) -> list[Opening]:
    """When the staff read their file, the latest first."""
    return await platform.db.structs(
        Opening, _OPENINGS, [str(id_) for id_ in owner.appointment_ids], list(READINGS)
    )


async def list_holdings(platform: Platform, owner: Owner) -> list[Holding]:
    """What the core keeps, then what every plugin does."""
    views = await list_views(platform, owner.appointment_ids)
    held = [wording.person(owner)]
    for view in views:
        held += await wording.appointment(platform, view)
    return held + await _of_plugins(platform, owner)


async def write_file(platform: Platform, owner: Owner) -> bytes:
    """All of it as JSON: the core's rows as they stand, what each plugin keeps, the readings of the file."""
    views = await list_views(platform, owner.appointment_ids)
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "made_at": platform.clock.now(),
                "kept_until": owner.until,
                "appointments": [_named(view) for view in views],
                "records": await read_records(platform, owner.id),
                "plugins": [
                    {"title": one.title, "data": dict(one.lines) if one.data is None else one.data}
                    for one in await _of_plugins(platform, owner)
                ],
                "file_opened": await list_openings(platform, owner),
            }
        ),
        indent=2,
    )


def _named(view: AppointmentView) -> dict[str, Any]:
    """What the rows say by a key, in names."""
    return {
        "id": view.id,
        "structure": view.structure.name,
        "advisor": view.advisor.name,
        "channel": view.channel_label,
        "site": view.site.name if view.site else "",
        "starts_at": view.starts_at,
    }


async def _of_plugins(platform: Platform, owner: Owner) -> list[Holding]:
    """A plugin that fails says so in its place: nobody is told that nothing is kept when nobody knows."""
    held: list[Holding] = []
    snapshot = await platform.plugins.current()
    traces = Traces(appointment_ids=owner.appointment_ids)
    for owned in platform.board.personal_data:
        if not isinstance(owned.item, ReadablePersonalData):
            held.append(wording.not_shown(owned.item.key))
            continue
        context = platform.context(owned.plugin_id, snapshot)
        outcome = await platform.dispatch.ask(
            owned.plugin_id,
            "personal_data",
            partial(owned.item.export, context, traces),
            Sequence[Holding],
        )
        if not outcome.ok:
            log.warning("personal data not exported", key=owned.item.key, problem=outcome.problem)
        held += outcome.value or () if outcome.ok else [wording.unknown(owned.item.key)]
    return held
