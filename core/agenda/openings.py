"""Openings: what an advisor offers, what is wrong with one, what it gives. `series.py` saves and removes them."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.accounts.access import CurrentUser
from core.agenda.desk import Desk
from core.agenda.free import FreeSlot, Offer, free_slots
from core.agenda.providers import OPENINGS, SELECT_OPENINGS, OpeningRow, open_times
from core.agenda.recurrence import Repeat, WallTime, instant, list_days
from core.agenda.terms import read_terms
from core.clock import local_date
from core.errors import NotFound
from core.extension.state import Snapshot
from core.platform import Platform
from core.settings import SlotMinutes
from core.web.i18n import _

_OVERLAP_DAYS = 366


class OpeningForm(msgspec.Struct, frozen=True, kw_only=True):
    """What is typed to make or change an opening. `structure` may be left out by who works for one only; without
    `slot_minutes`, slots last as long as the structure's.
    """

    channels: list[str]
    starts_on: date
    start_time: WallTime
    end_time: WallTime
    structure: UUID | None = None
    site: UUID | None = None
    repeat: Repeat = "none"
    every: Annotated[int, Meta(ge=1, le=12)] = 1
    ends_on: date | None = None
    slot_minutes: SlotMinutes | None = None


def channel_choices(
    platform: Platform, snapshot: Snapshot, structure_id: UUID
) -> list[tuple[str, str]]:
    """The channels that are on in a structure: keys and labels."""
    return [
        (key, _(owned.item.label))
        for key, owned in platform.board.channels.items()
        if snapshot.is_on(owned.plugin_id, structure_id)
    ]


def faults(platform: Platform, snapshot: Snapshot, desk: Desk, form: OpeningForm) -> dict[str, str]:
    """What is wrong with an opening, in French, by field."""
    found: dict[str, str] = {}
    workplace = desk.workplace(form.structure)
    if workplace is None:
        found["structure"] = _("Choisissez la structure pour laquelle vous recevez.")
        return found
    known = dict(channel_choices(platform, snapshot, workplace.id))
    needs_site = any(
        key in known and platform.board.channels[key].item.needs_site for key in form.channels
    )
    if any(key not in known for key in form.channels):
        found["channels"] = _("Ce canal n’est pas ouvert dans cette structure.")
    if form.site is not None and form.site not in {site.id for site in workplace.sites}:
        found["site"] = _("Ce lieu n’accueille pas, ou plus, dans cette structure.")
    elif needs_site and form.site is None:
        found["site"] = _("Pour recevoir en personne, choisissez un lieu d’accueil.")
    return {**found, **_time_faults(platform, form, form.slot_minutes or workplace.slot_minutes)}


def _time_faults(platform: Platform, form: OpeningForm, slot_minutes: int) -> dict[str, str]:
    found: dict[str, str] = {}
    length = _minutes(form.end_time) - _minutes(form.start_time)
    if length <= 0:
        found["end_time"] = _("La fin doit venir après le début.")
    elif length < slot_minutes:
        found["end_time"] = _(
            "Cette plage est trop courte : un créneau dure %(minutes)d minutes."
        ) % {"minutes": slot_minutes}
    now = platform.clock.now()
    if form.repeat == "none":
        if instant(form.starts_on, form.end_time, platform.zone) <= now:
            found["starts_on"] = _("Cette plage est déjà passée. Choisissez un jour à venir.")
    elif form.ends_on is not None:
        if form.ends_on == form.starts_on:
            found["ends_on"] = _(
                "Le dernier jour est aussi le premier : choisissez « une seule fois », ou un dernier jour plus tard."
            )
        elif form.ends_on < form.starts_on:
            found["ends_on"] = _("Le dernier jour doit venir après le premier.")
        elif form.ends_on < local_date(now, platform.zone):
            found["ends_on"] = _("Ce dernier jour est déjà passé.")
    return found


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def as_row(desk: Desk, form: OpeningForm, opening_id: UUID) -> OpeningRow:
    """The opening that a form without faults describes. One that happens once has no last day."""
    workplace = desk.workplace(form.structure)
    assert workplace is not None
    repeats = form.repeat != "none"
    return OpeningRow(
        id=opening_id,
        advisor=desk.advisor_id,
        structure=workplace.id,
        site=form.site,
        channels=tuple(form.channels),
        repeat=form.repeat,
        every=form.every if repeats else 1,
        starts_on=form.starts_on,
        ends_on=form.ends_on if repeats else None,
        start_time=form.start_time,
        end_time=form.end_time,
        slot_minutes=form.slot_minutes,
    )


async def list_openings(
    platform: Platform, desk: Desk, *, since: date | None = None
) -> Sequence[OpeningRow]:
    """The openings of a desk that are not over on a day (today, unless said), by first day."""
    return await platform.db.structs(
        OpeningRow,
        f"{SELECT_OPENINGS} WHERE advisor = $1 AND structure = ANY($2::uuid[])"
        " AND coalesce(ends_on, CASE WHEN repeat = 'none' THEN starts_on ELSE 'infinity' END) >= $3"
        " ORDER BY starts_on, start_time, id",
        desk.advisor_id,
        [workplace.id for workplace in desk.workplaces],
        since or local_date(platform.clock.now(), platform.zone),
    )


async def read_opening(platform: Platform, user: CurrentUser, opening_id: UUID) -> OpeningRow:
    """An opening of the user's own, or of a structure that the user manages. Raises `NotFound`."""
    opening = await platform.db.struct(
        OpeningRow, f"{SELECT_OPENINGS} WHERE opening.id = $1", opening_id
    )
    if opening is None or not (
        opening.advisor == user.advisor_id or user.manages(opening.structure)
    ):
        raise NotFound("no such opening")
    return opening


async def overlapping(
    platform: Platform, opening: OpeningRow, rest: OpeningRow | None = None
) -> Sequence[OpeningRow]:
    """The advisor's other openings, of any structure, that meet this one on a day of the coming year.

    `rest` is one of them as it will be.
    """
    others = await platform.db.structs(
        OpeningRow,
        f"{SELECT_OPENINGS} WHERE advisor = $1 AND id <> $2 AND start_time < $4 AND end_time > $3"
        " ORDER BY starts_on, start_time, id",
        opening.advisor,
        opening.id,
        opening.start_time,
        opening.end_time,
    )
    today = local_date(platform.clock.now(), platform.zone)
    first, last = today, max(today, opening.starts_on) + timedelta(days=_OVERLAP_DAYS)
    days = set(list_days(opening.rule, first, last))
    others = [rest if rest is not None and one.id == rest.id else one for one in others]
    return [one for one in others if not days.isdisjoint(list_days(one.rule, first, last))]


def needs_two_places(platform: Platform, opening: OpeningRow, other: OpeningRow) -> bool:
    """Whether two openings that meet would have the advisor receive in person at two sites."""
    known = platform.board.channels
    return (
        opening.site is not None
        and other.site is not None
        and opening.site != other.site
        and all(
            any(key in known and known[key].item.needs_site for key in one.channels)
            for one in (opening, other)
        )
    )


async def next_slots(platform: Platform, opening: OpeningRow, most: int = 6) -> Sequence[FreeSlot]:
    """The next slots that an opening gives by itself, saved or not, on the terms of its structure: holidays left out,
    absences not looked at.
    """
    now = platform.clock.now()
    terms = (await read_terms(platform, [opening.structure]))[opening.structure]
    first = local_date(now, platform.zone)
    last = max(first, opening.starts_on) + timedelta(days=_OVERLAP_DAYS)
    found: list[FreeSlot] = []
    for stretch in open_times(
        opening,
        first,
        last,
        platform.zone,
        on_holidays=terms.open_on_holidays,
        on_pentecost=terms.open_on_pentecost,
    ):
        slots = free_slots(
            [Offer(provider=OPENINGS, open=stretch)],
            (),
            terms.slot_minutes,
            step_minutes=terms.step_minutes,
        )
        found += [slot for slot in slots if slot.starts_at > now]
        if len(found) >= most:
            break
    return found[:most]
