"""Saving and removing openings: whole, on one of their days, or from one of their days on.

A day that differs is left out of its series and, unless removed, held by an opening of its own. When a series changes, the
days left out that are still its own stay so; of the others, a removed day is forgotten and a day held otherwise stays
as an opening by itself. The slots follow in the same transaction.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal, cast
from uuid import UUID, uuid4

import msgspec
from piccolo.columns import Column

from core.accounts.access import CurrentUser
from core.agenda.desk import Desk
from core.agenda.openings import (
    OpeningForm,
    as_row,
    faults,
    needs_two_places,
    overlapping,
)
from core.agenda.providers import SELECT_OPENINGS, OpeningRow, open_times
from core.agenda.recurrence import falls_on, until_eve
from core.agenda.service import refresh
from core.agenda.tables import Opening
from core.agenda.wording import opening_title
from core.booking.views import list_for_advisor
from core.clock import local_date
from core.contracts.booking import AppointmentView
from core.errors import Conflict, Refused
from core.platform import Platform
from core.privacy.audit import record
from core.web.i18n import _

Scope = Literal["one", "following", "all"]
_AHEAD = timedelta(days=366)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a stored opening is meant: all of it, or the day `day`, alone or with the following ones."""

    opening: OpeningRow
    scope: Scope = "all"
    day: date | None = None

    @property
    def rest(self) -> OpeningRow | None:
        """The opening without this part; None when nothing is left."""
        opening = self.opening
        if self.scope == "one":
            assert self.day is not None
            without = tuple(sorted({*opening.without, self.day}))
            return msgspec.structs.replace(opening, without=without)
        rule = until_eve(opening.rule, self.day) if self.scope == "following" and self.day else None
        if rule is None:
            return None
        return msgspec.structs.replace(
            opening, ends_on=rule.ends_on, without=tuple(sorted(rule.without))
        )

    @property
    def first(self) -> date:
        """The first day of the part."""
        return self.day if self.scope != "all" and self.day else self.opening.starts_on


def part_of(platform: Platform, opening: OpeningRow, scope: Scope, day: date | None) -> Part:
    """The part of an opening that `scope` and `day` mean. Raises `Conflict` for a past day, or one no longer its own."""
    if scope == "all" or day is None or opening.repeat == "none":
        return Part(opening=opening)
    if day < local_date(platform.clock.now(), platform.zone):
        raise Conflict(_("Cette date est passée : elle ne change plus."))
    if not falls_on(opening.rule, day):
        raise Conflict(_("Cette date n’est plus dans la plage. Reprenez depuis la liste."))
    if scope == "following" and day == opening.starts_on:
        return Part(opening=opening)
    return Part(opening=opening, scope=scope, day=day)


def as_changed(desk: Desk, form: OpeningForm, part: Part | None) -> OpeningRow:
    """The opening that a form without faults makes of a part, or of nothing: days of the series left out stay so."""
    if part is None:
        return as_row(desk, form, uuid4())
    if part.scope == "one" or part.opening.series is not None:
        form = msgspec.structs.replace(form, repeat="none")
    row = as_row(desk, form, part.opening.id if part.scope == "all" else uuid4())
    if row.repeat == "none":
        return row
    left_out = (day for day in part.opening.without if day >= part.first)
    return msgspec.structs.replace(
        row, without=tuple(day for day in left_out if falls_on(row.rule, day))
    )


async def save_opening(
    platform: Platform,
    user: CurrentUser,
    desk: Desk,
    form: OpeningForm,
    part: Part | None = None,
) -> OpeningRow:
    """Makes an opening, or puts one in the place of a part of another.

    The caller has read that other with `read_opening`. Raises `Refused` on the first fault, `Conflict` when the part is
    no longer what it was.
    """
    async with platform.db.atomic():
        for field, message in faults(platform, await platform.plugins.fresh(), desk, form).items():
            raise Refused(message, field=field)
        if part is not None:
            part = await _locked(platform, part)
        row = as_changed(desk, form, part)
        await _refuse_two_places(platform, row, part)
        if part is None or part.scope != "all":
            await Opening.insert(Opening(**_columns(row)))
        else:
            changes = cast("dict[Column | str, Any]", _columns(row))
            await Opening.update(changes).where(Opening.id == row.id)
        if part is not None:
            await _keep_rest(platform, part, row)
        await _record(platform, user, row, "agenda.opening_saved")
        await refresh(platform, [row.advisor])
    return row


async def delete_opening(platform: Platform, user: CurrentUser, part: Part) -> None:
    """Removes a part of an opening and its free slots; appointments that were booked in it stand."""
    async with platform.db.atomic():
        part = await _locked(platform, part)
        if part.scope == "one":
            await _leave_out(platform, part, None)
        else:
            for replacement in await list_replacements(platform, part.opening, part.first):
                await Opening.delete().where(Opening.id == replacement.id)
            if part.rest is None:
                await Opening.delete().where(Opening.id == part.opening.id)
            else:
                await _end(platform, part, ())
        await _record(platform, user, part.opening, "agenda.opening_deleted")
        await refresh(platform, [part.opening.advisor])


async def restore_day(
    platform: Platform, user: CurrentUser, opening: OpeningRow, day: date
) -> None:
    """Gives a day back to its series: what was held in its place is removed. A day that is not left out stays as it is."""
    async with platform.db.atomic():
        await platform.db.execute(
            "DELETE FROM opening WHERE id = (SELECT instead FROM opening_exception"
            " WHERE opening = $1 AND day = $2)",
            opening.id,
            day,
        )
        await platform.db.execute(
            "DELETE FROM opening_exception WHERE opening = $1 AND day = $2", opening.id, day
        )
        await _record(platform, user, opening, "agenda.opening_saved")
        await refresh(platform, [opening.advisor])


async def list_replacements(
    platform: Platform, opening: OpeningRow, since: date
) -> Sequence[OpeningRow]:
    """The openings held in the place of days of a series, from a day of it on, by that day."""
    return await platform.db.structs(
        OpeningRow,
        f"{SELECT_OPENINGS} WHERE replaced.opening = $1 AND replaced.day >= $2 ORDER BY replaced.day",
        opening.id,
        since,
    )


async def left_without(
    platform: Platform, before: Sequence[OpeningRow], after: Sequence[OpeningRow]
) -> Sequence[AppointmentView]:
    """The booked appointments to come, within a year, that lie in one of the openings before and in none after."""
    now = platform.clock.now()
    first, last = local_date(now, platform.zone), local_date(now + _AHEAD, platform.zone)

    def stretches(openings: Sequence[OpeningRow]) -> list[tuple[UUID, Any, Any]]:
        return [
            (one.structure, stretch.starts_at, stretch.ends_at)
            for one in openings
            for stretch in open_times(one, first, last, platform.zone, on_holidays=True)
        ]

    was, will_be = stretches(before), stretches(after)

    def lies_in(view: AppointmentView, open_: list[tuple[UUID, Any, Any]]) -> bool:
        return any(
            structure == view.structure.id and start <= view.starts_at and view.ends_at <= end
            for structure, start, end in open_
        )

    coming = await list_for_advisor(platform, before[0].advisor, now, now + _AHEAD)
    return [
        view
        for view in coming
        if view.status == "booked" and lies_in(view, was) and not lies_in(view, will_be)
    ]


async def _refuse_two_places(platform: Platform, row: OpeningRow, part: Part | None) -> None:
    for other in await overlapping(platform, row, part.rest if part else None):
        if needs_two_places(platform, row, other):
            raise Refused(two_places(other), field="site")


def two_places(other: OpeningRow) -> str:
    """Why an opening cannot be beside another, in French."""
    return _(
        "Vous recevriez en personne à deux endroits à la fois : une plage à un autre lieu est déjà ouverte (%(title)s)."
    ) % {"title": opening_title(other)}


async def _locked(platform: Platform, part: Part) -> Part:
    """The part as it is now, held until the end of the transaction."""
    await platform.db.fetch("SELECT FROM opening WHERE id = $1 FOR UPDATE", part.opening.id)
    opening = await platform.db.struct(
        OpeningRow, f"{SELECT_OPENINGS} WHERE opening.id = $1", part.opening.id
    )
    if opening is None:
        raise Conflict(_("Cette plage vient d’être supprimée."))
    return part_of(platform, opening, part.scope, part.day)


async def _keep_rest(platform: Platform, part: Part, row: OpeningRow) -> None:
    """Takes out of the series what `row` replaces, and hands its days left out over to it."""
    if part.scope == "one":
        await _leave_out(platform, part, row.id)
    else:
        await _end(platform, part, row.without, row.id)


async def _leave_out(platform: Platform, part: Part, instead: UUID | None) -> None:
    await platform.db.execute(
        "INSERT INTO opening_exception (opening, day, instead) VALUES ($1, $2, $3)",
        part.opening.id,
        part.day,
        instead,
    )


async def _end(
    platform: Platform, part: Part, kept: Sequence[date], heir: UUID | None = None
) -> None:
    """Ends the series before the part (if it begins after it), and gives the days kept out to the heir."""
    if part.rest is not None:
        await platform.db.execute(
            "UPDATE opening SET ends_on = $2 WHERE id = $1", part.opening.id, part.rest.ends_on
        )
    await platform.db.execute(
        "DELETE FROM opening_exception WHERE opening = $1 AND day >= $2 AND day <> ALL($3::date[])",
        part.opening.id,
        part.first,
        list(kept),
    )
    if heir is not None:
        await platform.db.execute(
            "UPDATE opening_exception SET opening = $2 WHERE opening = $1 AND day = ANY($3::date[])",
            part.opening.id,
            heir,
            list(kept),
        )


def _columns(row: OpeningRow) -> dict[str, Any]:
    values = msgspec.structs.asdict(row)
    for name in ("without", "series", "series_day"):
        del values[name]
    return {**values, "channels": list(row.channels)}


async def _record(platform: Platform, user: CurrentUser, opening: OpeningRow, action: str) -> None:
    """Keeps what is done to someone else's agenda."""
    if user.advisor_id != opening.advisor:
        await record(platform, user, action, structure_id=opening.structure, target=str(opening.id))
