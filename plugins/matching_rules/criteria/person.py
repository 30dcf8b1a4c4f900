"""Who may: suspended programmes, age, status, diploma and level of studies."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hookspecs import Need, Programme, Reason, Said, taxonomy
from plugins.matching_rules.bits import Array, bits, union
from plugins.matching_rules.criteria.base import Facts, Found, HardRule, Outcome, column
from plugins.matching_rules.days import age_on, months_set
from plugins.matching_rules.rulebook import Rules
from plugins.matching_rules.youths import Youths, application_days

ANYONE = "tous"
_UNBOUNDED = 999


class Suspended(HardRule):
    """A programme that is suspended or closed is never proposed; one to be checked is, with a word."""

    name = "suspendu"
    tones = ("", "excluded", "to_check")
    FINE, OUT, DOUBTFUL = range(3)

    def facts(self, programme: Programme) -> Facts:
        """The case itself: no youth changes it."""
        if programme.availability == "suspendu" or programme.application_mode == "closed":
            return (self.OUT,)
        return (self.DOUBTFUL if programme.availability == "a_verifier" else self.FINE,)

    def prepare(self, facts: Sequence[Facts]) -> Array:
        """The cases."""
        return column(case for (case,) in facts)

    def judge(self, youths: Youths, sheets: Array, rules: Rules) -> Outcome:
        """The same for every youth."""
        return Outcome(np.where(youths.today > 0, sheets, self.FINE))

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """Suspended, or to be confirmed."""
        if found.case == self.OUT:
            return self.reason("excluded", "", Said("suspended"))
        return self.reason("to_check", "", Said("confirmed"))


class _Ages(NamedTuple):
    """`wider` is the limit for a recognised disability; no bound is far below or above."""

    least: Array
    most: Array
    wider: Array
    bounded: Array
    at_departure: Array
    by_birth: Array
    campaign: Array


class Age(HardRule):
    """Within the bounds on some day that counts: a day of application, or of departure."""

    name = "age"
    tones = ("", "excluded", "to_check", "to_check", "to_check", "to_check")
    MET, OUT, UNKNOWN, DISABLED, SOON, SOME_DAYS = range(6)

    def facts(self, programme: Programme) -> Facts:
        """The bounds, at which moment they are read, and the months of application where those count."""
        least, most, reference = programme.age_min, programme.age_max, programme.age_reference
        if least is None and most is None:
            return (None, None, "", None, 0)
        months = 0 if reference == "depart" else campaign(programme)
        return (least, most, reference, programme.age_max_handicap, months)

    def prepare(self, facts: Sequence[Facts]) -> _Ages:
        """Bounds, and on which days they are read."""
        most = [_UNBOUNDED if f[1] is None else f[1] for f in facts]
        return _Ages(
            least=column(0 if f[0] is None else f[0] for f in facts),
            most=column(most),
            wider=column(
                bound if f[3] is None else f[3] for f, bound in zip(facts, most, strict=True)
            ),
            bounded=column(f[0] is not None or f[1] is not None for f in facts),
            at_departure=column(f[2] == "depart" for f in facts),
            by_birth=column(f[2] == "naissance" for f in facts),
            campaign=column(f[4] for f in facts),
        )

    def judge(self, youths: Youths, sheets: _Ages, rules: Rules) -> Outcome:
        """The youngest and the oldest that the youth is over the days that count, against the bounds."""
        first, last = application_days(youths, sheets.campaign)
        youngest = age_on(youths.birth, np.where(sheets.at_departure, youths.leaving_first, first))
        oldest = age_on(youths.birth, np.where(sheets.at_departure, youths.leaving_last, last))
        most = np.where(youths.disabled == 1, sheets.wider, sheets.most)
        too_old = youngest > most
        cases = np.where(oldest > most, self.SOON, self.MET)
        cases[sheets.by_birth | (youngest < sheets.least)] = self.SOME_DAYS
        cases[too_old] = self.OUT
        cases[too_old & (youngest <= sheets.wider) & (youths.disabled == 0)] = self.DISABLED
        cases[oldest < sheets.least] = self.OUT
        cases = np.where(youths.birth == 0, self.UNKNOWN, cases)
        return Outcome(np.where(sheets.bounded, cases, self.MET), shown=(youngest, oldest))

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """The age on the days that count, and the bounds."""
        youngest, oldest = found.shown
        wanted = Said("ages", facts[:3])
        if found.case == self.DISABLED or (need.profile.flags.get("handicap") and facts[3]):
            wanted = Said("age_disabled", facts[3:4])
        if found.case == self.OUT:
            return self.reason("excluded", Said("years", (youngest,)), wanted)
        if found.case == self.UNKNOWN:
            return self.reason("to_check", "", wanted)
        if found.case == self.SOON:
            return self.reason("to_check", Said("years_soon", (oldest,)), wanted)
        return self.reason("to_check", Said("years", (youngest,)), wanted)


def campaign(programme: Programme) -> int:
    """The months in which one may apply, as bits; none when any will do."""
    rolling = programme.application_mode == "rolling"
    return 0 if rolling else months_set(programme.application_months)


class Status(HardRule):
    """One status in common, or a sheet for any. A sheet that names none is for any."""

    name = "statut"
    tones = ("", "excluded", "to_check")
    MET, OUT, UNKNOWN = range(3)

    def facts(self, programme: Programme) -> Facts:
        """The statuses; any is none."""
        return () if ANYONE in programme.statuses else programme.statuses

    def prepare(self, facts: Sequence[Facts]) -> tuple[Array, Array]:
        """The statuses, and whether any will do."""
        return (
            column(union(bits("statuses"), statuses) for statuses in facts),
            column(not statuses for statuses in facts),
        )

    def judge(self, youths: Youths, sheets: tuple[Array, Array], rules: Rules) -> Outcome:
        """Met, not met, not known."""
        wanted, anyone = sheets
        unmet = np.where(youths.statuses == 0, self.UNKNOWN, self.OUT)
        return Outcome(np.where(anyone | (wanted & youths.statuses != 0), self.MET, unmet))

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """The youth's statuses and the sheet's."""
        if found.case == self.UNKNOWN:
            return self.reason("to_check", "", Said("public", facts))
        own = Said("statuses", need.profile.statuses)
        return self.reason("excluded", own, Said("public", facts))


class _Levels(NamedTuple):
    """Ranks; no bound is far below or above."""

    diploma_min: Array
    diploma_max: Array
    caps_diploma: Array
    in_progress: Array
    study_min: Array
    study_max: Array
    asks_study: Array


class Diploma(HardRule):
    """The highest diploma obtained (or the one being prepared, where that will do), and the level of studies.

    The level of studies is the one being prepared; for a recent graduate who has left school, the last diploma; for others
    it does not apply.
    """

    name = "diplome"
    tones = ("", "excluded", "excluded", "to_check")
    MET, DIPLOMA, LEVEL, UNKNOWN = range(4)

    def facts(self, programme: Programme) -> Facts:
        """The four bounds, and whether a diploma in preparation will do (1 or 0)."""
        return (
            programme.diploma_min,
            programme.diploma_max,
            int(programme.diploma_in_progress_ok),
            programme.study_level_min,
            programme.study_level_max,
        )

    def prepare(self, facts: Sequence[Facts]) -> _Levels:
        """The ranks."""
        return _Levels(
            diploma_min=column(_rank(f[0], 0) for f in facts),
            diploma_max=column(_rank(f[1], _UNBOUNDED) for f in facts),
            caps_diploma=column(f[1] is not None for f in facts),
            in_progress=column(f[2] == 1 for f in facts),
            study_min=column(_rank(f[3], 0) for f in facts),
            study_max=column(_rank(f[4], _UNBOUNDED) for f in facts),
            asks_study=column(f[3] is not None or f[4] is not None for f in facts),
        )

    def judge(self, youths: Youths, sheets: _Levels, rules: Rules) -> Outcome:
        """The diploma first, then the level. A rank that is not known is 0: it reaches nothing and exceeds nothing."""
        coming = sheets.in_progress & (sheets.diploma_min <= youths.preparing)
        missing = ~(coming | (sheets.diploma_min <= youths.diploma))
        settled = (youths.diploma > 0) & (~sheets.in_progress | youths.knows_preparing)
        above = sheets.diploma_max < youths.diploma
        outside = (sheets.study_min > youths.study) | (sheets.study_max < youths.study)
        doubtful = missing | (sheets.caps_diploma & (youths.diploma == 0))
        doubtful |= sheets.asks_study & youths.study_unknown
        cases = np.where(doubtful, self.UNKNOWN, self.MET)
        cases[outside & (youths.study > 0)] = self.LEVEL
        cases[above | (missing & settled)] = self.DIPLOMA
        return Outcome(cases)

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """The youth's diploma or level, and what is asked for."""
        profile, wanted = need.profile, Said("levels", facts)
        if found.case == self.UNKNOWN:
            return self.reason("to_check", "", wanted)
        studying = profile.preparing or profile.diploma
        own = profile.diploma if found.case == self.DIPLOMA else studying
        return self.reason("excluded", Said("diploma_levels", (own,)), wanted)


def _rank(level: str | None, unbounded: int) -> int:
    return unbounded if level is None else taxonomy.rank("diploma_levels", level)
