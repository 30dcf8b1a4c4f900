"""The criteria that bring sheets and youths closer. Each gives marks from 0 to 1 to any number of youths and sheets at once, and words one of them.

A criterion whose value is not known on the youth's side counts for no sheet at all. What a sheet does not tell
gets the middle mark. So every sheet is marked on the same criteria, and more weight never harms the sheet that has the better mark.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from hookspecs import Need, Programme, Reason, _, taxonomy
from plugins.matching_rules.arrays import NONE, Array, bits, country_sets, row, zone_sets
from plugins.matching_rules.facts import WORLD, Sheet, Youth, campaign, cost, reach
from plugins.matching_rules.hard import PLACES, TONGUES
from plugins.matching_rules.rules import Rules
from plugins.matching_rules.youths import COMPANY, Youths, read_hosting

Columns = Mapping[str, Any]
MIDDLE = 0.5
_ENDLESS = 1_000_000  # weeks
_SHORT = 0.5  # below it, the money is missing
_WORTH = 0.7  # from this mark on, the reason speaks in favour


class Criterion(msgspec.Struct, frozen=True, kw_only=True):
    """As `HardRule`, with marks from 0 to 1; `known` tells of which youths the criterion can speak, a row for each."""

    fields: tuple[str, ...]
    columns: Callable[[Sequence[Programme]], Columns]
    known: Callable[[Youths], Array]
    mark: Callable[[Youths, Columns, Rules], Array]
    word: Callable[[Youth, Sheet, float], Reason | None]
    own: Callable[[Need], Hashable]


def _told(
    youth: Youth, criterion: str, mark: float, own: str, programme: str, *, common: str = ""
) -> Reason:
    if mark >= _WORTH:
        return youth.say.met(criterion, common or own, programme)
    return youth.say.unmet(criterion, own, programme)


def _domain_columns(programmes: Sequence[Programme]) -> Columns:
    return {
        "all": row([bits("domains", programme.domains) for programme in programmes]),
        "first": row([bits("domains", programme.domains[:1]) for programme in programmes]),
    }


def _domains(youths: Youths, sheets: Columns, rules: Rules) -> Array:
    """A domain in common; best when it is the sheet's first."""
    mark = np.where(youths.domains & sheets["all"], rules.marks.domain_second, 0.0)
    return np.where(youths.domains & sheets["first"], 1.0, mark)


def _word_domains(youth: Youth, sheet: Sheet, mark: float) -> Reason | None:
    common = [domain for domain in sheet.programme.domains if domain in youth.domains]
    shared = youth.name("domains", common) if common else ""
    wished = youth.words["domains"]
    return _told(youth, "domains", mark, wished, sheet.words["domains"], common=shared)


def _place_columns(programmes: Sequence[Programme]) -> Columns:
    leads = [reach(programme) for programme in programmes]
    sets = country_sets(leads)
    return {
        "reach": sets,
        "size": sets.sum(axis=1)[None],
        "zones": zone_sets([{taxonomy.zone_of(country) for country in set_} for set_ in leads])[
            None
        ],
        "world": row([WORLD in p.zones and not p.countries for p in programmes], bool),
    }


def _wish_known(youths: Youths) -> Array:
    known = np.array([countries is not None for countries, _zones in youths.wishes], dtype=bool)
    found: Array = known[youths.wish][:, None]
    return found


def _places(youths: Youths, sheets: Columns, rules: Rules) -> Array:
    """Leads where the youth wants to go; the more it is meant for there, the better."""
    marks, shared = rules.marks, youths.wished() @ sheets["reach"].T
    near = (youths.wished_zones()[:, None] & sheets["zones"]) != 0
    mark = np.where(sheets["world"], marks.place_world, marks.place_open)
    mark = np.where(shared == sheets["size"], marks.place_dedicated, mark)
    mark = np.where(shared == 0, np.where(near, marks.place_near, 0.0), mark)
    found: Array = mark[youths.wish]
    return found


def _word_places(youth: Youth, sheet: Sheet, mark: float) -> Reason | None:
    return _told(youth, "places", mark, youth.words["places"], sheet.words["places"])


def _duration_columns(programmes: Sequence[Programme]) -> Columns:
    least = [programme.duration_min_weeks for programme in programmes]
    most = [programme.duration_max_weeks for programme in programmes]
    return {
        "shortest": row([value or 0 for value in least], float),
        "longest": row([_ENDLESS if value is None else value for value in most], float),
        "untold": row([a is None and b is None for a, b in zip(least, most, strict=True)], bool),
    }


def _duration_known(youths: Youths) -> Array:
    known: Array = (youths.shortest != NONE) | (youths.longest != NONE)
    return known


def _duration(youths: Youths, sheets: Columns, rules: Rules) -> Array:
    """The wished length and the sheet's overlap, or nearly."""
    shortest, longest = sheets["shortest"], sheets["longest"]
    low = np.maximum(youths.shortest, 0).astype(float)
    high = np.where(youths.longest == NONE, _ENDLESS, youths.longest)
    overlap = (low <= longest) & (high >= shortest)
    short = high < shortest
    top = np.where(overlap, 1.0, np.where(short, high, longest))
    ratio = top / np.where(overlap, 1.0, np.where(short, shortest, low))
    near = ratio >= 1 - rules.limits.duration_tolerance
    mark = np.where(overlap, 1.0, np.where(near, rules.marks.duration_tolerated, ratio / 2))
    return np.where(sheets["untold"], MIDDLE, mark)


def _word_duration(youth: Youth, sheet: Sheet, mark: float) -> Reason | None:
    shown = sheet.words["duration"]
    return _told(youth, "duration", mark, youth.words["duration"], shown) if shown else None


def _budget_columns(programmes: Sequence[Programme]) -> Columns:
    bands = [cost(programme.budget_band) for programme in programmes]
    return {
        "untold": row([band is None for band in bands], bool),
        "least": row([band[0] if band else 0 for band in bands], float),
        "most": row([band[1] if band else 0 for band in bands], float),
        "funded": row([p.funding not in (None, "aucun") for p in programmes], bool),
    }


def _budget_known(youths: Youths) -> Array:
    known: Array = youths.budget != NONE
    return known


def _budget(youths: Youths, sheets: Columns, rules: Rules) -> Array:
    """What the youth can bring covers what a stay typically takes, the programme's own funding deducted.

    1 from the top of the band, 0.7 from its bottom, then down to 0 with the money.
    """
    own, least, most = youths.budget, sheets["least"], sheets["most"]
    within = _WORTH + (1 - _WORTH) * (own - least) / np.maximum(most - least, 1)
    mark = np.where(own >= least, within, _SHORT * own / np.maximum(least, 1))
    mark = np.where(own >= most, 1.0, mark)
    mark += np.where(sheets["funded"] & (mark < _WORTH), rules.marks.budget_funded, 0.0)
    return np.where(sheets["untold"], MIDDLE, mark)


def _word_budget(youth: Youth, sheet: Sheet, mark: float) -> Reason | None:
    if sheet.cost is None:
        return None
    shown = youth.words["budget"]
    common = _("%(own)s, %(cost)s à prévoir") % {"own": shown, "cost": sheet.words["budget"]}
    return _told(youth, "budget", mark, shown, sheet.words["budget"], common=common)


def _interest_columns(programmes: Sequence[Programme]) -> Columns:
    return {"tags": row([bits("interests", programme.tags) for programme in programmes])}


def _interests(youths: Youths, sheets: Columns, rules: Rules) -> Array:
    """Interests in common; two are plenty."""
    common = np.bitwise_count(youths.interests & sheets["tags"])
    plenty = np.clip(np.bitwise_count(youths.interests), 1, 2)
    mark: Array = np.minimum(1.0, common / plenty)
    return mark


def _word_interests(youth: Youth, sheet: Sheet, mark: float) -> Reason | None:
    common = [interest for interest in youth.profile.interests if interest in sheet.interests]
    if not common:
        return None
    own = youth.name("interests", common)
    return youth.say.met("interests", own, sheet.words["interests"])


def _departure_columns(programmes: Sequence[Programme]) -> Columns:
    keys: dict[tuple[str, tuple[int, ...]], int] = {}
    # Read as an application whatever the age is measured on: this is about the time left to apply.
    spans = [keys.setdefault(("candidature", campaign(p)), len(keys)) for p in programmes]
    gaps = np.array([[_gap(p, month) for month in range(13)] for p in programmes], dtype=float)
    return {
        "campaign": row([bool(campaign(programme)) for programme in programmes], bool),
        "spans": np.array(spans, dtype=np.intp),
        "keys": tuple(keys),
        "lead": row([programme.lead_time_weeks or 0 for programme in programmes], float),
        "season": 1 / (1 + gaps.reshape(len(programmes), 13)),
    }


def _gap(programme: Programme, month: int) -> int:
    """How many months there are between a month and those of departure; none when any will do."""
    months = programme.departure_months if month else ()
    return min((min((m - month) % 12, (month - m) % 12) for m in months), default=0)


def _departure_known(youths: Youths) -> Array:
    known: Array = youths.leaving()[1] != 0
    return known


def _departure(youths: Youths, sheets: Columns, rules: Rules) -> Array:
    """There is time to apply and to prepare, and people leave in that month: half a mark a month away, less beyond."""
    last, month, weeks = youths.leaving()
    late = sheets["campaign"] & (youths.days(sheets["keys"])[0][:, sheets["spans"]] > last)
    season = sheets["season"].T[month[:, 0].astype(int)]
    return np.where(late, 0.0, np.minimum(_in_time(weeks, sheets["lead"]), season))


def _in_time(weeks: Array, lead: Array) -> Array:
    """1 when there is as much time as it takes to prepare, else the share of it that is left."""
    share: Array = np.minimum(1.0, weeks / np.maximum(lead, 1e-9))
    return share


def _word_departure(youth: Youth, sheet: Sheet, mark: float) -> Reason | None:
    leaving = youth.month
    if leaving is None or mark >= _WORTH:
        return None
    programme, shown = sheet.programme, youth.words["departure"]
    if sheet.campaign and youth.applies(sheet).first > leaving.last:
        told = _("candidatures : %(months)s") % {"months": sheet.words["application"]}
    elif mark < 1 / (1 + _gap(programme, leaving.first.month)):
        told = _("s’y prendre %(length)s avant") % {"length": sheet.words["lead"]}
    else:
        told = _("départs : %(months)s") % {"months": sheet.words["departure"]}
    return youth.say.unmet("departure", shown, told)


def _language_columns(programmes: Sequence[Programme]) -> Columns:
    rules = [programme.language_recommended for programme in programmes]
    return {
        "free": row([rule is None for rule in rules], bool),
        "hosting": read_hosting(
            [rule.code if rule else "" for rule in rules], [reach(p) for p in programmes]
        ),
        "level": row([taxonomy.rank("cefr", rule.level_min) if rule else 0 for rule in rules]),
    }


def _language_known(youths: Youths) -> Array:
    return youths.speaks()


def _language(youths: Youths, sheets: Columns, rules: Rules) -> Array:
    """The level that is recommended, in one of the languages that would do."""
    best, _french = youths.understood(sheets["hosting"], besides_french=False)
    mark = 1 - (sheets["level"] - np.maximum(best, 0)) / 3
    return np.where(sheets["free"], 1.0, np.clip(mark, 0.0, 1.0))


def _word_language(youth: Youth, sheet: Sheet, mark: float) -> Reason | None:
    rule = sheet.programme.language_recommended
    if rule is None:
        return None
    own = youth.levels.keys() & youth.useful(sheet, rule.code, besides_french=False)
    shown = youth.skills(own) or _("aucune notion")
    if mark == 1.0:
        return youth.say.met("language", shown, sheet.words["language"])
    return youth.say.unmet("language", shown, sheet.words["language"])


def _company_columns(programmes: Sequence[Programme]) -> Columns:
    return {"mode": row([COMPANY.get(programme.group_mode, 0) for programme in programmes])}


def _company_known(youths: Youths) -> Array:
    known: Array = youths.company != 0
    return known


def _company(youths: Youths, sheets: Columns, rules: Rules) -> Array:
    """Alone or in a group, as they wish."""
    return np.where((sheets["mode"] == 0) | (sheets["mode"] == youths.company), 1.0, 0.0)


def _word_company(youth: Youth, sheet: Sheet, mark: float) -> Reason | None:
    if mark == 1.0:
        return None
    return youth.say.unmet("company", youth.words["company"], sheet.words["company"])


def _audience_columns(programmes: Sequence[Programme]) -> Columns:
    def mark(programme: Programme) -> float:
        narrow = (
            "tous" not in programme.statuses,
            programme.residence == "nouvelle_aquitaine",
            bool(programme.requires_flags or programme.requires_any),
        )
        return min(1.0, 0.4 + 0.3 * sum(narrow) + 0.1 * (programme.age_max is not None))

    return {"mark": np.array([mark(programme) for programme in programmes], dtype=float)[None]}


def _anyone(youths: Youths) -> Array:
    return np.ones((youths.count, 1), dtype=bool)


def _audience(youths: Youths, sheets: Columns, rules: Rules) -> Array:
    """The narrower the public that a sheet is meant for, the better for those who belong to it."""
    return np.broadcast_to(sheets["mark"], (youths.count, sheets["mark"].shape[1]))


def _word_audience(youth: Youth, sheet: Sheet, mark: float) -> Reason | None:
    common = [status for status in youth.profile.statuses if status in sheet.statuses]
    if not common:
        return None
    return youth.say.met("audience", youth.name("statuses", common), sheet.words["statut"])


def _domains_known(youths: Youths) -> Array:
    known: Array = youths.domains != 0
    return known


def _interests_known(youths: Youths) -> Array:
    known: Array = youths.interests != 0
    return known


CRITERIA: dict[str, Criterion] = {
    "domains": Criterion(
        fields=("domains",),
        columns=_domain_columns,
        known=_domains_known,
        mark=_domains,
        word=_word_domains,
        own=attrgetter("project.domains"),
    ),
    "places": Criterion(
        fields=PLACES,
        columns=_place_columns,
        known=_wish_known,
        mark=_places,
        word=_word_places,
        own=attrgetter("project.zones", "project.countries"),
    ),
    "duration": Criterion(
        fields=("duration_min_weeks", "duration_max_weeks"),
        columns=_duration_columns,
        known=_duration_known,
        mark=_duration,
        word=_word_duration,
        own=attrgetter("project.duration_min_weeks", "project.duration_max_weeks"),
    ),
    "budget": Criterion(
        fields=("budget_band", "funding"),
        columns=_budget_columns,
        known=_budget_known,
        mark=_budget,
        word=_word_budget,
        own=attrgetter("profile.budget_eur"),
    ),
    "interests": Criterion(
        fields=("tags",),
        columns=_interest_columns,
        known=_interests_known,
        mark=_interests,
        word=_word_interests,
        own=attrgetter("profile.interests"),
    ),
    "departure": Criterion(
        fields=("application_mode", "application_months", "lead_time_weeks", "departure_months"),
        columns=_departure_columns,
        known=_departure_known,
        mark=_departure,
        word=_word_departure,
        own=attrgetter("today", "project.departure"),
    ),
    "language": Criterion(
        fields=("language_recommended", *PLACES),
        columns=_language_columns,
        known=_language_known,
        mark=_language,
        word=_word_language,
        own=TONGUES,
    ),
    "company": Criterion(
        fields=("group_mode",),
        columns=_company_columns,
        known=_company_known,
        mark=_company,
        word=_word_company,
        own=attrgetter("project.alone_or_group"),
    ),
    "audience": Criterion(
        fields=("statuses", "residence", "requires_flags", "requires_any", "age_max"),
        columns=_audience_columns,
        known=_anyone,
        mark=_audience,
        word=_word_audience,
        own=attrgetter("profile.statuses"),
    ),
}
