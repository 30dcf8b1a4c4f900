"""Needs as columns: what the rules read of one youth, or of fifty thousand, place by place.

What is not known is 0, or -1 where 0 says something; a question that is answered yes or no is 1, -1, or 0 when not answered.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np

from hookspecs import LanguageSkill, Need, Profile, taxonomy
from plugins.matching_rules.bits import (
    COUNTRY_WORDS,
    DEPARTMENT_WORDS,
    LANGUAGE_WORDS,
    Array,
    bits,
    country_bits,
    department,
    language_bits,
    pack,
    subset,
    union,
)
from plugins.matching_rules.days import departure_days, month_end, month_number, number, open_days
from plugins.matching_rules.places import WORLD, homes, zone_countries, zones_of

RANKS = {level.id: level.rank for level in taxonomy.entries("cefr").values()}
LEVELS = len(RANKS)
"""A0 to C2."""
IN_REGION, ELSEWHERE, ABROAD = 1, 2, 3
ALONE, GROUP = 1, 2
FRENCH, UNION, AREA = 1, 2, 4
GRADUATE = "jeune_diplome"

_REGIONS = {"nouvelle_aquitaine": IN_REGION, "autre_region": ELSEWHERE, "etranger": ABROAD}
_COMPANY = {"individuel": ALONE, "groupe": GROUP}
_UNION = frozenset({"FR", *taxonomy.countries_of("europe_ue")})
_AREA = _UNION | {"IS", "LI", "NO"}
_FRENCH = frozenset(["FR", "BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "WF", "YT"])
"""Codes under which a French citizen may be written: France and its overseas territories."""
_LEARNERS = frozenset(
    entry.id
    for entry in taxonomy.entries("statuses").values()
    if entry.group in {"scolaire", "formation"}
)


class Youths(msgspec.Struct, frozen=True):
    """The columns. Sets of countries, languages and departments are packed (words, youths), those by level of language
    (words, levels, youths).

    `study` is the level that counts for a sheet's level of studies, 0 when none does or when it is not known
    (`study_unknown`);
    `weeks_left` until the end of the month of departure; `wanted` the countries of the project.
    """

    today: Array
    this_month: Array
    leaving_first: Array
    leaving_last: Array
    leaving_month: Array
    birth: Array
    disabled: Array
    statuses: Array
    diploma: Array
    preparing: Array
    knows_preparing: Array
    study: Array
    study_unknown: Array
    citizenship: Array
    knows_citizenship: Array
    region: Array
    knows_department: Array
    yes: Array
    no: Array
    has_languages: Array
    omits_french: Array
    domains: Array
    interests: Array
    interest_count: Array
    knows_wanted: Array
    wanted_zones: Array
    least_weeks: Array
    most_weeks: Array
    knows_weeks: Array
    budget: Array
    month: Array
    month_last: Array
    weeks_left: Array
    company: Array
    department: Array
    wanted: Array
    unwanted: Array
    spoken: Array
    foreign: Array
    native: Array


_NUMBERS = Youths.__struct_fields__[:-6]
_EVERYWHERE = (1 << 64 * COUNTRY_WORDS) - 1


def columns(needs: Sequence[Need], horizon_months: int) -> Youths:
    """The needs, place by place. A project without a departure leaves within the horizon.

    The columns of a single need are plain numbers, which cost less and mean the same.
    """
    rows = [_row(need, horizon_months) for need in needs]
    numbers = rows[0] if len(rows) == 1 else map(np.array, zip(*rows, strict=True))
    wanted = [_wanted(need.project.countries, need.project.zones) for need in needs]
    languages, foreign, native = zip(
        *[_speaking(need.profile.languages) for need in needs], strict=True
    )
    found: Any = (
        *numbers,
        pack([_department(need.profile) for need in needs], DEPARTMENT_WORDS),
        pack(wanted, COUNTRY_WORDS),
        pack([_EVERYWHERE & ~places for places in wanted], COUNTRY_WORDS),
        _by_level(languages, LANGUAGE_WORDS),
        _by_level(foreign, COUNTRY_WORDS),
        _by_level(native, COUNTRY_WORDS),
    )
    return Youths(*found)


def application_days(youths: Youths, campaign: Array) -> tuple[Array, Array]:
    """The first and the last day on which each may apply: in the months of the campaign, before leaving."""
    return open_days(
        youths.today, youths.this_month, youths.leaving_last, youths.leaving_month, campaign
    )


def at_level(by_level: Array, level: Array) -> Array:
    """The packed sets at each level, for one youth and many levels or many youths and one level."""
    return by_level[:, level].reshape(len(by_level), -1)


def _by_level(sets: Sequence[Sequence[int]], words: int) -> Array:
    """Sets by level as an array (words, levels, youths)."""
    flat = [one[level] for level in range(LEVELS) for one in sets]
    return pack(flat, words).reshape(words, LEVELS, -1)


def _row(need: Need, horizon_months: int) -> tuple[Any, ...]:
    """The numbers of one need, in the order of `_NUMBERS`."""
    profile, project, today = need.profile, need.project, need.today
    first, last = departure_days(today, project.departure, horizon_months)
    statuses = frozenset(profile.statuses)
    diploma, preparing = _diploma(profile.diploma), _diploma(profile.preparing)
    learns = _learns(statuses, profile.preparing)
    left_school = learns == -1 and GRADUATE in statuses
    study = preparing or (diploma if left_school else 0)
    flags, known = profile.flags, bits("flags")
    named = month_end(project.departure) if project.departure else None
    least, most = project.duration_min_weeks, project.duration_max_weeks
    return (
        number(today),
        month_number(today),
        number(first),
        number(last),
        month_number(last),
        number(profile.birth_date) if profile.birth_date else 0,
        _answer(flags.get("handicap")),
        subset("statuses", profile.statuses),
        diploma,
        preparing,
        preparing != 0 or learns == -1,
        study,
        study == 0 and (learns != -1 or left_school),
        _citizenship(profile.nationality),
        profile.nationality is not None,
        _region(profile),
        profile.department is not None,
        union(known, (flag for flag, said in flags.items() if said)),
        union(known, (flag for flag, said in flags.items() if not said)),
        bool(profile.languages),
        not any(skill.code == "fr" for skill in profile.languages),
        subset("domains", project.domains),
        subset("interests", profile.interests),
        len(profile.interests),
        _wanted(project.countries, project.zones) != 0,
        _wanted_zones(project.countries, project.zones),
        float(least or 0),
        float("inf") if most is None else float(most),
        least is not None or most is not None,
        -1 if profile.budget_eur is None else profile.budget_eur,
        month_number(named) if named else -1,
        number(named) if named else 0,
        max(0, (named - today).days) / 7 if named else 0.0,
        _COMPANY.get(project.alone_or_group or "", 0),
    )


def _answer(said: bool | None) -> int:
    return 0 if said is None else 1 if said else -1


def _diploma(level: str | None) -> int:
    return 0 if level is None else taxonomy.rank("diploma_levels", level)


def _learns(statuses: frozenset[str], preparing: str | None) -> int:
    """Whether they are in school or training. One inference: who has statuses, none of them a learner's, is not."""
    if preparing is not None or statuses & _LEARNERS:
        return 1
    return -1 if statuses else 0


def _citizenship(nationality: str | None) -> int:
    if nationality in _FRENCH:
        return FRENCH | UNION | AREA
    return (UNION if nationality in _UNION else 0) | (AREA if nationality in _AREA else 0)


def _region(profile: Profile) -> int:
    """Without a region, the department tells it."""
    if profile.region is None and profile.department is not None:
        return IN_REGION if profile.department in taxonomy.entries("departments") else ELSEWHERE
    return _REGIONS.get(profile.region or "", 0)


def _department(profile: Profile) -> int:
    return 0 if profile.department is None else department(profile.department)


@lru_cache(maxsize=4096)
def _wanted(countries: tuple[str, ...], zones: tuple[str, ...]) -> int:
    """The countries of a project; none without preference."""
    found = union(country_bits(), countries)
    if countries or WORLD in zones:
        return found
    for zone in zones:
        found |= zone_countries(zone)
    return found


@lru_cache(maxsize=4096)
def _wanted_zones(countries: tuple[str, ...], zones: tuple[str, ...]) -> int:
    return subset("zones", zones) | zones_of(union(country_bits(), countries))


@lru_cache(maxsize=4096)
def _speaking(skills: tuple[LanguageSkill, ...]) -> tuple[list[int], list[int], list[int]]:
    """By level: the languages at that level or above, and the countries where one of them would do: without French where
    there is another (`foreign`), or any (`native`).
    """
    spoken, foreign, native = [0] * LEVELS, [0] * LEVELS, [0] * LEVELS
    for skill in skills:
        tongue = language_bits().get(skill.code, 0)
        abroad = homes(foreign=True).get(skill.code, 0)
        anywhere = homes(foreign=False).get(skill.code, 0)
        for level in range(RANKS[skill.level] + 1):
            spoken[level] |= tongue
            foreign[level] |= abroad
            native[level] |= anywhere
    return spoken, foreign, native
