"""Every fact of a sheet, described once: the form, the comparison of versions, the files and the checks read it here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from core.catalogue import taxonomy, words
from core.contracts.matching import LanguageRule, Programme
from core.web.i18n import N_, _

Kind = Literal[
    "line", "text", "markdown", "lines", "one", "perhaps", "many", "number", "yes", "language",
    "countries", "months",
]  # fmt: skip
"""`one` is always told, `perhaps` may be unknown; `lines` are sentences, one a line."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One fact: its name in `Programme`, how it is called, what its values are and how much they may hold.

    `options` is a kind of the taxonomy. `unknown` is what to say when it is not told; without it, empty means "none".
    """

    name: str
    label: str
    kind: Kind
    options: str = ""
    hint: str = ""
    unknown: str = ""
    most: int = 0


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Facts that are read together."""

    id: str
    title: str
    facts: tuple[Fact, ...]


_NOT_KNOWN = N_("pas encore connu")

PARTS: tuple[Part, ...] = (
    Part(
        id="essentiel",
        title=N_("L’essentiel"),
        facts=(
            Fact(name="title_fr", label=N_("Titre"), kind="line", most=120,
                 hint=N_("Le nom sous lequel les jeunes le connaîtront.")),
            Fact(name="summary_fr", label=N_("En une phrase ou deux"), kind="text", most=400, unknown=_NOT_KNOWN,
                 hint=N_("Ce que l’on fait, où, et ce que cela apporte. C’est ce que montrent les listes.")),
            Fact(name="text_fr", label=N_("Texte de la fiche"), kind="markdown", most=20_000,
                 hint=N_("Ce que les faits ne disent pas : le quotidien sur place, les étapes, les conseils. Une ligne vide sépare les paragraphes ; ## pour un titre, - pour une liste, **gras**, [texte](https://…) pour un lien.")),
            Fact(name="nature", label=N_("De quoi s’agit-il ?"), kind="one", options="nature"),
            Fact(name="domains", label=N_("Pour quoi faire"), kind="many", options="domains", unknown=_NOT_KNOWN),
            Fact(name="tags", label=N_("Centres d’intérêt"), kind="many", options="interests",
                 hint=N_("Ceux que ce départ nourrit vraiment : trois à six suffisent.")),
            Fact(name="operator", label=N_("Porté par"), kind="line", most=200, unknown=_NOT_KNOWN),
            Fact(name="url", label=N_("Site officiel"), kind="line", most=500, unknown=_NOT_KNOWN,
                 hint=N_("L’adresse complète, https:// compris. Elle est vérifiée chaque semaine.")),
        ),
    ),
    Part(
        id="ou",
        title=N_("Où"),
        facts=(
            Fact(name="zones", label=N_("Zones"), kind="many", options="zones", unknown=_NOT_KNOWN),
            Fact(name="countries", label=N_("Seulement ces pays"), kind="countries",
                 hint=N_("Laissez vide si toute la zone convient. Noms ou codes, séparés par des virgules : Allemagne, Espagne, JP.")),
            Fact(name="countries_excluded", label=N_("Sauf ces pays"), kind="countries"),
        ),
    ),
    Part(
        id="qui",
        title=N_("Pour qui"),
        facts=(
            Fact(name="statuses", label=N_("Statuts"), kind="many", options="statuses", unknown=_NOT_KNOWN,
                 hint=N_("Un seul suffit au ou à la jeune. « Tous statuts » dispense des autres.")),
            Fact(name="age_min", label=N_("Âge minimal"), kind="number", most=99, hint=N_("Vide : pas de minimum.")),
            Fact(name="age_max", label=N_("Âge maximal"), kind="number", most=99, hint=N_("Inclus. Vide : pas de maximum.")),
            Fact(name="age_max_handicap", label=N_("Âge maximal en situation de handicap"), kind="number", most=99,
                 hint=N_("S’il est plus large.")),
            Fact(name="age_reference", label=N_("L’âge se compte"), kind="one", options="age_references"),
            Fact(name="minors_accompanied", label=N_("Des départs encadrés existent pour les mineur·es"), kind="yes"),
            Fact(name="diploma_min", label=N_("Diplôme obtenu, au moins"), kind="perhaps", options="diploma_levels", hint=N_("Vide : aucun n’est demandé.")),
            Fact(name="diploma_max", label=N_("Diplôme obtenu, au plus"), kind="perhaps", options="diploma_levels"),
            Fact(name="diploma_in_progress_ok", label=N_("Le diplôme peut être en préparation"), kind="yes"),
            Fact(name="diploma_recommended", label=N_("Diplôme conseillé"), kind="perhaps", options="diploma_levels",
                 hint=N_("Un conseil, qui n’exclut personne.")),
            Fact(name="study_level_min", label=N_("Niveau préparé, au moins"), kind="perhaps", options="diploma_levels",
                 hint=N_("Le diplôme que préparent les études en cours.")),
            Fact(name="study_level_max", label=N_("Niveau préparé, au plus"), kind="perhaps", options="diploma_levels"),
            Fact(name="nationality", label=N_("Nationalité"), kind="one", options="nationality_conditions"),
            Fact(name="residence", label=N_("Lieu de vie"), kind="one", options="residence_conditions"),
            Fact(name="residence_departments", label=N_("Seulement ces départements"), kind="many", options="departments",
                 hint=N_("Rien de coché : tous.")),
            Fact(name="language", label=N_("Langue demandée"), kind="language",
                 hint=N_("Une condition : sous ce niveau, la fiche n’est pas proposée.")),
            Fact(name="language_recommended", label=N_("Langue conseillée"), kind="language",
                 hint=N_("Un conseil, qui n’exclut personne.")),
            Fact(name="requires_flags", label=N_("Il faut tout ceci"), kind="many", options="flags"),
            Fact(name="requires_any", label=N_("Il faut au moins l’un de ces points"), kind="many", options="flags_or_statuses"),
            Fact(name="other_conditions_fr", label=N_("Autres conditions"), kind="lines", most=3000,
                 hint=N_("Une par ligne.")),
        ),
    ),
    Part(
        id="quand",
        title=N_("Quand et combien de temps"),
        facts=(
            Fact(name="duration_min_weeks", label=N_("Durée, au moins (en semaines)"), kind="number", most=520, unknown=_NOT_KNOWN,
                 hint=N_("Un mois compte 4,33 semaines.")),
            Fact(name="duration_max_weeks", label=N_("Durée, au plus (en semaines)"), kind="number", most=520,
                 hint=N_("Vide : pas de limite.")),
            Fact(name="application_mode", label=N_("Candidatures"), kind="one", options="application_modes"),
            Fact(name="application_months", label=N_("Mois où l’on peut candidater"), kind="months",
                 hint=N_("Rien de coché : on ne sait pas, ou toute l’année.")),
            Fact(name="application_via", label=N_("On candidate"), kind="one", options="application_via"),
            Fact(name="departure_months", label=N_("Mois de départ"), kind="months", hint=N_("Rien de coché : n’importe lequel.")),
            Fact(name="lead_time_weeks", label=N_("S’y prendre combien de semaines avant ?"), kind="number", most=208, unknown=_NOT_KNOWN),
            Fact(name="group_mode", label=N_("Seul·e ou à plusieurs"), kind="one", options="group_modes"),
        ),
    ),
    Part(
        id="argent",
        title=N_("L’argent"),
        facts=(
            Fact(name="budget_band", label=N_("À prévoir de sa poche"), kind="perhaps", options="budget_bands", unknown=_NOT_KNOWN,
                 hint=N_("Pour un séjour de durée habituelle, une fois déduit ce que le programme apporte. Une estimation, jamais une condition.")),
            Fact(name="funding", label=N_("Ce que le programme apporte"), kind="perhaps", options="funding", unknown=_NOT_KNOWN),
        ),
    ),
    Part(
        id="equipe",
        title=N_("Pour l’équipe"),
        facts=(
            Fact(name="availability", label=N_("Le dispositif existe-t-il en ce moment ?"), kind="one", options="availability"),
            Fact(name="confidence", label=N_("Confiance dans ces informations"), kind="one", options="confidence"),
            Fact(name="source", label=N_("Source"), kind="line", most=500, unknown=_NOT_KNOWN,
                 hint=N_("L’adresse ou le document d’où viennent les faits.")),
            Fact(name="notes", label=N_("Notes de l’équipe"), kind="text", most=3000,
                 hint=N_("Jamais montrées aux jeunes.")),
        ),
    ),
)  # fmt: skip

FACTS: Mapping[str, Fact] = {fact.name: fact for part in PARTS for fact in part.facts}


def options(fact: Fact) -> list[tuple[str, str]]:
    """What the fact may be, as (id, label)."""
    if fact.kind == "months":
        return [(str(month), words.month_name(month)) for month in range(1, 13)]
    if fact.options == "age_references":
        return [
            ("candidature", _("au moment de la candidature")),
            ("depart", _("au départ")),
            ("naissance", _("selon les dates de naissance de l’appel")),
        ]
    if fact.options == "flags_or_statuses":
        return taxonomy.options("flags") + taxonomy.options("statuses")
    return [(id_, entry.label()) for id_, entry in taxonomy.entries(fact.options).items()]


def language_options() -> list[tuple[str, str]]:
    """Languages that a sheet may ask for."""
    special = [(id_, taxonomy.label("languages", id_)) for id_ in ("dest", "ue")]
    return special + taxonomy.languages()


def say(fact: Fact, programme: Programme) -> tuple[str, ...]:
    """The value of a fact in words, one piece for each of its values; nothing when it is empty."""
    value = getattr(programme, fact.name)
    if value in (None, "", ()):
        return ()
    worder = _WORDERS.get(fact.kind)
    if worder is not None:
        return worder(value)
    labels = dict(options(fact))
    ids: Sequence[str] = value if isinstance(value, tuple) else (value,)
    return tuple(labels.get(str(id_), str(id_)) for id_ in ids)


def _language(rule: LanguageRule) -> tuple[str, ...]:
    return (words.language(rule),)


def _itself(text: str) -> tuple[str, ...]:
    return (text,)


_WORDERS: Mapping[str, Callable[..., tuple[str, ...]]] = {
    "line": _itself,
    "text": _itself,
    "markdown": _itself,
    "lines": tuple,
    "number": lambda number: (str(number),),
    "yes": lambda yes: (_("oui") if yes else _("non"),),
    "language": _language,
    "countries": lambda codes: tuple(taxonomy.label("countries", code) for code in codes),
}


def curled(programme: Programme) -> Programme:
    """The sheet with the apostrophes of French print in its words; addresses stay as they are."""

    def curl(text: str) -> str:
        return text.replace("'", "’")

    changes: dict[str, object] = {}
    for fact in FACTS.values():
        value = getattr(programme, fact.name)
        if fact.name in {"url", "source"} or fact.kind not in {"line", "text", "lines", "markdown"}:
            continue
        if isinstance(value, tuple):
            changes[fact.name] = tuple(map(curl, value))
        elif isinstance(value, str):
            changes[fact.name] = curl(value)
    return msgspec.structs.replace(programme, **changes)
