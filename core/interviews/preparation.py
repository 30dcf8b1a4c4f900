"""What a youth writes before the interview, and how it meets what the advisor writes.

A youth may come back to their answers while the advisor already works on the file. Each field belongs to who wrote it
last on purpose: a new answer enters the file only where the advisor has left the former one as it was.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import fields, replace

from core.contracts.matching import Profile, Project
from core.errors import NotFound, Refused
from core.platform import Platform
from core.web.i18n import _

T = TypeVar("T", Profile, Project)


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """A profile and a project, as one person sees them."""

    profile: Profile = Profile()
    project: Project = Project()


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """What the booking form already told."""

    birth_date: date | None = None
    department: str | None = None
    wish: str = ""


class Preparation(msgspec.Struct, frozen=True, kw_only=True):
    """The youth's answers so far, what the booking told included; `unsure` names the fields that they said not to know; `open` until
    the interview is over.
    """

    answers: Answers
    unsure: frozenset[str]
    prepared_at: datetime | None
    open: bool


def opening_answers(
    booking: Booking, prepared: Answers | None, before: Answers | None = None
) -> Answers:
    """The file before any advisor wrote in it: what the last file said (`before`), the booking's facts, what the youth prepared."""
    prepared, before = prepared or Answers(), before or Answers()
    booked = Answers(
        profile=Profile(
            birth_date=booking.birth_date,
            department=booking.department,
            region="nouvelle_aquitaine" if booking.department else None,
        ),
        project=Project(wish=booking.wish),
    )
    return Answers(
        profile=_over(_over(before.profile, booked.profile), prepared.profile),
        project=_over(_over(before.project, booked.project), prepared.project),
    )


def merge(stored: Answers, before: Answers, after: Answers) -> Answers:
    """`stored`, with the youth's change from `before` to `after` where the advisor has not written."""
    return Answers(
        profile=_merge(stored.profile, before.profile, after.profile),
        project=_merge(stored.project, before.project, after.project),
    )


def youth_fields(stored: Answers, opening: Answers) -> frozenset[str]:
    """The fields that still say what the youth said."""
    told = set()
    for ours, theirs in ((stored.profile, opening.profile), (stored.project, opening.project)):
        for field in fields(type(ours)):
            value = getattr(theirs, field.name)
            if is_said(value) and value == getattr(ours, field.name):
                told.add(field.name)
    return frozenset(told)


def unsure_fields(answers: Answers, unsure: Iterable[str]) -> frozenset[str]:
    """Those of the fields that were not known (`unsure`) that still say nothing. Pure."""
    return frozenset(
        name
        for name in unsure
        for part in (answers.profile, answers.project)
        if name in part.__struct_fields__ and not is_said(getattr(part, name))
    )


def is_said(value: Any) -> bool:
    """Whether a value of a field says something: a budget of 0 does."""
    return bool(value) or value == 0


def _over(below: T, above: T) -> T:
    said = {f.name: getattr(above, f.name) for f in fields(type(above))}
    return replace(below, **{name: value for name, value in said.items() if is_said(value)})


def _merge(stored: T, before: T, after: T) -> T:
    untouched = [
        f.name for f in fields(type(stored)) if getattr(stored, f.name) == getattr(before, f.name)
    ]
    return replace(stored, **{name: getattr(after, name) for name in untouched})


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    status: str
    booking: Booking
    started: bool
    revision: int
    stored: Answers
    prepared: Answers | None
    prepared_at: datetime | None
    unsure: frozenset[str]
    closed_at: datetime | None
    before: Answers | None


_SELECT = """
    SELECT a.status,
        jsonb_build_object('birth_date', y.birth_date, 'department', c.department, 'wish', a.wish) AS booking,
        i.appointment IS NOT NULL AS started, coalesce(i.revision, 0) AS revision,
        jsonb_build_object('profile', coalesce(i.profile, '{}'), 'project', coalesce(i.project, '{}')) AS stored,
        i.prepared, i.prepared_at, coalesce(i.unsure, '{}') AS unsure, i.closed_at,
        (SELECT jsonb_build_object('profile', e.profile, 'project', e.project) FROM interview e
            WHERE e.appointment = earlier_interview(a.id)) AS before
    FROM appointment a JOIN youth y ON y.id = a.youth LEFT JOIN commune c ON c.insee = y.commune
    LEFT JOIN interview i ON i.appointment = a.id
    WHERE a.id = $1
"""


async def read_preparation(platform: Platform, appointment_id: UUID) -> Preparation:
    """The youth's answers so far. Raises `NotFound`."""
    row = await platform.db.struct(_Row, _SELECT, appointment_id)
    if row is None:
        raise NotFound("no such appointment")
    answers = opening_answers(row.booking, row.prepared)
    return Preparation(
        answers=answers,
        unsure=unsure_fields(answers, row.unsure),
        prepared_at=row.prepared_at,
        open=_is_open(row),
    )


async def prepare(
    platform: Platform,
    appointment_id: UUID,
    *,
    profile: Mapping[str, Any],
    project: Mapping[str, Any],
    unsure: frozenset[str] = frozenset(),
) -> None:
    """Keeps answers of the youth, by field; `unsure` are those of these fields that they said not to know. The fields not named stay as
    they were.

    Raises `NotFound`, or `Refused` once the interview is over or cancelled.
    """
    async with platform.db.atomic():
        row = await platform.db.struct(_Row, f"{_SELECT} FOR UPDATE OF a", appointment_id)
        if row is None:
            raise NotFound("no such appointment")
        if not _is_open(row):
            raise Refused(
                _("Votre entretien est passé ou annulé : la préparation ne peut plus changer.")
            )
        old = row.prepared or Answers()
        prepared = Answers(
            profile=replace(old.profile, **profile), project=replace(old.project, **project)
        )
        before = opening_answers(row.booking, row.prepared, row.before)
        after = opening_answers(row.booking, prepared, row.before)
        stored = merge(row.stored if row.started else before, before, after)
        changed = not row.started or stored != row.stored
        await platform.db.execute(
            "INSERT INTO interview (appointment, profile, project, prepared, prepared_at, revision, unsure)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (appointment) DO UPDATE SET profile = $2, project = $3,"
            " prepared = $4, prepared_at = $5, revision = $6, unsure = $7",
            appointment_id,
            stored.profile,
            stored.project,
            prepared,
            platform.clock.now(),
            row.revision + changed,
            sorted(row.unsure - {*profile, *project} | unsure),
        )


def _is_open(row: _Row) -> bool:
    return row.status == "booked" and row.closed_at is None
