"""Time and money: length, budget, calendar; and whom a sheet is meant for."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hookspecs import N_, Need, Programme, Reason, Said, Tone, taxonomy
from plugins.matching_rules.bits import Array, bits, union
from plugins.matching_rules.criteria.base import Facts, Found, Outcome, SoftRule, column
from plugins.matching_rules.criteria.person import ANYONE, campaign
from plugins.matching_rules.days import months_away, months_set
from plugins.matching_rules.rulebook import Rules
from plugins.matching_rules.youths import Youths, application_days

_SHORT = 0.5  # below it, the money is missing


class _Lengths(NamedTuple):
    """Weeks; an open end is infinite."""

    shortest: Array
    longest: Array
    told: Array


class Duration(SoftRule):
    """The wished length and the sheet's overlap, or nearly."""

    name = "duration"
    label = N_("Durée")
    SILENT, TOLD = range(2)

    def facts(self, programme: Programme) -> Facts:
        """Weeks, from and to."""
        return (programme.duration_min_weeks, programme.duration_max_weeks)

    def knows(self, youths: Youths) -> Array | bool:
        """A length was told."""
        return youths.knows_weeks

    def prepare(self, facts: Sequence[Facts]) -> _Lengths:
        """From and to."""
        return _Lengths(
            shortest=column(float(least or 0) for least, _ in facts),
            longest=column(float(most) if most else np.inf for _, most in facts),
            told=column(least is not None or most is not None for least, most in facts),
        )

    def judge(self, youths: Youths, sheets: _Lengths, rules: Rules) -> Outcome:
        """Within, within the tolerance of a bound, or by the distance to it."""
        low, high = youths.least_weeks, youths.most_weeks
        too_short = high < sheets.shortest
        ratio = np.where(
            too_short,
            np.minimum(high, sheets.shortest) / np.maximum(1, sheets.shortest),
            np.minimum(sheets.longest, low) / np.maximum(1, low),
        )
        tolerated = ratio >= 1 - rules.limits.duration_tolerance
        marks = np.where(tolerated, rules.marks.duration_tolerated, ratio / 2)
        within = (low <= sheets.longest) & ~too_short
        marks = np.where(within, 1.0, marks)
        told = np.where(sheets.told, self.TOLD, self.SILENT)
        return Outcome(told, np.where(sheets.told, marks, self.MIDDLE))

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """Both lengths."""
        project = need.project
        wished = (project.duration_min_weeks, project.duration_max_weeks)
        tone: Tone = "for" if found.mark >= self.WORTH else "against"
        return self.reason(tone, Said("duration", wished), Said("duration", facts))


class _Costs(NamedTuple):
    """What one typically brings, from and to; whether it is told, and whether the programme pays."""

    least: Array
    most: Array
    told: Array
    funded: Array


class Budget(SoftRule):
    """What the youth can bring covers what a stay typically takes, the programme's own funding deducted."""

    name = "budget"
    label = N_("Budget")
    SILENT, TOLD = range(2)

    def facts(self, programme: Programme) -> Facts:
        """The band, and whether the programme pays something."""
        return (programme.budget_band, programme.funding not in (None, "aucun"))

    def knows(self, youths: Youths) -> Array | bool:
        """A budget was told."""
        return youths.budget >= 0

    def prepare(self, facts: Sequence[Facts]) -> _Costs:
        """The bands in euros."""
        known = taxonomy.entries("budget_bands")
        bands = [known[band] if band else None for band, _ in facts]
        return _Costs(
            least=column(band.min_eur if band else 0 for band in bands),
            most=column((band.max_eur or band.min_eur) if band else 1 for band in bands),
            told=column(band is not None for band in bands),
            funded=column(funded for _, funded in facts),
        )

    def judge(self, youths: Youths, sheets: _Costs, rules: Rules) -> Outcome:
        """1 from the top of the band, 0.7 from its bottom, then down to 0 with the money."""
        own = youths.budget
        width = np.maximum(1, sheets.most - sheets.least)
        inside = self.WORTH + (1 - self.WORTH) * (own - sheets.least) / width
        marks = np.where(own >= sheets.least, inside, _SHORT * own / np.maximum(1, sheets.least))
        marks = np.where(own >= sheets.most, 1.0, marks)
        helped = (marks < self.WORTH) & sheets.funded
        marks = marks + np.where(helped, rules.marks.budget_funded, 0.0)
        told = np.where(sheets.told, self.TOLD, self.SILENT)
        return Outcome(told, np.where(sheets.told, marks, self.MIDDLE))

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """What they have, and what it takes."""
        own, cost = Said("euros", (need.profile.budget_eur,)), Said("cost", facts[:1])
        if found.mark >= self.WORTH:
            return self.reason(
                "for", own, cost, N_("%(name)s : %(youth)s, %(programme)s à prévoir.")
            )
        return self.reason("against", own, cost)


class _Calendar(NamedTuple):
    """Months of application and of departure as bits, and the weeks that it takes to prepare."""

    campaign: Array
    season: Array
    lead: Array


class Departure(SoftRule):
    """There is time to apply and to prepare, and people leave in that month."""

    name = "departure"
    label = N_("Calendrier")
    FITS, LATE, LEAD, SEASON = range(4)

    def facts(self, programme: Programme) -> Facts:
        """Months of application (and how they are told), months of departure, weeks of preparation."""
        months, mode = campaign(programme), programme.application_mode
        told = (mode, *programme.application_months) if months else ()
        return (months, told, programme.departure_months, programme.lead_time_weeks or 0)

    def knows(self, youths: Youths) -> Array | bool:
        """A month was named."""
        return youths.month >= 0

    def prepare(self, facts: Sequence[Facts]) -> _Calendar:
        """The months and the weeks."""
        return _Calendar(
            campaign=column(months for months, *_ in facts),
            season=column(months_set(season) for _, _, season, _ in facts),
            lead=column(float(weeks) for *_, weeks in facts),
        )

    def judge(self, youths: Youths, sheets: _Calendar, rules: Rules) -> Outcome:
        """Nothing after the departure, a share of the time that it takes, half a mark a month away from the season."""
        first, _ = application_days(youths, sheets.campaign)
        in_time = np.minimum(1.0, youths.weeks_left / np.maximum(1.0, sheets.lead))
        in_time[sheets.lead <= youths.weeks_left] = 1.0
        in_season = 1 / (1 + months_away(youths.month, sheets.season))
        marks = np.minimum(in_time, in_season)
        late = (sheets.campaign != 0) & (first > youths.month_last)
        marks[late] = 0.0
        cases = np.where(in_season < in_time, self.SEASON, self.LEAD)
        cases[marks == 1.0] = self.FITS
        cases[late] = self.LATE
        return Outcome(cases, marks)

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """What does not fit, when it weighs."""
        _, application, season, weeks = facts
        if found.case == self.FITS or found.mark >= self.WORTH:
            return None
        programme = {
            self.LATE: Said("applications", application),
            self.LEAD: Said("lead", (weeks,)),
            self.SEASON: Said("departures", season),
        }[found.case]
        return self.reason("against", Said("month", (need.project.departure,)), programme)


class Audience(SoftRule):
    """The narrower the public that a sheet is meant for, the better for those who belong to it."""

    name = "audience"
    label = N_("Public visé")
    SILENT, MEANT = range(2)

    def facts(self, programme: Programme) -> Facts:
        """The mark itself, which no youth changes, and the statuses."""
        statuses = programme.statuses
        narrow = (
            bool(statuses) and ANYONE not in statuses,
            programme.residence == "nouvelle_aquitaine",
            bool(programme.requires_flags or programme.requires_any),
        )
        mark = min(1.0, 0.4 + 0.3 * sum(narrow) + 0.1 * (programme.age_max is not None))
        return (mark, *statuses)

    def knows(self, youths: Youths) -> Array | bool:
        """Always: it is about the sheets."""
        return youths.today > 0

    def prepare(self, facts: Sequence[Facts]) -> tuple[Array, Array]:
        """The marks, and the statuses."""
        return (
            column(mark for mark, *_ in facts),
            column(union(bits("statuses"), statuses) for _, *statuses in facts),
        )

    def judge(self, youths: Youths, sheets: tuple[Array, Array], rules: Rules) -> Outcome:
        """The same mark for every youth."""
        marks, statuses = sheets
        cases = np.where(statuses & youths.statuses != 0, self.MEANT, self.SILENT)
        return Outcome(cases, np.where(youths.today > 0, marks, 0.0))

    def tell(self, need: Need, facts: Facts, found: Found) -> Reason | None:
        """The statuses in common."""
        common = tuple(status for status in need.profile.statuses if status in facts)
        return self.reason("for", Said("statuses", common), Said("public", facts[1:]))
