"""The bundled strategy against a plain loop with the four checks that anyone would write."""

import time
from datetime import date
from random import Random
from statistics import median

from msgspec.structs import replace

from core.contracts.matching import LanguageSkill, Need, Profile, Project

NEED = Need(
    profile=Profile(
        birth_date=date(2006, 5, 31),
        nationality="FR",
        department="33",
        region="nouvelle_aquitaine",
        statuses=("etudiant",),
        diploma="bac",
        preparing="bac_3",
        languages=(LanguageSkill(code="fr", level="C2"), LanguageSkill(code="en", level="B2")),
        budget_eur=1500,
        flags={"boursier_crous": True},
        interests=("langues", "culture"),
    ),
    project=Project(
        domains=("etudes", "stage", "volontariat"),
        zones=("europe_ue",),
        countries=("DE",),
        duration_min_weeks=12,
        duration_max_weeks=40,
        departure="2027-09",
    ),
    today=date(2027, 1, 25),
)


def varied(programmes, count):
    """So many sheets: copies with other ages, durations and domains."""
    chance = Random(2027)
    return [
        replace(
            original := programmes[number % len(programmes)],
            id=f"{original.id}-{number}",
            age_min=chance.randint(14, 20),
            age_max=chance.randint(20, 35),
            duration_min_weeks=chance.randint(1, 12),
            domains=tuple(chance.sample(("etudes", "stage", "emploi", "chantier", "langue"), 2)),
        )
        for number in range(count)
    ]


def plain_loop(programmes):
    """Age, status, then how many domains and countries are shared; sorted."""
    age, profile, project = 20, NEED.profile, NEED.project
    found = []
    for programme in programmes:
        excluded = not (
            (programme.age_min or 0) <= age <= (programme.age_max or 99)
            and (
                not programme.statuses
                or "tous" in programme.statuses
                or set(programme.statuses) & set(profile.statuses)
            )
        )
        score = len(set(programme.domains) & set(project.domains)) + len(
            set(programme.countries) & set(project.countries)
        )
        found.append((excluded, -score, programme.id))
    return sorted(found)


def timed(call, rounds):
    """Median duration of so many calls, in seconds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return median(times)
