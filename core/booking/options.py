"""What may become of each appointment whose advisor will not be there: who is free, which starts are, and what to begin with."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.agenda.terms import read_terms
from core.booking.colleagues import FreeColleague, list_free_colleagues
from core.booking.handling import as_seen, may_handle
from core.booking.search import BOOKABLE, Sought, bookable_terms, mode_of, next_available
from core.booking.share_out import Orphan, share_out
from core.contracts.booking import AppointmentView
from core.platform import Platform
from core.web.i18n import _
from core.web.templating import moment

_STARTS = 3
_OUTSIDE = 3  # colleagues who do not offer the hour: all of them are on the appointment's own page
_RATHER = 1000  # appointments of a week that weigh less than receiving outside one's openings
KEEP = "keep"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment to settle, as the user may see it; without options it is another structure's to settle.

    `options` are (value, words), the values those of `resettle.read_choice`; `first` is the one to begin with,
    `anyone` the one when all are to go to whoever is free.
    """

    view: AppointmentView
    options: tuple[tuple[str, str], ...] = ()
    first: str = KEEP
    anyone: str = KEEP

    @property
    def id(self) -> UUID:
        """The appointment."""
        return self.view.id

    @property
    def somebody_is_free(self) -> bool:
        """Whether somebody is free at that hour, and not needed for another appointment."""
        return self.anyone != KEEP

    def words(self, value: str) -> str:
        """What an option says; empty when it is not, or no longer, one."""
        return dict(self.options).get(value, "")


async def list_cases(
    platform: Platform,
    user: CurrentUser,
    views: Sequence[AppointmentView],
    *,
    without: UUID | None = None,
) -> list[Case]:
    """The appointments with what may become of each, in their order; no other start with the advisor `without`."""
    own = [view for view in views if may_handle(user, view)]
    free = await list_free_colleagues(platform, user, own)
    terms = await read_terms(platform, [view.structure.id for view in own])
    pauses = {one: timedelta(minutes=found.buffer_minutes) for one, found in terms.items()}
    offering = share_out([_orphan(view, free[view.id], pauses, anyway=False) for view in own])
    anyone = share_out([_orphan(view, free[view.id], pauses, anyway=True) for view in own])
    by_video = await _structures_with_video(platform, own)
    cases = []
    for view in views:
        if view.id not in free:
            cases.append(Case(view=as_seen(user, view)))
            continue
        starts = await list_starts_around(platform, view, without=without)
        invites = view.structure.id in by_video and bool(view.youth.email)
        kept = {anyone.get(view.id), offering.get(view.id)}
        cases.append(
            Case(
                view=as_seen(user, view),
                options=(
                    *_colleagues(platform, view, free[view.id], kept),
                    *_others(starts, invites=invites),
                ),
                first=_give(offering.get(view.id)),
                anyone=_give(anyone.get(view.id)),
            )
        )
    return cases


def _orphan(
    view: AppointmentView,
    free: Sequence[FreeColleague],
    pauses: Mapping[UUID, timedelta],
    *,
    anyway: bool,
) -> Orphan:
    loads = {
        one.advisor_id: one.load + (0 if one.offers else _RATHER)
        for one in free
        if one.same_way and (one.offers or anyway)
    }
    busy_until = view.ends_at + pauses[view.structure.id]
    return Orphan(id=view.id, starts_at=view.starts_at, busy_until=busy_until, loads=loads)


def _give(advisor_id: UUID | None) -> str:
    return f"give:{advisor_id}" if advisor_id else KEEP


def colleague_options(
    platform: Platform, view: AppointmentView, free: Sequence[FreeColleague]
) -> list[tuple[str, str]]:
    """To whom an appointment may go, as (value, words): who offers its hour, by video, then who is merely free."""
    outside = _("Confier à %(name)s, hors de ses plages")
    same = _("Confier à %(name)s, sans rien changer d’autre")
    video = _("En visio, à la même heure, avec %(name)s")
    can_video = bool(view.youth.email) and mode_of(platform, view.channel) != "video"
    offered = [
        (f"give:{one.advisor_id}", same % {"name": one.name})
        for one in free
        if one.offers and one.same_way
    ]
    by_video = [
        (f"video:{one.advisor_id}", video % {"name": one.name})
        for one in free
        if can_video and one.by_video and not one.same_way
    ]
    merely = [
        (f"give:{one.advisor_id}", outside % {"name": one.name}) for one in free if not one.offers
    ]
    return offered + by_video + merely


def _colleagues(
    platform: Platform,
    view: AppointmentView,
    free: Sequence[FreeColleague],
    kept: set[UUID | None],
) -> list[tuple[str, str]]:
    """The same, but of those who do not offer the hour the first few only, and whoever is proposed."""
    outside = [one for one in free if not one.offers]
    shown = [one for one in outside if one.advisor_id in kept]
    shown += [one for one in outside if one not in shown][: _OUTSIDE - len(shown)]
    return colleague_options(platform, view, [one for one in free if one.offers or one in shown])


def _others(starts: Sequence[datetime], *, invites: bool) -> list[tuple[str, str]]:
    options = [
        (f"move:{start:%Y-%m-%dT%H:%M:%SZ}", _("Déplacer : %(moment)s") % {"moment": moment(start)})
        for start in starts
    ]
    if invites:
        options.append(("invite", _("Annuler, et proposer de choisir un autre moment en visio")))
    options.append(("cancel", _("Annuler, avec un mot")))
    options.append((KEEP, _("Garder tel quel pour l’instant")))
    return options


async def list_starts_around(
    platform: Platform,
    view: AppointmentView,
    *,
    without: UUID | None = None,
    limit: int = _STARTS,
) -> list[datetime]:
    """The free starts closest to an appointment that its youth could choose too: same structure, way and site."""
    rows = await platform.db.fetch(
        f"""
        SELECT starts_at FROM (
            SELECT DISTINCT s.starts_at FROM slot s JOIN structure st ON st.id = s.structure
            WHERE s.structure = $6 AND ($7::uuid IS NULL OR s.site = $7) AND s.starts_at <> $8
                AND s.advisor IS DISTINCT FROM $9 AND {BOOKABLE}
        ) one ORDER BY abs(extract(epoch FROM starts_at - $8::timestamptz)), starts_at LIMIT $10
        """,  # noqa: S608 - the pieces are ours
        *bookable_terms(platform, [view.channel]),
        view.structure.id,
        view.site.id if view.site else None,
        view.starts_at,
        without,
        limit,
    )
    return sorted(row["starts_at"] for row in rows)


async def _structures_with_video(platform: Platform, views: Sequence[AppointmentView]) -> set[UUID]:
    """The structures of these appointments where a time by video is free."""
    now = platform.clock.now()
    return {
        structure_id
        for structure_id in {view.structure.id for view in views}
        if await next_available(platform, Sought(structure_id=structure_id, mode="video"), now)
    }
