"""Someone who comes back: what is known of them from the last interview in the same structure, so that nothing is asked twice."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import fields

from core.interviews.preparation import Answers, is_said
from core.platform import Platform


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """The last interview of the same person: when, what its file said, and the sheets that were kept."""

    appointment_id: UUID
    starts_at: datetime
    answers: Answers
    kept: tuple[str, ...] = ()


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that is another than the last time; `before` and `now` are values of the field."""

    field: str
    before: Any
    now: Any


async def read_before(platform: Platform, appointment_id: UUID) -> Before | None:
    """The last interview that the same person had in the same structure before this appointment; None for a first time."""
    return await platform.db.struct(
        Before,
        """
        SELECT a.id AS appointment_id, a.starts_at,
            jsonb_build_object('profile', i.profile, 'project', i.project) AS answers,
            ARRAY(SELECT v.facts ->> 'title_fr' FROM kept_programme k
                JOIN programme_version v ON v.programme = k.programme AND v.version = k.version
                WHERE k.appointment = a.id AND k.state = 'kept' ORDER BY k.position) AS kept
        FROM appointment a JOIN interview i ON i.appointment = a.id
        WHERE a.id = earlier_interview($1)
        """,
        appointment_id,
    )


def known_fields(before: Answers, now: Answers) -> frozenset[str]:
    """The fields that still say what the last file said. Pure."""
    return frozenset(
        field.name
        for old, new in ((before.profile, now.profile), (before.project, now.project))
        for field in fields(type(old))
        if is_said(getattr(old, field.name))
        and getattr(old, field.name) == getattr(new, field.name)
    )


def changes(before: Answers, now: Answers) -> list[Change]:
    """What is another than the last time, in the order of the form; what was not known then is not a change. Pure."""
    return [
        Change(field=field.name, before=getattr(old, field.name), now=getattr(new, field.name))
        for old, new in ((before.profile, now.profile), (before.project, now.project))
        for field in fields(type(old))
        if is_said(getattr(old, field.name))
        and getattr(old, field.name) != getattr(new, field.name)
    ]
