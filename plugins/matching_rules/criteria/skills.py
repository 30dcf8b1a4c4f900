"""What one must have: a language, a licence, an experience."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from hookspecs import N_, Need, Profile, Programme, Reason, Said, Tone, taxonomy
from plugins.matching_rules.bits import (
    COUNTRY_WORDS,
    LANGUAGE_WORDS,
    Array,
    bits,
    flags_set,
    language_bits,
    meet,
    pack,
    union,
    unpack,
)
from plugins.matching_rules.criteria.base import (
    Facts,
    Found,
    HardRule,
    Outcome,
    SoftRule,
    column,
)
from plugins.matching_rules.places import homes, reach
from plugins.matching_rules.rulebook import Rules
from plugins.matching_rules.youths import RANKS, Youths, at_level

HOST, UNION = "dest", "ue"


class _Tongues(NamedTuple):
    """The languages that would do; or the countries (`hosts`) of which one must speak the language, from `level` on.

    `top` is the highest level; `leads` tells whether any sheet asks for its hosts' language.
    """

    asked: Array
    level: Array
    french: Array
    accepted: Array
    hosts: Array
    top: int
    leads: bool


def _facts(code: str, level: str, programme: Programme) -> Facts:
    """The rule, and where the sheet leads when the language is the host's."""
    if code != HOST:
        return (code, level)
    return (code, level, programme.zones, programme.countries, programme.countries_excluded)


def _tongues(facts: Sequence[Facts]) -> _Tongues:
    levels = [RANKS[fact[1]] if fact else 0 for fact in facts]
    hosts = [reach(*fact[2:]) if len(fact) > 2 else 0 for fact in facts]
    return _Tongues(
        asked=column(bool(fact) for fact in facts),
        level=column(levels),
        french=column(fact[:1] == ("fr",) for fact in facts),
        accepted=pack([_accepted(fact) for fact in facts], LANGUAGE_WORDS),
        hosts=pack(hosts, COUNTRY_WORDS),
        top=max(levels, default=0),
        leads=any(hosts),
    )


def _accepted(facts: Facts) -> int:
    """The languages that would do, wherever one goes."""
    if not facts or facts[0] == HOST:
        return 0
    codes = taxonomy.EU_LANGUAGES if facts[0] == UNION else facts[:1]
    return union(language_bits(), codes)


def _narrowed(sheets: _Tongues, youths: Youths) -> Array:
    """The countries whose language counts: the wished ones where the sheet leads there, else all of the sheet's."""
    if not sheets.leads:
        return sheets.hosts
    there = meet(sheets.hosts, youths.wanted)
    return np.where(there, sheets.hosts & youths.wanted, sheets.hosts)


def _own(
    profile: Profile, facts: Facts, hosts: Sequence[int], *, foreign: bool, least: int
) -> Said:
    """The youth's own languages among those that would do, from a level on."""
    accepted, known = _accepted(facts), language_bits()
    countries, spoken_in = unpack(hosts), homes(foreign=foreign)
    spoken = [
        f"{skill.code}:{skill.level}"
        for skill in profile.languages
        if RANKS[skill.level] >= least
        and (known.get(skill.code, 0) & accepted or spoken_in.get(skill.code, 0) & countries)
    ]
    return Said("skills", tuple(spoken))


@cache
def _france() -> Array:
    """Where French is the language of the place: read with the first ranking, for a start need not wait for it."""
    return pack([homes(foreign=True)["fr"]], COUNTRY_WORDS)


class Language(HardRule):
    """The level asked for, in the language named, in one of the host's, or in one of the Union's.

    A list of languages is taken as whole, except for French, which few think of writing down. Every youth here has French,
    so a sheet that asks for the host's language means another wherever there is another.
    """

    name = "langue"
    tones = ("", "excluded", "to_check", "to_check", "for")
    MET, OUT, UNKNOWN, FRENCH, SPOKEN = range(5)

    def facts(self, programme: Programme) -> Facts:
        """The rule, and the places where they matter."""
        rule = programme.language
        return () if rule is None else _facts(rule.code, rule.level_min, programme)

    def prepare(self, facts: Sequence[Facts]) -> _Tongues:
        """The languages that would do."""
        return _tongues(facts)

    def judge(self, youths: Youths, sheets: _Tongues, rules: Rules) -> Outcome:
        """Spoken, perhaps spoken (French), or not."""
        hosts = _narrowed(sheets, youths)
        spoken = meet(at_level(youths.spoken, sheets.level), sheets.accepted)
        if sheets.leads:
            spoken |= meet(at_level(youths.foreign, sheets.level), hosts)
        french = (sheets.french | meet(hosts, _france())) & youths.omits_french
        cases = np.where(french, self.FRENCH, self.OUT)
        cases[spoken] = self.SPOKEN
        cases = np.where(youths.has_languages, cases, self.UNKNOWN)
        return Outcome(np.where(sheets.asked, cases, self.MET), shown=tuple(hosts))

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """What the youth speaks of it, or all that they speak."""
        wanted, least = Said("language_rule", facts[:2]), RANKS[facts[1]]
        if found.case in (self.UNKNOWN, self.FRENCH):
            return self.reason("to_check", "", wanted)
        if found.case == self.SPOKEN:
            own = _own(need.profile, facts, found.shown, foreign=True, least=least)
            return self.reason("for", own, wanted)
        spoken = (f"{skill.code}:{skill.level}" for skill in need.profile.languages)
        return self.reason("excluded", Said("skills", tuple(spoken)), wanted)


class AdvisedLanguage(SoftRule):
    """The level that is recommended, in one of the languages that would do."""

    name = "language"
    label = N_("Langue conseillée")
    SILENT, SPOKEN, SHORT = range(3)

    def knows(self, youths: Youths) -> Array | bool:
        """Languages were told."""
        return youths.has_languages

    def facts(self, programme: Programme) -> Facts:
        """The rule, and the places where they matter."""
        rule = programme.language_recommended
        return () if rule is None else _facts(rule.code, rule.level_min, programme)

    def prepare(self, facts: Sequence[Facts]) -> _Tongues:
        """The languages that would do."""
        return _tongues(facts)

    def judge(self, youths: Youths, sheets: _Tongues, rules: Rules) -> Outcome:
        """The steps missing from the best of those spoken; three leave nothing."""
        hosts, levels = _narrowed(sheets, youths), slice(1, sheets.top + 1)
        reached = meet(youths.spoken[:, levels], sheets.accepted[:, None])
        if sheets.leads:
            reached |= meet(youths.native[:, levels], hosts[:, None])
        gap = sheets.level - reached.sum(axis=0)
        gap = np.where(sheets.asked, np.maximum(0, gap), 0)
        cases = np.where(gap == 0, self.SPOKEN, self.SHORT)
        cases = np.where(sheets.asked, cases, self.SILENT)
        return Outcome(cases, np.maximum(0.0, 1 - gap / 3), tuple(hosts))

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """What the youth speaks of it."""
        own = _own(need.profile, facts, found.shown, foreign=False, least=0)
        tone: Tone = "for" if found.case == self.SPOKEN else "against"
        return self.reason(tone, own, Said("language_rule", facts[:2]))


class _Needed(NamedTuple):
    """`flags` are all needed; of the other flags and statuses one is enough, where any is asked for."""

    flags: Array
    asks_any: Array
    any_flags: Array
    any_statuses: Array


class Prerequisite(HardRule):
    """Every flag that is required, and one of those of which one is enough (flags or statuses)."""

    name = "prerequis"
    tones = ("", "excluded", "excluded", "to_check", "to_check", "for")
    MET, WITHOUT, NONE, ANY_UNKNOWN, UNKNOWN, HAS = range(6)

    def facts(self, programme: Programme) -> Facts:
        """Both lists."""
        return (programme.requires_flags, programme.requires_any)

    def prepare(self, facts: Sequence[Facts]) -> _Needed:
        """The flags and statuses."""
        statuses = bits("statuses")
        return _Needed(
            flags=column(flags_set(flags) for flags, _ in facts),
            asks_any=column(bool(some) for _, some in facts),
            any_flags=column(
                flags_set(id_ for id_ in some if id_ not in statuses) for _, some in facts
            ),
            any_statuses=column(union(statuses, some) for _, some in facts),
        )

    def judge(self, youths: Youths, sheets: _Needed, rules: Rules) -> Outcome:
        """A flag answered no, none of several, something not known, or all there."""
        unanswered = ~(youths.yes | youths.no)
        has_one = (sheets.any_flags & youths.yes) | (sheets.any_statuses & youths.statuses)
        lacks = (has_one == 0) & sheets.asks_any
        open_ = sheets.any_flags & unanswered != 0
        open_ = open_ | ((sheets.any_statuses != 0) & (youths.statuses == 0))
        cases = np.where(sheets.asks_any | (sheets.flags != 0), self.HAS, self.MET)
        cases = np.where(sheets.flags & unanswered != 0, self.UNKNOWN, cases)
        cases[lacks] = self.NONE
        cases[lacks & open_] = self.ANY_UNKNOWN
        cases[sheets.flags & youths.no != 0] = self.WITHOUT
        return Outcome(cases)

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """Which points are asked for, and whether they hold."""
        every, some = Said("flags", facts[0]), Said("any_of", facts[1])
        if found.case == self.WITHOUT:
            return self.reason("excluded", Said("no"), every)
        if found.case == self.NONE:
            return self.reason("excluded", Said("none_of_these"), some)
        if found.case == self.HAS:
            held = every if facts[0] else some
            return self.reason("for", held, held)
        return self.reason("to_check", "", some if found.case == self.ANY_UNKNOWN else every)
