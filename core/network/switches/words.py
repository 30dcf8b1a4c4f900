"""The reasons, the rules and the deeds in French sentences."""

from collections.abc import Mapping, Sequence

from core.extension.activation import Activity
from core.extension.reactions import Told
from core.extension.surfaces import Surface
from core.network.switches.foresight import Effect
from core.network.switches.history import Deed
from core.network.switches.matrix import Standing, SwitchRow
from core.web.i18n import _, ngettext
from core.web.templating import day


def why_words() -> dict[str, str]:
    """Why a feature is on or off, to be read after its state."""
    return {
        "core": _("fait partie du socle"),
        "mandatory": _("obligatoire dans toute la région"),
        "forbidden": _("interdite dans toute la région"),
        "switched_on": _("choix fait pour cette structure"),
        "switched_off": _("choix fait pour cette structure"),
        "default_on": _("règle de la région"),
        "default_off": _("règle de la région"),
        "requirement_off": _("dépend d’une fonctionnalité désactivée"),
        "misconfigured": _("ses réglages sont à revoir"),
        "not_loaded": _("extension absente"),
    }


def state_words() -> dict[str, str]:
    """The states of a cell."""
    return {"on": _("activée"), "off": _("désactivée"), "wrong": _("à revoir")}


def policy_words() -> dict[str, str]:
    """The rules of the region, to be read after « règle : »."""
    return {
        "mandatory": _("obligatoire"),
        "default_on": _("activée sauf avis contraire"),
        "available": _("désactivée sauf avis contraire"),
        "forbidden": _("interdite"),
    }


def policy_helps() -> dict[str, str]:
    """What each rule means, for who chooses one."""
    return {
        "mandatory": _("activée dans toutes les structures, sans choix possible"),
        "default_on": _("activée, sauf là où quelqu’un la désactive"),
        "available": _("désactivée, sauf là où quelqu’un l’active"),
        "forbidden": _("désactivée dans toutes les structures, sans choix possible"),
    }


def why_sentence(activity: Activity, names: Mapping[str, str]) -> str:
    """The reason that the pure function gave, as a sentence."""
    if activity.why == "requirement_off":
        missing = ", ".join(names.get(other, other) for other in activity.missing)
        return ngettext(
            "Elle a besoin de « %(names)s », qui n’est pas activée ici.",
            "Elle a besoin de fonctionnalités qui ne sont pas activées ici : %(names)s.",
            len(activity.missing),
        ) % {"names": missing}
    return {
        "core": _("Elle fait partie du socle."),
        "mandatory": _("La région l’a rendue obligatoire dans toutes les structures."),
        "forbidden": _("La région l’a interdite dans toutes les structures."),
        "switched_on": _("Quelqu’un l’a activée pour cette structure."),
        "switched_off": _("Quelqu’un l’a désactivée pour cette structure."),
        "default_on": _(
            "La région l’active partout, sauf avis contraire ; personne n’en a donné ici."
        ),
        "default_off": _("La région la laisse au choix, et personne ne l’a activée ici."),
        "misconfigured": _(
            "Ses réglages ne peuvent pas être utilisés : elle s’activera dès qu’ils seront corrigés."
        ),
        "not_loaded": _("L’extension n’est pas chargée."),
    }[activity.why]


def since_words(standing: Standing) -> str:
    """Since when and by whom, or nothing when the platform does not know."""
    own = standing.cell.activity.why in {"switched_on", "switched_off"}
    source: SwitchRow = standing.switch if own else standing.rule
    if source.at is None:
        return ""
    values = {"day": day(source.at), "who": source.who}
    if source.who:
        return _("Depuis le %(day)s, par %(who)s.") % values
    return _("Depuis le %(day)s.") % values


def told_words(told: Told) -> str:
    """What came of telling a plugin of its switch."""
    if told.state == "done":
        words = (
            _("L’extension a fait ce que son activation demande, le %(day)s.")
            if told.is_on
            else _("L’extension a fait ce que son arrêt demande, le %(day)s.")
        )
        return words % {"day": day(told.told_at)}
    if not told.problem:
        return (
            _("L’extension fait en ce moment ce que son activation demande.")
            if told.is_on
            else _("L’extension fait en ce moment ce que son arrêt demande.")
        )
    words = (
        _("L’extension n’a pas pu faire ce que son activation demande : %(problem)s.")
        if told.is_on
        else _("L’extension n’a pas pu faire ce que son arrêt demande : %(problem)s.")
    )
    again = (
        _("Plus aucun essai n’a lieu tout seul.")
        if told.state == "dead"
        else _("Un nouvel essai a lieu tout seul.")
    )
    return f"{words % {'problem': told.reason.rstrip('.')}} {again}"


def shift_words(effect: Effect, names: Mapping[str, str]) -> list[str]:
    """What follows in one structure, line by line: what stops or starts, then what is lost."""
    lines = [_("%(name)s s’active.") % {"name": names[one]} for one in effect.shift.on]
    lines += [_("%(name)s s’arrête.") % {"name": names[one]} for one in effect.shift.off]
    lines += loss_words(effect.vanishing, effect.narrowed, effect.unread)
    return lines + kept_words(effect.appointments)


def loss_words(vanishing: int, narrowed: int, unread: int) -> list[str]:
    """What people would lose, in words."""
    told = [
        (
            vanishing,
            ngettext(
                "%(num)d créneau disparaît de la recherche.",
                "%(num)d créneaux disparaissent de la recherche.",
                vanishing,
            ),
        ),
        (
            narrowed,
            ngettext(
                "%(num)d créneau ne proposera plus ce canal aux jeunes.",
                "%(num)d créneaux ne proposeront plus ce canal aux jeunes.",
                narrowed,
            ),
        ),
        (
            unread,
            ngettext(
                "Les heures occupées ailleurs de %(num)d conseiller·ère ne seront plus prises en compte.",
                "Les heures occupées ailleurs de %(num)d conseiller·ères ne seront plus prises en compte.",
                unread,
            ),
        ),
    ]
    return [words % {"num": number} for number, words in told if number]


def kept_words(appointments: int) -> list[str]:
    """What stays as it is although one may fear for it, in words."""
    if not appointments:
        return []
    words = ngettext(
        "%(num)d rendez-vous déjà pris garde son canal et son lien.",
        "%(num)d rendez-vous déjà pris gardent leur canal et leur lien.",
        appointments,
    )
    return [words % {"num": appointments}]


def surface_words() -> dict[str, tuple[str, str]]:
    """Each kind of surface, one and several: `%(num)d` is how many."""
    return {
        "interview_channels": (_("canal d’entretien"), _("canaux d’entretien")),
        "slot_providers": (_("source de plages ouvertes"), _("sources de plages ouvertes")),
        "busy_sources": (_("source d’heures occupées"), _("sources d’heures occupées")),
        "matching_strategies": (
            _("façon de classer les fiches"),
            _("façons de classer les fiches"),
        ),
        "exporters": (_("export"), _("exports")),
        "booking_rules": (_("règle de réservation"), _("règles de réservation")),
        "partner_networks": (_("réseau partenaire"), _("réseaux partenaires")),
        "publication_gates": (_("condition de publication"), _("conditions de publication")),
        "notice_carriers": (_("envoi de messages"), _("envois de messages")),
        "offer_carriers": (_("envoi de places gardées"), _("envois de places gardées")),
        "digest_carriers": (_("résumé de la semaine"), _("résumés de la semaine")),
        "account_carriers": (_("avis sur les comptes"), _("avis sur les comptes")),
        "message_templates": (_("texte de message"), _("textes de messages")),
        "event_handlers": (_("réaction automatique"), _("réactions automatiques")),
        "switch_reactions": (_("réaction à l’activation"), _("réactions à l’activation")),
        "routes": (_("ensemble de pages"), _("ensembles de pages")),
        "page_blocks": (_("bloc de page"), _("blocs de pages")),
        "nav_items": (_("entrée de menu"), _("entrées de menu")),
        "permissions": (_("permission"), _("permissions")),
        "commands": (_("commande"), _("commandes")),
        "jobs": (_("tâche de fond"), _("tâches de fond")),
        "health_checks": (_("contrôle de santé"), _("contrôles de santé")),
    }


def surface_lines(surfaces: Sequence[Surface]) -> list[str]:
    """Surfaces counted by kind, with the names of those that have one: « 1 export (Rendez-vous en chiffres) »."""
    words = surface_words()
    kinds: dict[str, list[str]] = {}
    for surface in surfaces:
        kind, label = surface.kind, surface.label
        if kind in words:
            kinds.setdefault(kind, []).append(label)
    lines = []
    for kind in words:
        if kind not in kinds:
            continue
        labels = kinds[kind]
        one, several = words[kind]
        named = ", ".join(_(label) for label in dict.fromkeys(labels) if label)
        count = f"{len(labels)} {one if len(labels) == 1 else several}"
        lines.append(f"{count} ({named})" if named else count)
    return lines


def deed_words(deed: Deed, names: Mapping[str, str]) -> str:
    """What was done, as a sentence."""
    name = names.get(deed.plugin_id, deed.plugin_id)
    where = deed.structure or _("toute la région")
    if deed.action == "plugin.switched":
        sentence = {
            "on": _("%(name)s : activée pour %(where)s"),
            "off": _("%(name)s : désactivée pour %(where)s"),
            "unset": _("%(name)s : rendue à la règle de la région pour %(where)s"),
        }[str(deed.detail.get("state"))]
    elif deed.action == "plugin.policy_changed":
        sentence = _("%(name)s : règle de la région « %(policy)s »")
    else:
        sentence = _("%(name)s : réglages changés pour %(where)s")
    policy = policy_words().get(str(deed.detail.get("policy", "")), "")
    return sentence % {"name": name, "where": where, "policy": policy}
