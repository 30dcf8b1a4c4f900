"""The criteria that bring sheets and youths closer. Each gives a mark from 0 to 1 and, when it is worth a word, a reason.

None means that the youth's side is not known: the criterion then counts for no sheet at all. What a sheet does not tell
gets the middle mark. So every sheet is marked on the same criteria, and more weight never harms the sheet that has the better mark.
"""

from collections.abc import Callable

from hookspecs import Reason, _, taxonomy
from plugins.matching_rules.dates import Span
from plugins.matching_rules.facts import Sheet, Youth
from plugins.matching_rules.rules import Rules

Mark = tuple[float, Reason | None]
Criterion = Callable[[Youth, Sheet, Rules], Mark | None]
MIDDLE = 0.5
_SHORT = 0.5  # below it, the money is missing
_WORTH = 0.7  # from this mark on, the reason speaks in favour


def _told(
    youth: Youth, criterion: str, mark: float, own: str, programme: str, *, common: str = ""
) -> Mark:
    if mark >= _WORTH:
        return mark, youth.say.met(criterion, common or own, programme)
    return mark, youth.say.unmet(criterion, own, programme)


def domains(youth: Youth, sheet: Sheet, rules: Rules) -> Mark | None:
    """A domain in common; best when it is the sheet's first."""
    if not youth.domains:
        return None
    offered = sheet.programme.domains
    common = [domain for domain in offered if domain in youth.domains]
    wished = youth.words["domains"]
    if not common:
        return _told(youth, "domains", 0.0, wished, sheet.words["domains"])
    mark = 1.0 if common[0] == offered[0] else rules.marks.domain_second
    shared = youth.name("domains", common)
    return _told(youth, "domains", mark, wished, sheet.words["domains"], common=shared)


def places(youth: Youth, sheet: Sheet, rules: Rules) -> Mark | None:
    """Leads where the youth wants to go; the more it is meant for there, the better."""
    if youth.wanted is None:
        return None
    marks = rules.marks
    wished = youth.words["places"]
    if not sheet.reach & youth.wanted:
        near = not youth.wanted_zones.isdisjoint(sheet.zones)
        return _told(
            youth, "places", marks.place_near if near else 0.0, wished, sheet.words["places"]
        )
    if sheet.reach <= youth.wanted:
        mark = marks.place_dedicated
    else:
        mark = marks.place_world if sheet.is_world else marks.place_open
    return _told(youth, "places", mark, wished, sheet.words["places"])


def duration(youth: Youth, sheet: Sheet, rules: Rules) -> Mark | None:
    """The wished length and the sheet's overlap, or nearly."""
    least, most = youth.project.duration_min_weeks, youth.project.duration_max_weeks
    if least is None and most is None:
        return None
    shortest = sheet.programme.duration_min_weeks or 0
    longest = sheet.programme.duration_max_weeks or float("inf")
    wished = youth.words["duration"]
    if not sheet.words["duration"]:
        return MIDDLE, None
    low, high = least or 0, float("inf") if most is None else most
    if low <= longest and high >= shortest:
        return _told(youth, "duration", 1.0, wished, sheet.words["duration"])
    ratio = high / shortest if high < shortest else longest / low
    if ratio >= 1 - rules.limits.duration_tolerance:
        return _told(
            youth, "duration", rules.marks.duration_tolerated, wished, sheet.words["duration"]
        )
    return _told(youth, "duration", ratio / 2, wished, sheet.words["duration"])


def budget(youth: Youth, sheet: Sheet, rules: Rules) -> Mark | None:
    """What the youth can bring covers what a stay typically takes, the programme's own funding deducted."""
    own = youth.profile.budget_eur
    if own is None:
        return None
    if sheet.cost is None:
        return MIDDLE, None
    mark = _affordable(own, *sheet.cost)
    if mark < _WORTH and sheet.programme.funding not in (None, "aucun"):
        mark += rules.marks.budget_funded
    shown = youth.words["budget"]
    common = _("%(own)s, %(cost)s à prévoir") % {"own": shown, "cost": sheet.words["budget"]}
    return _told(youth, "budget", mark, shown, sheet.words["budget"], common=common)


def _affordable(own: int, least: int, most: int) -> float:
    """1 from the top of the band, 0.7 from its bottom, then down to 0 with the money."""
    if own >= most:
        return 1.0
    if own >= least:
        return _WORTH + (1 - _WORTH) * (own - least) / (most - least)
    return _SHORT * own / least


def interests(youth: Youth, sheet: Sheet, rules: Rules) -> Mark | None:
    """Interests in common; two are plenty."""
    own = youth.profile.interests
    if not own:
        return None
    common = [interest for interest in own if interest in sheet.interests]
    if not common:
        return 0.0, None
    mark = min(1.0, len(common) / min(2, len(own)))
    return mark, youth.say.met(
        "interests", youth.name("interests", common), sheet.words["interests"]
    )


def departure(youth: Youth, sheet: Sheet, rules: Rules) -> Mark | None:
    """There is time to apply and to prepare, and people leave in that month."""
    leaving = youth.month
    if leaving is None:
        return None
    programme, shown = sheet.programme, youth.words["departure"]
    if sheet.campaign and youth.span(sheet).first > leaving.last:
        return _told(youth, "departure", 0.0, shown, _apply(sheet))
    mark, told = 1.0, ""
    weeks = max(0, (leaving.last - youth.need.today).days) / 7
    lead = programme.lead_time_weeks or 0
    if weeks < lead:
        mark = weeks / lead
        told = _("s’y prendre %(length)s avant") % {"length": sheet.words["lead"]}
    if programme.departure_months and leaving.first.month not in programme.departure_months:
        season = _season(leaving, programme.departure_months)
        if season < mark:
            mark, told = season, _("départs : %(months)s") % {"months": sheet.words["departure"]}
    if mark == 1.0:
        return mark, None
    return mark, youth.say.unmet("departure", shown, told) if mark < _WORTH else None


def _apply(sheet: Sheet) -> str:
    return _("candidatures : %(months)s") % {"months": sheet.words["application"]}


def _season(leaving: Span, months: tuple[int, ...]) -> float:
    """Half a mark a month away from the season, less beyond."""
    gap = min(
        min((month - leaving.first.month) % 12, (leaving.first.month - month) % 12)
        for month in months
    )
    return 1 / (1 + gap)


def language(youth: Youth, sheet: Sheet, rules: Rules) -> Mark | None:
    """The level that is recommended, in one of the languages that would do."""
    if not youth.levels:
        return None
    rule = sheet.programme.language_recommended
    if rule is None or sheet.advised is None:
        return 1.0, None
    wanted = _useful(youth, sheet, rule.code)
    own = {code: level for code, level in youth.levels.items() if code in wanted}
    gap = sheet.advised - max(own.values(), default=0)
    shown = youth.skills(own) or _("aucune notion")
    if gap <= 0:
        return 1.0, youth.say.met("language", shown, sheet.words["language"])
    return max(0.0, 1 - gap / 3), youth.say.unmet("language", shown, sheet.words["language"])


def _useful(youth: Youth, sheet: Sheet, code: str) -> frozenset[str]:
    if code == "ue":
        return taxonomy.EU_LANGUAGES
    if code != "dest":
        return frozenset({code})
    hosts = sheet.reach if youth.wanted is None else sheet.reach & youth.wanted or sheet.reach
    return frozenset().union(*(taxonomy.host_languages(country) for country in hosts))


def company(youth: Youth, sheet: Sheet, rules: Rules) -> Mark | None:
    """Alone or in a group, as they wish."""
    wished = youth.project.alone_or_group
    if wished is None or wished == "les_deux":
        return None
    if sheet.programme.group_mode in (wished, "les_deux"):
        return 1.0, None
    return _told(youth, "company", 0.0, youth.words["company"], sheet.words["company"])


def audience(youth: Youth, sheet: Sheet, rules: Rules) -> Mark | None:
    """The narrower the public that a sheet is meant for, the better for those who belong to it."""
    programme = sheet.programme
    narrow = (
        not sheet.for_anyone,
        programme.residence == "nouvelle_aquitaine",
        bool(programme.requires_flags or programme.requires_any),
        programme.age_max is not None,
    )
    mark = min(1.0, 0.4 + 0.3 * sum(narrow[:3]) + 0.1 * narrow[3])
    common = [status for status in youth.profile.statuses if status in sheet.statuses]
    if not common:
        return mark, None
    shared = youth.name("statuses", common)
    return mark, youth.say.met("audience", shared, sheet.words["statut"])


CRITERIA: dict[str, Criterion] = {
    "domains": domains,
    "places": places,
    "duration": duration,
    "budget": budget,
    "interests": interests,
    "departure": departure,
    "language": language,
    "company": company,
    "audience": audience,
}
