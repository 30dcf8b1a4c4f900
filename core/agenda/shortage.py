"""Why the openings of an advisor who may offer slots give none: the first reason found, with how to mend it."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from core.agenda.desk import Desk, Workplace
from core.agenda.openings import list_openings
from core.agenda.providers import OpeningRow
from core.agenda.reasons import Start, frame_of, read_ways, starts_of
from core.agenda.terms import Terms, read_terms
from core.agenda.wording import lead_words
from core.clock import local_date
from core.extension.state import Snapshot
from core.platform import Platform
from core.web.i18n import _, ngettext
from core.web.templating import day as in_words

_DAY = timedelta(days=1)
_LOOKED_BEYOND = timedelta(days=366)


class Obstacle(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing is offered, how to mend it, and where (`href`, with what the link says), when there is a place."""

    text: str
    mend: str
    href: str = ""
    action: str = ""


async def find_shortage(platform: Platform, desk: Desk, workplace: Workplace) -> list[Obstacle]:
    """Why nothing is free to book in a structure where the advisor may offer slots; nothing when it cannot be told."""
    terms = (await read_terms(platform, [workplace.id]))[workplace.id]
    openings = [one for one in await list_openings(platform, desk) if one.structure == workplace.id]
    if not openings:
        return [_no_opening(desk, workplace)]
    snapshot = await platform.plugins.current()
    possible = [one for one in openings if possible_channels(platform, snapshot, workplace, one)]
    if not possible:
        return [_no_channel(openings[0], workplace)]
    today = local_date(platform.clock.now(), platform.zone)
    last = today + timedelta(days=terms.horizon_days)
    ways = await read_ways(platform, desk.advisor_id, (today, last))
    frame = frame_of(platform.clock.now(), terms, platform.zone)
    starts = [
        start
        for opening in possible
        for start in starts_of(opening, (today, last), ways, frame)
        if start.why != "past"
    ]
    if not starts:
        beyond = (last + _DAY, last + _LOOKED_BEYOND)
        later = [next(starts_of(one, beyond, (), frame), None) for one in possible]
        return [_nothing_near([one for one in later if one], desk, terms)]
    return _all_taken(starts, desk, terms)


def possible_channels(
    platform: Platform, snapshot: Snapshot, workplace: Workplace, opening: OpeningRow
) -> tuple[str, ...]:
    """The channels of an opening that can be booked now: on in the structure, at an open site where they need one."""
    known = platform.board.channels
    has_site = opening.site in {site.id for site in workplace.sites}
    return tuple(
        key
        for key in opening.channels
        if key in known
        and snapshot.is_on(known[key].plugin_id, workplace.id)
        and (has_site or not known[key].item.needs_site)
    )


def _no_opening(desk: Desk, workplace: Workplace) -> Obstacle:
    return Obstacle(
        text=_("Aucune plage à venir (%(structure)s).") % {"structure": workplace.name},
        mend=_("Sans plage, rien n’est proposé."),
        href=f"/plages/nouvelle{desk.query}",
        action=_("Ouvrir une plage"),
    )


def _no_channel(opening: OpeningRow, workplace: Workplace) -> Obstacle:
    return Obstacle(
        text=_(
            "Les plages de %(structure)s n’ont plus de moyen de se rencontrer : le lieu est fermé, ou le canal désactivé."
        )
        % {"structure": workplace.name},
        mend=_(
            "Donnez-leur un lieu ouvert ou un autre canal, ou demandez à votre référent·e de les rouvrir."
        ),
        href=f"/plages/{opening.id}",
        action=_("Modifier la plage"),
    )


def _nothing_near(later: Sequence[Start], desk: Desk, terms: Terms) -> Obstacle:
    """Nothing before the horizon: the openings begin beyond it, or are too short for one slot."""
    if later:
        first = min(start.starts_at for start in later)
        return Obstacle(
            text=ngettext(
                "La première plage vient le %(day)s : une réservation s’ouvre %(num)d jour avant.",
                "La première plage vient le %(day)s : les réservations s’ouvrent %(num)d jours avant.",
                terms.horizon_days,
            )
            % {"day": in_words(first), "num": terms.horizon_days},
            mend=_("Rien à faire, sauf si vous voulez recevoir plus tôt."),
            href=f"/plages/nouvelle{desk.query}",
            action=_("Ouvrir une plage plus tôt"),
        )
    return Obstacle(
        text=_("Les plages à venir ne donnent aucun créneau : un créneau dure %(minutes)d minutes.")
        % {"minutes": terms.slot_minutes},
        mend=_("Allongez les plages, ou donnez-leur une durée de créneau plus courte."),
        href=f"/plages{desk.query}",
        action=_("Voir les plages"),
    )


def _all_taken(starts: Sequence[Start], desk: Desk, terms: Terms) -> list[Obstacle]:
    """Every start has its reason: told for the one that takes most of them. One without any is hidden otherwise."""
    counts = Counter(start.why for start in starts)
    why, _number = counts.most_common(1)[0]
    if "" in counts:
        return []
    label = next((start.label for start in starts if start.why == why), "")
    more = {"href": f"/plages/nouvelle{desk.query}", "action": _("Ouvrir une plage")}
    match why:
        case "appointment" | "hold":
            text = _("Tous les créneaux sont pris.")
            mend = _("Une plage de plus en proposerait d’autres.")
        case "absence":
            text = _("Une absence couvre les plages à venir.")
            mend = _("Raccourcissez l’absence, ou ouvrez une plage à un autre moment.")
            more = {"href": f"/absences{desk.query}", "action": _("Voir les absences")}
        case "outside":
            text = _("%(calendar)s : occupé·e pendant les plages à venir.") % {"calendar": label}
            mend = _("Libérez ces moments dans cet agenda, ou ouvrez une plage à un autre moment.")
        case "holiday":
            text = _("Les plages à venir tombent des jours fériés, où la structure est fermée.")
            mend = _("Ouvrez une plage un autre jour.")
        case "too_soon":
            text = _(
                "Les seuls créneaux libres sont dans moins de %(lead)s : les jeunes ne peuvent plus les réserver."
            ) % {"lead": lead_words(terms)}
            mend = _("Vous pouvez encore y inscrire quelqu’un, ou ouvrir une plage plus tard.")
            more = {"href": "/rendez-vous/nouveau", "action": _("Inscrire quelqu’un")}
        case _unexplained:
            return []
    return [Obstacle(text=text, mend=mend, **more)]
