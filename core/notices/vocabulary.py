"""What messages may say: the variables of each kind, named as the coordination speaks, and their values.

Every value is one line of text in the present language, empty for "no" or "nothing to say". Carriers share this, so that a
variable means the same by e-mail and by SMS.
"""

from collections.abc import Mapping

from core.contracts.accounts import AccountNotice
from core.contracts.booking import AppointmentView, SiteRef
from core.contracts.digests import Digest
from core.contracts.notices import Notice
from core.contracts.offers import SlotOffer
from core.web.i18n import N_, _, ngettext
from core.web.templating import day, hour, moment, short_day

Message = Notice | SlotOffer | Digest | AccountNotice

AUDIENCES: Mapping[str, tuple[str, ...]] = {
    "confirmation": ("youth", "advisor"),
    "change": ("youth", "advisor", "former_advisor"),
    "cancellation": ("youth", "advisor"),
    "reminder_7d": ("youth",),
    "reminder_1d": ("youth",),
    "link_1h": ("youth",),
    "roadmap": ("youth",),
    "feedback": ("youth",),
    "follow_up": ("youth", "advisor"),
    "check_in": ("youth",),
    "demand_offer": ("youth",),
    "earlier_offer": ("youth",),
    "week": ("staff",),
    "shortage": ("staff",),
    "shortage_region": ("staff",),
    "sheets": ("staff",),
    "password_link": ("staff",),
    "password_set": ("staff",),
    "factor_set": ("staff",),
    "factor_removed": ("staff",),
}
"""Every kind of message that the core has to tell, and to whom."""

_SLOT = ("jeune", "structure", "telephone", "jour", "heure", "moment", "canal", "lieu", "lien")
_APPOINTMENT = (*_SLOT, "conseiller", "pris_par")
_CHANGED = (
    *_APPOINTMENT,
    "ancien_jour",
    "ancienne_heure",
    "ancien_moment",
    "ancien_canal",
    "ancien_lieu",
    "ancien_conseiller",
    "retabli",
)
_OF_ACCOUNT = ("personne", "moment", "lien")
_NAMES: Mapping[str, tuple[str, ...]] = {
    "change": _CHANGED,
    "cancellation": (*_APPOINTMENT, "motif", "annule_par_jeune"),
    "demand_offer": (*_SLOT, "limite"),
    "earlier_offer": (*_SLOT, "limite", "jour_actuel", "heure_actuelle", "moment_actuel"),
    "week": ("personne", "semaine", "rendez_vous", "a_renseigner", "manquent", "minimum", "lien"),
    "shortage": ("personne", "semaine", "manquent", "minimum", "lien"),
    "shortage_region": ("personne", "semaine", "manquent", "nombre", "minimum", "lien"),
    "sheets": ("personne", "semaine", "fiches", "lien"),
    "password_link": _OF_ACCOUNT,
    "password_set": _OF_ACCOUNT,
    "factor_set": _OF_ACCOUNT,
    "factor_removed": _OF_ACCOUNT,
}

_BELOW: Mapping[str, str] = {
    "link_1h": "/rejoindre",
    "roadmap": "/feuille-de-route",
    "feedback": "/avis",
    "follow_up": "/ecrire",
    "check_in": "/nouvelles",
}
"""Where a message to the youth leads, below their stable link."""

_EXPLAINED: Mapping[str, str] = {
    "jeune": N_("Le nom du ou de la jeune"),
    "conseiller": N_("Le nom du conseiller ou de la conseillère"),
    "pris_par": N_("Qui a pris le rendez-vous pour la personne, tant qu’elle ne l’a pas confirmé"),
    "structure": N_("Le nom de la structure"),
    "telephone": N_("Son téléphone, s’il est connu"),
    "jour": N_("Le jour, en court"),
    "heure": N_("L’heure"),
    "moment": N_("Le jour et l’heure, en entier"),
    "canal": N_("La façon de se rencontrer"),
    "lieu": N_("L’adresse, ou « en visio », ou « on vous appelle »"),
    "lien": N_("L’adresse de la page à ouvrir"),
    "ancien_jour": N_("Le jour d’avant, s’il a changé"),
    "ancienne_heure": N_("L’heure d’avant, si le moment a changé"),
    "ancien_moment": N_("Le jour et l’heure d’avant, s’ils ont changé"),
    "ancien_canal": N_("La façon de se rencontrer d’avant, si elle a changé"),
    "ancien_lieu": N_("Le lieu d’avant, s’il a changé"),
    "ancien_conseiller": N_("Le conseiller ou la conseillère d’avant, si c’est quelqu’un d’autre"),
    "retabli": N_("« oui » quand un rendez-vous annulé est rétabli"),
    "motif": N_("Le motif de l’annulation, s’il est dit"),
    "annule_par_jeune": N_("« oui » quand c’est le ou la jeune qui annule"),
    "limite": N_("L’heure jusqu’à laquelle le créneau est gardé"),
    "jour_actuel": N_("Le jour du rendez-vous actuel, en court"),
    "heure_actuelle": N_("L’heure du rendez-vous actuel"),
    "moment_actuel": N_("Le jour et l’heure du rendez-vous actuel, en entier"),
    "personne": N_("Le nom de la personne à qui l’on écrit"),
    "semaine": N_("Le lundi de la semaine"),
    "rendez_vous": N_("Le nombre de rendez-vous, s’il y en a"),
    "a_renseigner": N_("Le nombre d’entretiens à renseigner, s’il y en a"),
    "manquent": N_("Les structures qui manquent de créneaux, s’il y en a"),
    "nombre": N_("Le nombre de ces structures"),
    "minimum": N_("Le nombre de créneaux à proposer par semaine"),
    "fiches": N_("Le nombre de fiches dispositifs à vérifier"),
}


def variables(kind: str) -> dict[str, str]:
    """The variables of a kind of message, each explained in French."""
    return {name: _EXPLAINED[name] for name in _NAMES.get(kind, _APPOINTMENT)}


def values(message: Message, public_url: str) -> dict[str, str]:
    """The variables of a message. Of a cancellation, and for who lost an appointment, the hour is the one that they knew."""
    if isinstance(message, Notice):
        found = _of_notice(message)
    elif isinstance(message, SlotOffer):
        found = _of_offer(message)
    elif isinstance(message, Digest):
        found = _of_digest(message)
    else:
        found = {"personne": message.person.name, "moment": moment(message.at)}
    found["lien"] = link(message, public_url)
    return {name: " ".join(text.split()) for name, text in found.items()}


def link(message: Message, public_url: str) -> str:
    """The one address that a message leads to."""
    if isinstance(message, SlotOffer):
        return message.book_url
    if isinstance(message, Digest | AccountNotice):
        return message.url
    appointment = message.appointment
    if message.audience == "advisor":
        return appointment.advisor_url + ("/suivi" if message.kind == "follow_up" else "")
    if message.audience == "former_advisor":
        return f"{public_url}/agenda"
    if message.kind == "cancellation":
        return public_url + appointment.rebook_path
    return appointment.manage_url + _BELOW.get(message.kind, "")


def _of_notice(notice: Notice) -> dict[str, str]:
    appointment, before = notice.appointment, notice.previous
    parting = notice.kind == "cancellation" or notice.audience == "former_advisor"
    known = before if before is not None and parting else appointment
    return {
        "jeune": appointment.youth.name,
        "conseiller": appointment.advisor.name,
        "pris_par": appointment.booked_by if appointment.to_confirm else "",
        "structure": appointment.structure.name,
        "telephone": appointment.structure.phone,
        "jour": short_day(known.starts_at),
        "heure": hour(known.starts_at),
        "moment": moment(known.starts_at),
        "canal": _(known.channel_label),
        "lieu": _place(known.site, known.channel),
        "motif": appointment.cancel_reason,
        "annule_par_jeune": _yes(appointment.status == "cancelled_by_youth"),
        **_before(appointment, before),
    }


def _before(appointment: AppointmentView, before: AppointmentView | None) -> dict[str, str]:
    """What was otherwise; empty where nothing changed."""
    was = before or appointment
    moved = was.starts_at != appointment.starts_at
    elsewhere = was.site and appointment.site and was.site.id != appointment.site.id
    return {
        "ancien_jour": short_day(was.starts_at) if moved else "",
        "ancienne_heure": hour(was.starts_at) if moved else "",
        "ancien_moment": moment(was.starts_at) if moved else "",
        "ancien_canal": _(was.channel_label) if was.channel != appointment.channel else "",
        "ancien_lieu": was.site.name if was.site and elsewhere else "",
        "ancien_conseiller": was.advisor.name if was.advisor_id != appointment.advisor_id else "",
        "retabli": _yes(was.cancelled and not appointment.cancelled),
    }


def _of_offer(offer: SlotOffer) -> dict[str, str]:
    current = offer.current.starts_at if offer.current else None
    return {
        "jeune": offer.youth.name,
        "structure": offer.structure.name,
        "telephone": offer.structure.phone,
        "jour": short_day(offer.starts_at),
        "heure": hour(offer.starts_at),
        "moment": moment(offer.starts_at),
        "canal": _(offer.channel_label),
        "lieu": _place(offer.site, offer.mode),
        "limite": hour(offer.expires_at),
        "jour_actuel": short_day(current) if current else "",
        "heure_actuelle": hour(current) if current else "",
        "moment_actuel": moment(current) if current else "",
    }


def _of_digest(digest: Digest) -> dict[str, str]:
    short = [one for one in digest.supply if one.is_short]
    count, late = len(digest.appointments), digest.to_fill_in
    meetings = ngettext("%(num)d rendez-vous", "%(num)d rendez-vous", count) % {"num": count}
    to_fill_in = ngettext("%(num)d entretien", "%(num)d entretiens", late) % {"num": late}
    number = ngettext("%(num)d structure", "%(num)d structures", len(short)) % {"num": len(short)}
    sheets = len(digest.sheets)
    return {
        "personne": digest.person.name,
        "semaine": day(digest.monday),
        "rendez_vous": meetings if count else "",
        "a_renseigner": to_fill_in if late else "",
        "manquent": ", ".join(dict.fromkeys(one.structure.name for one in short)),
        "nombre": number,
        "minimum": str(max((one.minimum for one in digest.supply), default=0)),
        "fiches": ngettext("%(num)d fiche", "%(num)d fiches", sheets) % {"num": sheets},
    }


def _place(site: SiteRef | None, channel: str) -> str:
    """Where to be, short enough for an SMS; from afar, how the two meet."""
    if site is not None:
        return ", ".join(filter(None, (site.name, site.address, site.city)))
    return _("on vous appelle") if channel == "phone" else _("en visio")


def _yes(truth: bool) -> str:
    return _("oui") if truth else ""
