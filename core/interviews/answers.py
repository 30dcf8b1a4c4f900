"""Forms about a profile and a project: from what was typed to Structs and back.

The advisor's screen and the youth's preparation ask the same questions by the same names, so both read and check them here.
What HTML cannot say in one field is joined first: a language and its level, a country a row, yes or no for each flag.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from litestar.datastructures import FormMultiDict
from msgspec import Meta

from core.catalogue import taxonomy
from core.contracts.matching import LanguageSkill, Profile, Project
from core.interviews.kept import Words
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.templating import month

T = TypeVar("T", bound=msgspec.Struct)
ShortText = Annotated[str, Meta(max_length=2000)]
LongText = Annotated[str, Meta(max_length=10_000)]
Weeks = Annotated[int, Meta(ge=0, le=260)]
Euros = Annotated[int, Meta(ge=0, le=200_000)]
Month = Annotated[str, Meta(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]
Company = Literal["individuel", "groupe", "les_deux"]

_LISTS = ("statuses", "languages", "flags", "interests", "domains", "zones", "countries")
_KINDS = {
    "statuses": "statuses",
    "diploma": "diploma_levels",
    "preparing": "diploma_levels",
    "interests": "interests",
    "domains": "domains",
    "zones": "zones",
    "duration": "durations",
}
ELSEWHERE = ("autre_region", "etranger")
_OLDEST = date(1920, 1, 1)


class InterviewForm(msgspec.Struct, frozen=True, kw_only=True):
    """The advisor's screen. `languages` are `code:level`, `flags` `flag:yes` or `flag:no`; `residence` is a department, or elsewhere."""

    revision: Annotated[int, Meta(ge=0)] = 0
    birth_date: date | None = None
    nationality: str | None = None
    residence: str | None = None
    statuses: tuple[str, ...] = ()
    diploma: str | None = None
    preparing: str | None = None
    languages: tuple[str, ...] = ()
    budget_eur: Euros | None = None
    flags: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    background: ShortText = ""
    experience: ShortText = ""
    leisure: ShortText = ""
    passions: ShortText = ""
    domains: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    duration_min_weeks: Weeks | None = None
    duration_max_weeks: Weeks | None = None
    departure: Month | None = None
    alone_or_group: Company | None = None
    wish: ShortText = ""
    notes: LongText = ""
    private_note: LongText = ""
    advisor_word: ShortText = ""
    follow_up_on: date | None = None


def labels() -> dict[str, str]:
    """The name of each field, for the list of faults at the top of the page."""
    return {
        "birth_date": _("Date de naissance"),
        "nationality": _("Nationalité"),
        "residence": _("Lieu de vie"),
        "statuses": _("Situation"),
        "diploma": _("Diplôme obtenu"),
        "preparing": _("Diplôme préparé"),
        "languages": _("Langues"),
        "budget_eur": _("Budget"),
        "flags": _("Points à savoir"),
        "interests": _("Centres d’intérêt"),
        "background": _("Parcours"),
        "experience": _("Expériences"),
        "leisure": _("Loisirs"),
        "passions": _("Passions"),
        "domains": _("Domaines"),
        "zones": _("Zones"),
        "countries": _("Pays"),
        "duration_min_weeks": _("Durée, au moins"),
        "duration_max_weeks": _("Durée, au plus"),
        "departure": _("Départ"),
        "alone_or_group": _("Seul·e ou en groupe"),
        "wish": _("Envie, en quelques mots"),
        "notes": _("Notes"),
        "private_note": _("Pour vous seul·e"),
        "advisor_word": _("Votre mot"),
        "follow_up_on": _("Reprendre contact le"),
    }


def read(kind: type[T], form: FormMultiDict, today: date) -> Form[T]:
    """Reads and checks the fields of `kind`; every fault is collected, what was typed is kept."""
    answers = parse(kind, _joined(form))
    for name, value in answers.values.items():
        if value and name not in answers.errors:
            fault = _check_choice(name, value) or _check_sense(name, answers.data, today)
            if fault:
                answers.errors[name] = fault
    if answers.errors:
        answers.data = None
    return answers


def read_words(form: FormMultiDict, into: Form[Any]) -> dict[str, Words]:
    """The words beside the kept sheets (`word_<sheet>`, `next_<sheet>`); faults and values go `into` the form."""
    words: dict[str, Words] = {}
    for name in form:
        part, _sep, programme_id = name.partition("_")
        if part not in ("word", "next") or name in words or not programme_id:
            continue
        text = str(form.get(name, "")).strip().replace("\r\n", "\n")
        into.values[name] = text
        if len(text) > 1000:
            into.errors[name] = _(
                "C’est trop long : 1 000 caractères au plus, il y en a %d."
            ) % len(text)
            into.data = None
        field = "word" if part == "word" else "next_step"
        words[programme_id] = msgspec.structs.replace(
            words.get(programme_id, Words()), **{field: text}
        )
    return words


def _joined(form: FormMultiDict) -> Mapping[str, Any]:
    values: dict[str, Any] = {
        name: form.getall(name) if name in _LISTS else form.get(name) for name in form
    }
    rows = zip(form.getall("language_code", []), form.getall("language_level", []), strict=False)
    values["languages"] = [f"{code}:{level}" for code, level in rows if code or level]
    values["flags"] = [str(form.get(name)) for name in form if name.startswith("flag_")]
    return values


def _check_choice(name: str, value: Any) -> str:
    """What is wrong with a choice among given answers, or nothing."""
    if name == "languages":
        return _check_languages(value)
    known = _choices(name)
    chosen = value if isinstance(value, list) else [value]
    return "" if known is None or known.issuperset(chosen) else _unknown()


def _choices(name: str) -> set[str] | None:
    """The answers that a field offers; None when it does not."""
    if name in _KINDS:
        return {id_ for id_, _label in taxonomy.options(_KINDS[name])}
    if name in ("nationality", "countries"):
        return {code for code, _label in taxonomy.countries()}
    if name == "residence":
        return {id_ for id_, _label in residences()}
    if name == "flags":
        return {f"{flag}:{said}" for flag in taxonomy.entries("flags") for said in ("yes", "no")}
    return None


def _check_sense(name: str, data: Any, today: date) -> str:
    """What cannot be in a value that reads well, or nothing (also while another field cannot be read)."""
    if data is None:
        return ""
    if name == "birth_date" and not _OLDEST <= data.birth_date <= today:
        return _("Vérifiez l’année de naissance.")
    if name == "duration_max_weeks" and data.duration_max_weeks < (data.duration_min_weeks or 0):
        return _("La durée la plus longue ne peut pas être inférieure à la plus courte.")
    return ""


def _check_languages(rows: list[str]) -> str:
    codes, levels = dict(taxonomy.languages()), dict(taxonomy.options("cefr"))
    pairs = [row.partition(":")[::2] for row in rows]
    if any(code and not level for code, level in pairs):
        return _("Choisissez le niveau de chaque langue.")
    if any(code not in codes or level not in levels for code, level in pairs):
        return _unknown()
    if len({code for code, _level in pairs}) < len(pairs):
        return _("Une langue est indiquée deux fois : gardez un seul niveau.")
    return ""


def _unknown() -> str:
    return _("Cette valeur ne convient pas. Choisissez parmi les réponses proposées.")


def residences() -> list[tuple[str, str]]:
    """Where one may live: a department of the region, or elsewhere."""
    return [
        *taxonomy.options("departments"),
        ("autre_region", _("Une autre région")),
        ("etranger", _("À l’étranger")),
    ]


def profile_fields(data: msgspec.Struct) -> dict[str, Any]:
    """The fields of `Profile` that a form asked about, from its data."""
    said = msgspec.structs.asdict(data)
    found = {name: said[name] for name in Profile.__struct_fields__ if name in said}
    if "languages" in said:
        found["languages"] = tuple(
            LanguageSkill(code=code, level=level)
            for code, level in (row.partition(":")[::2] for row in said["languages"])
        )
    if "flags" in said:
        found["flags"] = {
            flag: answer == "yes"
            for flag, answer in (row.partition(":")[::2] for row in said["flags"])
        }
    if "residence" in said:
        place = said["residence"]
        found["department"] = place if place and place not in ELSEWHERE else None
        found["region"] = (
            "nouvelle_aquitaine" if found["department"] else place if place in ELSEWHERE else None
        )
    return found


def project_fields(data: msgspec.Struct) -> dict[str, Any]:
    """The fields of `Project` that a form asked about, from its data; `duration` is a band of the taxonomy."""
    said = msgspec.structs.asdict(data)
    found = {name: said[name] for name in Project.__struct_fields__ if name in said}
    if "duration" in said:
        band = taxonomy.entries("durations").get(said["duration"] or "")
        found["duration_min_weeks"] = band.min_weeks if band else None
        found["duration_max_weeks"] = band.max_weeks if band else None
    return found


def values_of(profile: Profile, project: Project) -> dict[str, Any]:
    """What the fields of a form show for a profile and a project."""
    return {
        **{f: getattr(profile, f) for f in Profile.__struct_fields__},
        **{f: getattr(project, f) for f in Project.__struct_fields__},
        "languages": [f"{skill.code}:{skill.level}" for skill in profile.languages],
        "flags": [f"{flag}:{'yes' if said else 'no'}" for flag, said in profile.flags.items()],
        "residence": profile.department
        or (profile.region if profile.region in ELSEWHERE else None),
        "duration": next(
            (
                band.id
                for band in taxonomy.entries("durations").values()
                if (band.min_weeks, band.max_weeks)
                == (project.duration_min_weeks, project.duration_max_weeks)
            ),
            None,
        ),
    }


def words_of(profile: Profile, project: Project) -> dict[str, str]:
    """What a profile and a project say, field by field, as people read it; an empty string for what is not known."""
    said: dict[str, str] = {}
    for name, value in values_of(profile, project).items():
        kind = _KINDS.get(name) or {"nationality": "countries", "countries": "countries"}.get(name)
        if not value and value != 0:
            said[name] = ""
        elif kind is not None:
            ids = [value] if isinstance(value, str) else value
            said[name] = ", ".join(taxonomy.label(kind, id_) for id_ in ids)
        elif name == "languages":
            said[name] = ", ".join(
                f"{taxonomy.label('languages', code)} {level}"
                for code, _sep, level in (row.partition(":") for row in value)
            )
        elif name == "flags":
            said[name] = ", ".join(
                taxonomy.label("flags", flag)
                for flag, _sep, answer in (row.partition(":") for row in value)
                if answer == "yes"
            )
        elif name == "residence":
            said[name] = dict(residences()).get(value, value)
        else:
            said[name] = str(value)
    return said


def typed_of(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The pairs that a form holding `values` (of `values_of`) sends: what `read` reads back."""
    pairs: list[tuple[str, str]] = []
    for name, value in values.items():
        if name == "languages":
            for row in value:
                code, _sep, level = str(row).partition(":")
                pairs += [("language_code", code), ("language_level", level)]
        elif name == "flags":
            pairs += [(f"flag_{row.partition(':')[0]}", row) for row in value]
        elif isinstance(value, (list, tuple)):
            pairs += [(name, str(one)) for one in value]
        elif value is not None:
            pairs.append((name, str(value)))
    return pairs


def months(today: date, present: str | None) -> list[tuple[str, str]]:
    """The next twenty-four months as (`YYYY-MM`, name), and the `present` answer should it lie outside."""
    firsts = [
        date(today.year + (today.month - 1 + ahead) // 12, (today.month - 1 + ahead) % 12 + 1, 1)
        for ahead in range(24)
    ]
    if present:
        firsts.append(date.fromisoformat(f"{present}-01"))
    return [(f"{first:%Y-%m}", month(first)) for first in sorted(set(firsts))]
