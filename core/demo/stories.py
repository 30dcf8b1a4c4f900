"""Who the invented youths are and what they want: the example profiles of `config/data`, varied by chance."""

from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from random import Random
from typing import Any

import msgspec

from core.catalogue import taxonomy
from core.contracts.matching import LanguageSkill, Profile, Project

_NAMES = (
    "Aaliyah Abel Adèle Agathe Aïcha Alban Alix Amel Anatole Anouk Apolline Assia Aurèle Axel Baptiste Bintou Camille"
    " Célestin Chadi Clémence Côme Dalia Dimitri Djibril Élias Élise Eloi Emna Enzo Esteban Fanta Faustine Félix Flora"
    " Gabin Gaïa Hafsa Hana Héloïse Hugo Ibrahim Ilyès Inès Iris Ismaël Jade Jonas Joséphine Kadiatou Kenza Kilian"
    " Lana Léonie Leïla Liam Lina Loann Louison Lucas Lya Maël Malo Manon Marceau Mariama Mathis Mélina Mina Moussa"
    " Naël Naomi Nina Octave Oriane Oscar Paloma Paul Quentin Rayan Rémi Rose Safia Samuel Sarah Selma Siméon Soline"
    " Sofiane Suzanne Tao Théa Thibault Timéo Valentine Victor Wassim Yaël Yasmine Youssef Zacharie Zoé"
)
FIRST_NAMES = tuple(_NAMES.split())
"""Invented, each shown with « (démo) » behind it."""

_BEGINNINGS = {
    "etudes": "Faire une partie de mes études",
    "scolarite": "Passer quelques mois dans un lycée",
    "stage": "Trouver un stage",
    "formation_pro": "Me former en entreprise",
    "emploi": "Travailler",
    "entrepreneuriat": "Monter un projet",
    "volontariat": "Partir en volontariat",
    "chantier": "Participer à un chantier",
    "humanitaire": "Être utile sur le terrain",
    "echange": "Vivre un échange de jeunes",
    "au_pair": "Partir au pair",
    "langue": "Progresser dans une langue",
    "vacances": "Voyager autrement",
}


class Residence(msgspec.Struct, frozen=True, kw_only=True):
    """Where an example lives."""

    department: str
    region: str


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What an example wants; `duration_weeks` is (least, most)."""

    domains: tuple[str, ...]
    zones: tuple[str, ...]
    countries: tuple[str, ...]
    duration_weeks: tuple[int, int]


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One profile of `config/data/example_profiles.json`."""

    age: int
    nationality: str
    residence: Residence
    statuses: tuple[str, ...]
    diploma: str | None
    preparing: str | None
    languages: tuple[LanguageSkill, ...]
    budget_eur: int | None
    flags: tuple[str, ...]
    interests: tuple[str, ...]
    experience: str
    passions: str
    project: Wanted


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """One youth's profile and project, and the word that they left when they booked."""

    profile: Profile
    project: Project
    wish: str


def read_examples() -> Sequence[Example]:
    """The examples, with French apostrophes."""
    raw = (files("config") / "data" / "example_profiles.json").read_bytes()
    return msgspec.json.decode(raw.replace(b"'", "’".encode()), type=list[Example])


def tell(chance: Random, examples: Sequence[Example], today: date, department: str) -> Story:
    """A story like one of the examples, of someone who lives in `department`."""
    example = chance.choice(examples)
    age = min(35, max(14, example.age + chance.choice((-1, 0, 0, 1))))
    months = today.year * 12 + today.month - 1 + chance.randint(3, 11)
    least, most = example.project.duration_weeks
    where = _where(example.project)
    wish = f"{_BEGINNINGS[example.project.domains[0]]}{where}."
    budget = example.budget_eur
    profile = Profile(
        birth_date=_birthday(chance, today, age),
        nationality=example.nationality,
        department=department,
        region="nouvelle_aquitaine",
        statuses=example.statuses,
        diploma=example.diploma,
        preparing=example.preparing,
        languages=example.languages,
        budget_eur=budget and max(100, budget + 100 * chance.randint(-3, 5)),
        flags=dict.fromkeys(example.flags, True),
        interests=example.interests,
        experience=_sentence(example.experience),
        passions=_sentence(example.passions),
    )
    project = Project(
        domains=example.project.domains,
        zones=example.project.zones,
        countries=example.project.countries,
        duration_min_weeks=least,
        duration_max_weeks=most,
        departure=f"{months // 12}-{months % 12 + 1:02d}",
        wish=wish,
    )
    return Story(profile=profile, project=project, wish=wish)


def as_json(value: Profile | Project) -> dict[str, Any]:
    """What the database keeps of a profile or a project."""
    built: dict[str, Any] = msgspec.to_builtins(value)
    return built


def _birthday(chance: Random, today: date, age: int) -> date:
    """A birth date of someone who is `age` today."""
    day = date.fromordinal(today.toordinal() - chance.randint(1, 360))
    return day.replace(year=day.year - age, day=min(day.day, 28))


def _where(wanted: Wanted) -> str:
    if wanted.countries == ("FR",):
        return ""
    if wanted.countries:
        return f", de préférence en direction de : {taxonomy.label('countries', wanted.countries[0], 'fr')}"
    return f", du côté de : {taxonomy.label('zones', wanted.zones[0], 'fr')}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""
