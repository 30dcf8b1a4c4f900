"""Many needs as columns, one row for each youth: what the rules read on the youth's side."""

from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache

import msgspec
import numpy as np

from hookspecs import Need, Profile, taxonomy
from plugins.matching_rules.arrays import (
    NO,
    NONE,
    UNKNOWN,
    YES,
    Array,
    bits,
    column,
    country_places,
    country_sets,
    zone_sets,
)
from plugins.matching_rules.dates import application_span, departure_span, month_span
from plugins.matching_rules.facts import (
    ECONOMIC_AREA,
    FRENCH,
    LEARNERS,
    REGION,
    UNION,
    wanted_countries,
    wanted_zones,
)

ELSEWHERE, OTHER_REGION, IN_REGION = 1, 2, 3
CITIZENS = {"any": 0, "eee": 2, "ue": 3, "fr": 4}
"""From the widest to the narrowest: who is of one is of those before it."""
_HOMES = {"etranger": ELSEWHERE, "autre_region": OTHER_REGION, "nouvelle_aquitaine": IN_REGION}

SpanKey = tuple[str, tuple[int, ...]]


class Youths(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of one row a youth. Ranks, amounts and lengths that are not told are `NONE`; days read as YYYYMMDD.

    `calendars` are the distinct (today, departure), `wishes` the distinct destinations; `calendar` and `wish` say whose is whose.
    """

    count: int
    horizon_months: int
    birth: Array
    citizen: Array
    home: Array
    department: Array
    statuses: Array
    learns: Array
    diploma: Array
    preparing: Array
    tongues: tuple[str, ...]
    levels: Array
    flags_yes: Array
    flags_no: Array
    domains: Array
    interests: Array
    company: Array
    budget: Array
    shortest: Array
    longest: Array
    calendars: tuple[tuple[date, str | None], ...]
    calendar: Array
    wishes: tuple[tuple[frozenset[str] | None, frozenset[str]], ...]
    wish: Array

    def days(self, keys: Sequence[SpanKey]) -> tuple[Array, Array]:
        """The first and the last of the days that count, for each youth and each kind of campaign."""
        spans = np.array(
            [
                [days_that_count(*calendar, self.horizon_months, *key) for key in keys]
                for calendar in self.calendars
            ],
            dtype=np.int64,
        ).reshape(len(self.calendars), len(keys), 2)[self.calendar]
        return spans[..., 0], spans[..., 1]

    def leaving(self) -> tuple[Array, Array, Array]:
        """The last day of the month of departure, its number (0: not known), and the weeks left until then."""
        found = np.array(
            [
                (0, 0, 0.0) if month is None else month_of_departure(today, month)
                for today, month in self.calendars
            ]
        )[self.calendar]
        return found[:, 0:1], found[:, 1:2], found[:, 2:3]

    def wished(self) -> Array:
        """The countries wished for, as rows of 0 and 1 for each of `wishes`."""
        return country_sets([countries or () for countries, _ in self.wishes])

    def wished_zones(self) -> Array:
        """The zones of each of `wishes`, as bits."""
        return zone_sets([zones for _, zones in self.wishes])

    def speaks(self, tongue: str | None = None) -> Array:
        """Whether a language is named, any or this one: the level is another matter."""
        if tongue is None:
            some: Array = (self.levels != NONE).any(axis=1, keepdims=True)
            return some
        place = self.tongues.index(tongue)
        one: Array = self.levels[:, place : place + 1] != NONE
        return one

    def understood(self, sheets: "Hosting", *, besides_french: bool) -> tuple[Array, Array]:
        """For each youth and sheet: the best level in the languages that would do (`NONE` without any), and whether French would.

        `dest` is a language of the host countries, narrowed to those wished for where the programme goes there.
        """
        table = _tongues(self.tongues, besides_french=besides_french)
        wished = self.wished()
        there = (wished @ sheets.reach.T > 0)[:, :, None]
        narrowed = (sheets.reach[None] * wished[:, None]) @ table > 0
        by_host = np.where(there, narrowed, sheets.reach @ table > 0)
        named = sheets.named[:, [tongue_places()[tongue] for tongue in self.tongues]]
        accepted = np.where(sheets.hosted[:, None], by_host, named)[self.wish]
        best = np.where(accepted, self.levels[:, None, :], NONE).max(axis=2)
        return best, accepted[:, :, self.tongues.index("fr")]


class Hosting(msgspec.Struct, frozen=True, kw_only=True):
    """Where sheets lead, a row for each, and the languages that they name; `hosted` are those that want the host's."""

    reach: Array
    named: Array
    hosted: Array


def read_hosting(codes: Sequence[str], leads: Sequence[frozenset[str]]) -> Hosting:
    """From the language code of each sheet, empty for none, and the countries where it may lead."""
    named = [
        [
            tongue in (taxonomy.EU_LANGUAGES if code == "ue" else (code,))
            for tongue in tongue_places()
        ]
        for code in codes
    ]
    return Hosting(
        reach=country_sets(leads),
        named=np.array(named, dtype=bool).reshape(len(codes), len(tongue_places())),
        hosted=np.array([code == "dest" for code in codes], dtype=bool),
    )


@cache
def tongue_places() -> dict[str, int]:
    """The place of each language in the matrices."""
    codes = {code for code, _name in taxonomy.languages()} | taxonomy.EU_LANGUAGES
    return {code: place for place, code in enumerate(sorted(codes))}


@lru_cache(maxsize=256)
def _tongues(tongues: tuple[str, ...], *, besides_french: bool) -> Array:
    """Which of these languages are spoken in each country; French, if beside, only where nothing else is."""
    table = np.zeros((len(country_places()), len(tongues)), dtype=np.float32)
    for country, place in country_places().items():
        spoken = taxonomy.host_languages(country)
        if besides_french:
            spoken = spoken - {"fr"} or spoken
        table[place] = [tongue in spoken for tongue in tongues]
    return table


@lru_cache(maxsize=8192)
def days_that_count(
    today: date, departure: str | None, horizon: int, reference: str, months: tuple[int, ...]
) -> tuple[int, int]:
    """First and last of the days on which an age is read, or one may apply."""
    span = departure_span(today, departure, horizon)
    if reference != "depart":
        span = application_span(today, span, months)
    return as_number(span.first), as_number(span.last)


def as_number(day: date) -> int:
    """20270125: the difference of two, cut to whole ten thousands, is an age."""
    return day.year * 10_000 + day.month * 100 + day.day


def prepare_youths(needs: Sequence[Need], horizon_months: int) -> Youths:
    """The columns of these needs, in their order."""
    profiles, projects = [need.profile for need in needs], [need.project for need in needs]
    calendars: dict[tuple[date, str | None], int] = {}
    wishes: dict[tuple[frozenset[str] | None, frozenset[str]], int] = {}
    spoken = {skill.code for profile in profiles for skill in profile.languages}
    tongues = tuple(sorted({"fr", *spoken & tongue_places().keys()}))
    return Youths(
        count=len(needs),
        horizon_months=horizon_months,
        birth=column([as_number(p.birth_date) if p.birth_date else NONE for p in profiles]),
        citizen=column([_citizen(p.nationality) for p in profiles]),
        home=column([_home(p) for p in profiles]),
        department=column([department_number(p.department) for p in profiles]),
        statuses=column([bits("statuses", p.statuses) for p in profiles]),
        learns=column([_learns(p) for p in profiles]),
        diploma=column([_rank(p.diploma) for p in profiles]),
        preparing=column([_rank(p.preparing) for p in profiles]),
        tongues=tongues,
        levels=_levels(profiles, tongues),
        flags_yes=column([bits("flags", _answered(p, yes=True)) for p in profiles]),
        flags_no=column([bits("flags", _answered(p, yes=False)) for p in profiles]),
        domains=column([bits("domains", p.domains) for p in projects]),
        interests=column([bits("interests", p.interests) for p in profiles]),
        company=column([COMPANY.get(p.alone_or_group or "", 0) for p in projects]),
        budget=column([_told(p.budget_eur) for p in profiles]),
        shortest=column([_told(p.duration_min_weeks) for p in projects]),
        longest=column([_told(p.duration_max_weeks) for p in projects]),
        calendar=np.array(
            [
                calendars.setdefault((need.today, need.project.departure), len(calendars))
                for need in needs
            ],
            dtype=np.intp,
        ),
        calendars=tuple(calendars),
        wish=np.array(
            [
                wishes.setdefault((wanted_countries(p), wanted_zones(p)), len(wishes))
                for p in projects
            ],
            dtype=np.intp,
        ),
        wishes=tuple(wishes),
    )


COMPANY = {"individuel": 1, "groupe": 2}
"""What is wished for; either, or nothing said, is no preference."""


def _told(value: int | None) -> int:
    return NONE if value is None else value


def _rank(level: str | None) -> int:
    return NONE if level is None else taxonomy.rank("diploma_levels", level)


def _answered(profile: Profile, *, yes: bool) -> list[str]:
    return [flag for flag, answer in profile.flags.items() if answer is yes]


def _learns(profile: Profile) -> int:
    if profile.preparing is not None or not LEARNERS.isdisjoint(profile.statuses):
        return YES
    return NO if profile.statuses else UNKNOWN


@cache
def _citizen(country: str | None) -> int:
    """0 when not known, 1 for others, else as in `CITIZENS`."""
    if country is None:
        return 0
    if country in FRENCH:
        return CITIZENS["fr"]
    if country in UNION:
        return CITIZENS["ue"]
    return CITIZENS["eee"] if country in ECONOMIC_AREA else 1


def _home(profile: Profile) -> int:
    """Without a region, the department tells it; 0 when neither is known."""
    if profile.region is not None:
        return _HOMES[profile.region]
    if profile.department is None:
        return 0
    return IN_REGION if profile.department in REGION else OTHER_REGION


def department_number(code: str | None) -> int:
    """« 33 », « 2A », « 971 » as numbers that differ; `NONE` when not known."""
    return NONE if code is None else int.from_bytes(code.encode()[:7], "big")


def _levels(profiles: Sequence[Profile], tongues: tuple[str, ...]) -> Array:
    """The rank in each language, `NONE` where it is not named."""
    places = {code: place for place, code in enumerate(tongues)}
    found = np.full((len(profiles), len(tongues)), NONE, dtype=np.int8)
    for number, profile in enumerate(profiles):
        for skill in profile.languages:
            if skill.code in places:
                found[number, places[skill.code]] = taxonomy.rank("cefr", skill.level)
    return found


def week_count(first: date, last: date) -> float:
    """Weeks from one day to another; none when it is past."""
    return max(0, (last - first).days) / 7


@lru_cache(maxsize=2048)
def month_of_departure(today: date, departure: str) -> tuple[int, int, float]:
    """The last day of the month, its number, and how many weeks are left until then."""
    month = month_span(departure)
    return as_number(month.last), month.first.month, week_count(today, month.last)
