"""What the youth aims at: domains, places, interests, company."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hookspecs import N_, Need, Programme, Reason, Said, Tone
from plugins.matching_rules.bits import COUNTRY_WORDS, Array, bits, meet, pack, union
from plugins.matching_rules.criteria.base import Facts, Found, Outcome, SoftRule, column
from plugins.matching_rules.places import WORLD, reach, zones_of
from plugins.matching_rules.rulebook import Rules
from plugins.matching_rules.youths import ALONE, GROUP, Youths

_FEW = 3
_COMPANY = {"individuel": ALONE, "groupe": GROUP, "les_deux": ALONE | GROUP}


class _Ordered(NamedTuple):
    """A set, and its first member."""

    first: Array
    all: Array


class Domains(SoftRule):
    """A domain in common; best when it is the sheet's first."""

    name = "domains"
    label = N_("Domaine")
    _, COMMON, NONE = range(3)

    def facts(self, programme: Programme) -> Facts:
        """The domains."""
        return programme.domains

    def knows(self, youths: Youths) -> Array | bool:
        """Domains were told."""
        known: Array | bool = youths.domains != 0
        return known

    def prepare(self, facts: Sequence[Facts]) -> _Ordered:
        """The sheet's domains and the first of them."""
        known = bits("domains")
        return _Ordered(
            first=column(union(known, domains[:1]) for domains in facts),
            all=column(union(known, domains) for domains in facts),
        )

    def judge(self, youths: Youths, sheets: _Ordered, rules: Rules) -> Outcome:
        """1 for the first, a little less for another."""
        common = sheets.all & youths.domains != 0
        marks = np.where(common, rules.marks.domain_second, 0.0)
        marks[sheets.first & youths.domains != 0] = 1.0
        return Outcome(np.where(common, self.COMMON, self.NONE), marks)

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """The domains in common, or those of each side."""
        wished, offered = need.project.domains, Said("domains", facts)
        if found.case == self.NONE:
            return self.reason("against", Said("domains", wished), offered)
        common = tuple(domain for domain in facts if domain in wished)
        tone: Tone = "for" if found.mark >= self.WORTH else "against"
        return self.reason(tone, Said("domains", common), offered)


class _Reaches(NamedTuple):
    """Where sheets lead: countries (packed), their zones, whether to the whole world, whether they tell."""

    countries: Array
    zones: Array
    world: Array
    told: Array


class Places(SoftRule):
    """Leads where the youth wants to go; the more it is meant for there, the better."""

    name = "places"
    label = N_("Destination")
    SILENT, TOLD = range(2)

    def facts(self, programme: Programme) -> Facts:
        """Zones, countries, and countries left out."""
        return (programme.zones, programme.countries, programme.countries_excluded)

    def knows(self, youths: Youths) -> Array | bool:
        """Places were told."""
        return youths.knows_wanted

    def prepare(self, facts: Sequence[Facts]) -> _Reaches:
        """The countries of each sheet."""
        reaches = [reach(*places) for places in facts]
        return _Reaches(
            countries=pack(reaches, COUNTRY_WORDS),
            zones=column(zones_of(countries) for countries in reaches),
            world=column(WORLD in zones and not countries for zones, countries, _ in facts),
            told=column(bool(zones or countries) for zones, countries, _ in facts),
        )

    def judge(self, youths: Youths, sheets: _Reaches, rules: Rules) -> Outcome:
        """Meant for these places, open to them among others, near them, or elsewhere."""
        marks = rules.marks
        near = np.where(sheets.zones & youths.wanted_zones != 0, marks.place_near, 0.0)
        beyond = meet(sheets.countries, youths.unwanted)
        wide = np.where(sheets.world, marks.place_world, marks.place_open)
        there = np.where(beyond, wide, marks.place_dedicated)
        found = np.where(meet(sheets.countries, youths.wanted), there, near)
        cases = np.where(sheets.told, self.TOLD, self.SILENT)
        return Outcome(cases, np.where(sheets.told, found, self.MIDDLE))

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """Where the youth wants to go, and where the sheet leads."""
        project, (zones, countries, _) = need.project, facts
        wished = (
            Said("countries", project.countries)
            if project.countries
            else Said("zones", project.zones)
        )
        tone: Tone = "for" if found.mark >= self.WORTH else "against"
        few = countries if 0 < len(countries) <= _FEW else zones
        return self.reason(tone, wished, Said("places", few))


class Interests(SoftRule):
    """Interests in common; two are plenty."""

    name = "interests"
    label = N_("Centres d’intérêt")
    NONE, COMMON = range(2)

    def facts(self, programme: Programme) -> Facts:
        """The tags."""
        return programme.tags

    def knows(self, youths: Youths) -> Array | bool:
        """Interests were told."""
        return youths.interest_count > 0

    def prepare(self, facts: Sequence[Facts]) -> Array:
        """The sheet's tags."""
        return column(union(bits("interests"), tags) for tags in facts)

    def judge(self, youths: Youths, sheets: Array, rules: Rules) -> Outcome:
        """The share of two, or of the youth's own when they have one."""
        common = np.bitwise_count(sheets & youths.interests)
        enough = np.maximum(1, np.minimum(2, youths.interest_count))
        cases = np.where(common > 0, self.COMMON, self.NONE)
        return Outcome(cases, np.minimum(1.0, common / enough))

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """The interests in common; without any, silence."""
        common = tuple(interest for interest in need.profile.interests if interest in facts)
        return self.reason("for", Said("interests", common), Said("interests", facts))


class Company(SoftRule):
    """Alone or in a group, as they wish."""

    name = "company"
    label = N_("Seul·e ou en groupe")
    SUITS, DIFFERS = range(2)

    def facts(self, programme: Programme) -> Facts:
        """Alone, in a group, or both."""
        return (programme.group_mode,)

    def knows(self, youths: Youths) -> Array | bool:
        """They prefer one of the two."""
        known: Array | bool = youths.company != 0
        return known

    def prepare(self, facts: Sequence[Facts]) -> Array:
        """The modes as bits."""
        return column(_COMPANY[mode] for (mode,) in facts)

    def judge(self, youths: Youths, sheets: Array, rules: Rules) -> Outcome:
        """All or nothing."""
        suits = sheets & youths.company != 0
        return Outcome(np.where(suits, self.SUITS, self.DIFFERS), np.where(suits, 1.0, 0.0))

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """Only what differs."""
        wished = Said("group_modes", (need.project.alone_or_group,))
        return self.reason("against", wished, Said("group_modes", facts))
