"""Absences: when an advisor is away, in every structure. The slots follow in the same transaction.

An absence never cancels anything: appointments that it covers are listed, to be settled one by one. One entry may be for
several advisors (a training day): a row each, linked, so that they are changed or removed together.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal, cast
from uuid import UUID, uuid4

import msgspec
from msgspec import Meta
from piccolo.columns import Column

from core.accounts.access import CurrentUser
from core.agenda.desk import Desk
from core.agenda.free import BusyMap
from core.agenda.providers import AbsenceRow, busy_times
from core.agenda.recurrence import WallTime, instant
from core.agenda.service import refresh
from core.agenda.tables import Absence
from core.booking.views import list_for_advisor
from core.clock import local_date
from core.contracts.booking import AppointmentView
from core.errors import NotFound, Refused
from core.platform import Platform
from core.privacy.audit import record
from core.storage.locks import lock_advisor
from core.web.i18n import _

_AHEAD = timedelta(days=366)
LAST_MINUTE = time(23, 59)


class AbsenceForm(msgspec.Struct, frozen=True, kw_only=True):
    """What is typed to make or change an absence. Without times it lasts whole days; without a last day, one day.

    `advisors` are those for whom a new one is made, the advisor of the desk when none is named; `scope` says whether a
    shared one is changed for all of them.
    """

    starts_on: date
    start_time: WallTime | None = None
    ends_on: date | None = None
    end_time: WallTime | None = None
    repeat: Literal["none", "weekly"] = "none"
    every: Annotated[int, Meta(ge=1, le=12)] = 1
    until: date | None = None
    label: Annotated[str, Meta(max_length=120)] = ""
    advisors: list[UUID] = []
    scope: Literal["one", "all"] = "one"


def as_row(desk: Desk, form: AbsenceForm, absence_id: UUID) -> AbsenceRow:
    """The absence that a form describes."""
    repeats = form.repeat != "none"
    return AbsenceRow(
        id=absence_id,
        advisor=desk.advisor_id,
        label=form.label,
        repeat=form.repeat,
        every=form.every if repeats else 1,
        starts_on=form.starts_on,
        start_time=form.start_time or time.min,
        ends_on=form.ends_on or form.starts_on,
        end_time=form.end_time or LAST_MINUTE,
        until=form.until if repeats else None,
    )


def faults(platform: Platform, desk: Desk, form: AbsenceForm) -> dict[str, str]:
    """What is wrong with an absence, in French, by field."""
    row = as_row(desk, form, uuid4())
    if row.ends_on < row.starts_on:
        return {"ends_on": _("Le dernier jour ne peut pas venir avant le premier.")}
    if row.ends_on == row.starts_on and row.end_time <= row.start_time:
        return {"end_time": _("La fin doit venir après le début.")}
    if row.repeat != "none":
        return _repeat_faults(platform, row)
    if instant(row.ends_on, row.end_time, platform.zone) <= platform.clock.now():
        return {"ends_on": _("Cette absence est déjà passée.")}
    return {}


def _repeat_faults(platform: Platform, row: AbsenceRow) -> dict[str, str]:
    if row.ends_on != row.starts_on:
        message = _(
            "Une absence qui se répète tient dans une journée. Pour plusieurs jours de suite, choisissez « une seule fois »."
        )
        return {"ends_on": message}
    if row.until is None:
        return {}
    if row.until <= row.starts_on:
        return {"until": _("La répétition doit aller au-delà du premier jour, ou rester sans fin.")}
    if row.until < local_date(platform.clock.now(), platform.zone):
        return {"until": _("Ce dernier jour est déjà passé.")}
    return {}


async def list_absences(
    platform: Platform, advisor_id: UUID, *, since: date | None = None
) -> Sequence[AbsenceRow]:
    """The absences of an advisor that are not over on a day (today, unless said), by first day."""
    return await platform.db.structs(
        AbsenceRow,
        "SELECT * FROM absence WHERE advisor = $1"
        " AND CASE WHEN repeat = 'none' THEN ends_on ELSE coalesce(until, 'infinity') END >= $2"
        " ORDER BY starts_on, start_time, id",
        advisor_id,
        since or local_date(platform.clock.now(), platform.zone),
    )


async def read_absence(platform: Platform, absence_id: UUID) -> AbsenceRow:
    """An absence. Raises `NotFound`; who may see it is who may sit at its advisor's desk."""
    absence = await platform.db.struct(
        AbsenceRow, "SELECT * FROM absence WHERE id = $1", absence_id
    )
    if absence is None:
        raise NotFound("no such absence")
    return absence


async def save_absence(
    platform: Platform,
    user: CurrentUser,
    desk: Desk,
    form: AbsenceForm,
    absence_id: UUID | None = None,
    *,
    shared: UUID | None = None,
) -> AbsenceRow:
    """Makes an absence, or replaces one whole; the slots follow. Raises `Refused` on the first fault.

    `shared` links it with others; one that is replaced without it goes its own way. One that is there already is not made
    again: a form that was sent twice says the same thing twice.
    """
    for field, message in faults(platform, desk, form).items():
        raise Refused(message, field=field)
    async with platform.db.atomic():
        row = msgspec.structs.replace(as_row(desk, form, absence_id or uuid4()), shared=shared)
        if absence_id is None:
            await lock_advisor(platform.db, row.advisor)
            known = await _find_same(platform, row)
            if known is not None:
                return known
            await Absence.insert(Absence(**msgspec.structs.asdict(row)))
        else:
            changes = cast("dict[Column | str, Any]", msgspec.structs.asdict(row))
            await Absence.update(changes).where(Absence.id == absence_id)
        await _record(platform, user, row, "agenda.absence_saved")
        await refresh(platform, [row.advisor])
    return row


async def _find_same(platform: Platform, row: AbsenceRow) -> AbsenceRow | None:
    """The absence that says the same already, alone or with as many others."""
    found = await platform.db.structs(
        AbsenceRow,
        "SELECT * FROM absence WHERE advisor = $1 AND starts_on = $2 AND (shared IS NULL) = $3 ORDER BY id",
        row.advisor,
        row.starts_on,
        row.shared is None,
    )
    return next(
        (one for one in found if msgspec.structs.replace(row, id=one.id, shared=one.shared) == one),
        None,
    )


async def save_together(
    platform: Platform,
    user: CurrentUser,
    desks: Sequence[Desk],
    form: AbsenceForm,
    former: Mapping[UUID, AbsenceRow] | None = None,
) -> Sequence[AbsenceRow]:
    """Makes the absence of several desks at once, all or nothing, linked; or replaces theirs (`former`, by advisor).

    Raises `Refused` on the first fault.
    """
    known = former or {}
    link = next((row.shared for row in known.values()), None) or uuid4()
    shared = link if len(desks) > 1 else None
    async with platform.db.atomic():
        return [
            await save_absence(
                platform,
                user,
                desk,
                form,
                known[desk.advisor_id].id if desk.advisor_id in known else None,
                shared=shared,
            )
            for desk in sorted(desks, key=lambda desk: desk.advisor_id)  # their locks, in order
        ]


async def list_together(platform: Platform, absence: AbsenceRow) -> Sequence[AbsenceRow]:
    """The rows of the same entry, this one among them."""
    if absence.shared is None:
        return [absence]
    return await platform.db.structs(
        AbsenceRow,
        "SELECT * FROM absence WHERE shared = $1 ORDER BY advisor",
        absence.shared,
    )


async def list_names(platform: Platform, rows: Sequence[AbsenceRow]) -> dict[UUID, list[str]]:
    """Who shares these absences, by their link."""
    links = list({row.shared for row in rows if row.shared})
    found = await platform.db.fetch(
        "SELECT b.shared, array_agg(a.display_name ORDER BY a.display_name, a.id) AS names"
        " FROM absence b JOIN advisor a ON a.id = b.advisor WHERE b.shared = ANY($1::uuid[]) GROUP BY 1",
        links,
    )
    return {row["shared"]: row["names"] for row in found}


async def delete_absence(platform: Platform, user: CurrentUser, absence: AbsenceRow) -> None:
    """Removes an absence: its slots come back."""
    async with platform.db.atomic():
        await Absence.delete().where(Absence.id == absence.id)
        await _record(platform, user, absence, "agenda.absence_deleted")
        await refresh(platform, [absence.advisor])


async def _record(platform: Platform, user: CurrentUser, absence: AbsenceRow, action: str) -> None:
    """Keeps what is done to someone else's agenda; the label is nobody's business."""
    if user.advisor_id != absence.advisor:
        await record(platform, user, action, target=str(absence.id))


async def touched(platform: Platform, absence: AbsenceRow) -> Sequence[AppointmentView]:
    """The booked appointments to come, within a year, that overlap the absence."""
    now = platform.clock.now()
    until: datetime = now + _AHEAD
    first, last = local_date(now, platform.zone), local_date(until, platform.zone)
    away = BusyMap(busy_times(absence, first, last, platform.zone))
    coming = await list_for_advisor(platform, absence.advisor, now, until)
    return [
        one
        for one in coming
        if one.status == "booked" and not away.is_free(one.starts_at, one.ends_at)
    ]


async def touched_by(
    platform: Platform, absences: Sequence[AbsenceRow]
) -> Sequence[AppointmentView]:
    """The same for several absences, by start."""
    found = [view for absence in absences for view in await touched(platform, absence)]
    return sorted(found, key=lambda view: (view.starts_at, view.id))
