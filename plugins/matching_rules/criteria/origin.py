"""Where one comes from and where one lives."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hookspecs import Need, Programme, Reason, Said
from plugins.matching_rules.bits import (
    DEPARTMENT_WORDS,
    Array,
    department_bits,
    meet,
    pack,
    union,
)
from plugins.matching_rules.criteria.base import Facts, Found, HardRule, Outcome, column
from plugins.matching_rules.rulebook import Rules
from plugins.matching_rules.youths import (
    ABROAD,
    AREA,
    ELSEWHERE,
    FRENCH,
    UNION,
    Youths,
)

_CONDITIONS = {"any": 0, "fr": FRENCH, "ue": UNION, "eee": AREA}


class Nationality(HardRule):
    """French, of the Union, of the European Economic Area, or any."""

    name = "nationalite"
    tones = ("", "excluded", "to_check")
    MET, OUT, UNKNOWN = range(3)

    def facts(self, programme: Programme) -> Facts:
        """The condition."""
        return (programme.nationality,)

    def prepare(self, facts: Sequence[Facts]) -> Array:
        """The citizenship asked for, 0 for any."""
        return column(_CONDITIONS[condition] for (condition,) in facts)

    def judge(self, youths: Youths, sheets: Array, rules: Rules) -> Outcome:
        """Met, not met, not known."""
        met = (sheets == 0) | (sheets & youths.citizenship != 0)
        unmet = np.where(youths.knows_citizenship, self.OUT, self.UNKNOWN)
        return Outcome(np.where(met, self.MET, unmet))

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """The youth's country, and the condition."""
        wanted = Said("nationality", facts)
        if found.case == self.UNKNOWN:
            return self.reason("to_check", "", wanted)
        return self.reason("excluded", Said("countries", (need.profile.nationality,)), wanted)


class _Homes(NamedTuple):
    """`asked` tells whether there is a condition at all, `named` whether departments are."""

    asked: Array
    regional: Array
    named: Array
    departments: Array


class Residence(HardRule):
    """In France, in the region, in one of the departments named. Without a region, the department tells it."""

    name = "residence"
    tones = ("", "excluded", "to_check", "to_check", "for")
    MET, OUT, UNKNOWN, WHERE, HERE = range(5)

    def facts(self, programme: Programme) -> Facts:
        """The condition, then the departments."""
        return (programme.residence, *programme.residence_departments)

    def prepare(self, facts: Sequence[Facts]) -> _Homes:
        """The region, and the departments as packed sets."""
        return _Homes(
            asked=column(condition != "none" or bool(named) for condition, *named in facts),
            regional=column(condition == "nouvelle_aquitaine" for condition, *_ in facts),
            named=column(bool(named) for _, *named in facts),
            departments=pack(
                [union(department_bits(), named) for _, *named in facts], DEPARTMENT_WORDS
            ),
        )

    def judge(self, youths: Youths, sheets: _Homes, rules: Rules) -> Outcome:
        """Out by the region, then by the department."""
        here = meet(sheets.departments, youths.department)
        cases = np.where(sheets.regional, self.HERE, self.MET)
        unnamed = np.where(youths.knows_department, self.OUT, self.WHERE)
        cases = np.where(sheets.named & ~here, unnamed, cases)
        far = (sheets.regional & (youths.region == ELSEWHERE)) | (youths.region == ABROAD)
        cases[far] = self.OUT
        cases = np.where(youths.region == 0, self.UNKNOWN, cases)
        return Outcome(np.where(sheets.asked, cases, self.MET))

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """Where the youth lives, and where one must."""
        wanted = Said("residence", facts)
        if found.case == self.UNKNOWN:
            return self.reason("to_check", "", wanted)
        profile = need.profile
        home = Said("home", (profile.region or "autre_region", profile.department))
        if found.case == self.OUT:
            return self.reason("excluded", home, wanted)
        return self.reason("to_check" if found.case == self.WHERE else "for", home, wanted)
