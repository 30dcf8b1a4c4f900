"""A need and a sheet, prepared for the rules: sets instead of lists, ranks instead of ids, places as countries.

A sheet is prepared once and kept; a need once for each ranking.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from hookspecs import Need, Profile, Programme, Project, _, taxonomy, words
from plugins.matching_rules.dates import Span, age_on, application_span, departure_span, month_span
from plugins.matching_rules.words import Voice

WORLD = "monde"
LEARNERS = frozenset(
    entry.id
    for entry in taxonomy.entries("statuses").values()
    if entry.group in {"scolaire", "formation"}
)
REGION = frozenset(taxonomy.entries("departments"))
UNION = frozenset({"FR", *taxonomy.countries_of("europe_ue")})
ECONOMIC_AREA = UNION | {"IS", "LI", "NO"}
FRENCH = frozenset(["FR", "BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "WF", "YT"])
"""Codes under which a French citizen may be written: France and its overseas territories."""
ABROAD = frozenset(
    country
    for zone in taxonomy.entries("zones").values()
    if zone.id != "france"
    for country in zone.countries
)


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A programme, prepared in one language. `reach` is every country where it may lead; `cost` the
    least and the most to bring; `advised` the rank of the level advised; `words` its side of each reason.
    """

    programme: Programme
    locale: str
    statuses: frozenset[str]
    for_anyone: bool
    diploma_min: int | None
    diploma_max: int | None
    study_min: int | None
    study_max: int | None
    reach: frozenset[str]
    zones: frozenset[str | None]
    is_world: bool
    campaign: tuple[int, ...]
    interests: frozenset[str]
    cost: tuple[int, int] | None
    advised: int | None
    words: Mapping[str, str]


def prepare_sheet(programme: Programme, locale: str) -> Sheet:
    """The sheet as the rules want it, worded in the present language, which is `locale`."""
    leads = reach(programme)
    return Sheet(
        programme=programme,
        locale=locale,
        statuses=frozenset(programme.statuses),
        for_anyone="tous" in programme.statuses,
        diploma_min=_diploma(programme.diploma_min),
        diploma_max=_diploma(programme.diploma_max),
        study_min=_diploma(programme.study_level_min),
        study_max=_diploma(programme.study_level_max),
        reach=leads,
        zones=frozenset(map(taxonomy.zone_of, leads)),
        is_world=WORLD in programme.zones and not programme.countries,
        campaign=campaign(programme),
        interests=frozenset(programme.tags),
        cost=cost(programme.budget_band),
        advised=(
            taxonomy.rank("cefr", programme.language_recommended.level_min)
            if programme.language_recommended
            else None
        ),
        words={
            "age": words.ages(programme),
            "statut": words.public(programme),
            "diplome": words.levels(programme),
            "nationalite": words.nationality(programme),
            "residence": words.residence(programme),
            "langue": words.language(programme.language),
            "flags": words.labels("flags", programme.requires_flags),
            "any": words.any_of(programme),
            "domains": words.labels("domains", programme.domains),
            "places": words.places(programme, most=3),
            "duration": words.duration(programme.duration_min_weeks, programme.duration_max_weeks),
            "budget": words.cost(programme),
            "interests": words.labels("interests", programme.tags, most=4),
            "language": words.language(programme.language_recommended),
            "application": words.application(programme),
            "departure": words.months(programme.departure_months),
            "company": taxonomy.label("group_modes", programme.group_mode),
            "lead": words.length(programme.lead_time_weeks) if programme.lead_time_weeks else "",
        },
    )


def _diploma(level: str | None) -> int | None:
    return None if level is None else taxonomy.rank("diploma_levels", level)


def campaign(programme: Programme) -> tuple[int, ...]:
    """The months in which one applies; empty for any."""
    return () if programme.application_mode == "rolling" else programme.application_months


def cost(band_id: str | None) -> tuple[int, int] | None:
    """The least and the most that a stay takes, in euros."""
    if band_id is None:
        return None
    band = taxonomy.entries("budget_bands")[band_id]
    return band.min_eur, band.max_eur or band.min_eur


def reach(programme: Programme) -> frozenset[str]:
    """Every country where the programme may lead."""
    found: set[str] = set(programme.countries)
    if not found:
        for zone in programme.zones:
            found |= ABROAD if zone == WORLD else set(taxonomy.countries_of(zone))
    return frozenset(found.difference(programme.countries_excluded))


class Youth(msgspec.Struct, frozen=True, kw_only=True):
    """A need, prepared. None means not known, as in the profile.

    `learns` tells whether they are in school or training; `wanted` the countries of the project, None without preference.
    `words` is the youth's side of each reason; `spans` keeps what many sheets ask for.
    """

    profile: Profile
    project: Project
    need: Need
    statuses: frozenset[str]
    learns: bool | None
    diploma: int | None
    preparing: int | None
    levels: Mapping[str, int]
    domains: frozenset[str]
    wanted: frozenset[str] | None
    wanted_zones: frozenset[str]
    leaving: Span
    month: Span | None
    words: Mapping[str, str]
    say: Voice
    spans: dict[tuple[str, tuple[int, ...]], Span]

    def span(self, sheet: Sheet) -> Span:
        """The days on which the sheet reads the youth's age."""
        key = (sheet.programme.age_reference, sheet.campaign)
        span = self.spans.get(key)
        if span is None:
            span = self.spans[key] = (
                self.leaving
                if key[0] == "depart"
                else application_span(self.need.today, self.leaving, sheet.campaign)
            )
        return span

    def applies(self, sheet: Sheet) -> Span:
        """The days on which one may apply for the sheet, whatever day its age is read on."""
        return application_span(self.need.today, self.leaving, sheet.campaign)

    def ages(self, sheet: Sheet) -> tuple[int, int] | None:
        """The youngest and the oldest that the youth is over the days that count; None without a birth date."""
        birth = self.profile.birth_date
        if birth is None:
            return None
        span = self.span(sheet)
        return age_on(birth, span.first), age_on(birth, span.last)

    def name(self, kind: str, ids: Sequence[str]) -> str:
        """The names of taxonomy values, enumerated."""
        return self.say.phrase(kind, tuple(ids))

    def skills(self, codes: Collection[str]) -> str:
        """« Anglais B2 et Espagnol A2 »: the youth's own level in those of the languages that they have."""
        return self.say.skills(
            tuple((s.code, s.level) for s in self.profile.languages if s.code in codes)
        )

    def useful(self, sheet: Sheet, code: str, *, besides_french: bool) -> frozenset[str]:
        """The languages that would do, the host's being those of the wished countries where the programme goes there."""
        if code == "ue":
            return taxonomy.EU_LANGUAGES
        if code != "dest":
            return frozenset({code})
        hosts = sheet.reach if self.wanted is None else sheet.reach & self.wanted or sheet.reach
        found: set[str] = set()
        for country in hosts:
            tongues = taxonomy.host_languages(country)
            found |= (tongues - {"fr"} or tongues) if besides_french else tongues
        return frozenset(found)

    def flag(self, name: str) -> bool | None:
        """Yes, no, or not known."""
        return self.profile.flags.get(name)


def prepare_youth(need: Need, horizon_months: int, voice: Voice) -> Youth:
    """The need as the rules want it."""
    profile, project = need.profile, need.project
    statuses = frozenset(profile.statuses)
    return Youth(
        profile=profile,
        project=project,
        need=need,
        statuses=statuses,
        learns=_learns(statuses, profile.preparing),
        diploma=_diploma(profile.diploma),
        preparing=_diploma(profile.preparing),
        levels={skill.code: taxonomy.rank("cefr", skill.level) for skill in profile.languages},
        domains=frozenset(project.domains),
        wanted=wanted_countries(project),
        wanted_zones=wanted_zones(project),
        leaving=departure_span(need.today, project.departure, horizon_months),
        month=None if project.departure is None else month_span(project.departure),
        words=_youth_words(profile, project, voice),
        say=voice,
        spans={},
    )


def _youth_words(profile: Profile, project: Project, say: Voice) -> Mapping[str, str]:
    countries, month = project.countries, project.departure
    wished = say.phrase("countries", countries) or say.phrase("zones", project.zones)
    said = {
        "statut": say.phrase("statuses", profile.statuses),
        "domains": say.phrase("domains", project.domains),
        "places": wished,
        "duration": words.duration(project.duration_min_weeks, project.duration_max_weeks),
    }
    if profile.budget_eur is not None:
        said["budget"] = _("%(amount)d € disponibles") % {"amount": profile.budget_eur}
    if month is not None:
        said["departure"] = f"{words.month_name(int(month[5:]))} {month[:4]}"
    if project.alone_or_group is not None:
        said["company"] = taxonomy.label("group_modes", project.alone_or_group)
    return said


def _learns(statuses: frozenset[str], preparing: str | None) -> bool | None:
    if preparing is not None or statuses & LEARNERS:
        return True
    return False if statuses else None


def wanted_countries(project: Project) -> frozenset[str] | None:
    """Where the youth wants to go; None without preference."""
    if project.countries:
        return frozenset(project.countries)
    if not project.zones or WORLD in project.zones:
        return None
    return frozenset(country for zone in project.zones for country in taxonomy.countries_of(zone))


def wanted_zones(project: Project) -> frozenset[str]:
    """The zones named, and those of the countries named."""
    zones = set(project.zones)
    zones.update(zone for zone in map(taxonomy.zone_of, project.countries) if zone is not None)
    return frozenset(zones)
