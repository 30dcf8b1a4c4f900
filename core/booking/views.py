"""Appointments as messages, feeds, channels and pages need them: everything at one moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core.booking.links import appointment_path
from core.booking.rules import is_over_age
from core.catalogue import taxonomy
from core.contracts.booking import VIDEO_INSTEAD, AppointmentView
from core.errors import NotFound
from core.platform import Platform
from core.web.i18n import _

_SELECT = """
    SELECT a.id, a.sequence, a.status, a.channel, a.starts_at, a.ends_at, a.created_at, a.cancel_reason,
        a.cancel_kind, a.origin, a.out_of_lead, r.appointment IS NOT NULL AND r.agreed_at IS NULL AS to_confirm,
        coalesce(r.worker_name || ', ' || r.body, author.name, '') AS booked_by,
        a.meeting, a.advisor AS advisor_id, a.link_version, y.birth_date,
        jsonb_build_object('id', s.id, 'name', s.name, 'slug', s.slug, 'department', s.department,
            'phone', s.phone, 'email', s.email) AS structure,
        jsonb_build_object('name', adv.display_name, 'email', acc.email, 'phone', adv.phone) AS advisor,
        jsonb_build_object('name', y.name, 'email', y.email, 'phone', y.phone) AS youth,
        CASE WHEN site.id IS NOT NULL THEN jsonb_build_object('id', site.id, 'name', site.name,
            'address', site.address, 'postcode', site.postcode, 'city', site.city,
            'directions', site.directions) END AS site
    FROM appointment a
    JOIN structure s ON s.id = a.structure
    JOIN advisor adv ON adv.id = a.advisor
    JOIN account acc ON acc.id = adv.account
    JOIN youth y ON y.id = a.youth
    LEFT JOIN site ON site.id = a.site
    LEFT JOIN account author ON author.id = a.author
    LEFT JOIN referral r ON r.appointment = a.id
"""


async def read_view(platform: Platform, appointment_id: UUID) -> AppointmentView:
    """The whole appointment. Raises `NotFound`."""
    row = await platform.db.fetch_one(f"{_SELECT} WHERE a.id = $1", appointment_id)
    if row is None:
        raise NotFound("no such appointment")
    return _view(platform, row)


async def list_views(platform: Platform, ids: Sequence[UUID]) -> list[AppointmentView]:
    """These appointments, by start; unknown ids are left out."""
    rows = await platform.db.fetch(
        f"{_SELECT} WHERE a.id = ANY($1::uuid[]) ORDER BY a.starts_at, a.id", list(ids)
    )
    return [_view(platform, row) for row in rows]


async def list_for_advisor(
    platform: Platform, advisor_id: UUID, starts_at: datetime, ends_at: datetime
) -> list[AppointmentView]:
    """Appointments of an advisor that start in [starts_at, ends_at), cancelled ones included, by start."""
    rows = await platform.db.fetch(
        f"{_SELECT} WHERE a.advisor = $1 AND a.starts_at >= $2 AND a.starts_at < $3"
        " ORDER BY a.starts_at, a.id",
        advisor_id,
        starts_at,
        ends_at,
    )
    return [_view(platform, row) for row in rows]


def _reason(kind: str, word: str) -> str:
    """What was chosen in the list, then what was written, in the present language."""
    if kind == VIDEO_INSTEAD:
        chosen = _("Un autre moment est proposé, en visio")
    else:
        chosen = taxonomy.label("cancel_reasons", kind) if kind else ""
    return " · ".join(filter(None, (chosen, word)))


def _view(platform: Platform, row: Any) -> AppointmentView:
    values = dict(row)
    path = appointment_path(platform, values["id"], values.pop("link_version"))
    born, max_age = values.pop("birth_date"), platform.settings.booking.max_age
    youth = values["youth"]
    channel = platform.board.channels.get(values["channel"])
    return msgspec.convert(
        {
            **values,
            "youth": {**youth, "name": youth["name"] or _("une personne anonyme")},
            "is_over_age": born is not None and is_over_age(born, values["starts_at"], max_age),
            "channel_label": channel.item.label if channel else values["channel"],
            "cancel_reason": _reason(values["cancel_kind"], values["cancel_reason"]),
            "timezone": platform.settings.timezone,
            "manage_url": platform.settings.public_url + path,
            "advisor_url": f"{platform.settings.public_url}/entretiens/{values['id']}",
        },
        AppointmentView,
        strict=False,
    )
