"""The rules that never bend. Each is a function of the youth and the sheet that gives a reason, or None when it is met.

What is not known never excludes: the reason is then "to check". A rule that was met by something that few have gives a
reason in favour.
"""

from collections.abc import Callable

from hookspecs import Programme, Reason, _, ngettext, taxonomy
from plugins.matching_rules.facts import (
    ECONOMIC_AREA,
    FRENCH,
    REGION,
    UNION,
    Sheet,
    Youth,
)

HardRule = Callable[[Youth, Sheet], Reason | None]


def suspended(youth: Youth, sheet: Sheet) -> Reason | None:
    """A programme that is suspended or closed is never proposed; one to be checked is, with a word."""
    programme = sheet.programme
    if programme.availability == "suspendu" or programme.application_mode == "closed":
        return youth.say.excluded("suspendu", "", _("les départs sont suspendus"))
    if programme.availability == "a_verifier":
        return youth.say.to_check("suspendu", "", _("un programme confirmé cette année"))
    return None


def age(youth: Youth, sheet: Sheet) -> Reason | None:
    """Within the bounds on some day that counts: a day of application, or of departure."""
    least, most, wanted = sheet.programme.age_min, sheet.programme.age_max, sheet.words["age"]
    if least is None and most is None:
        return None
    ages = youth.ages(sheet)
    if ages is None:
        return youth.say.to_check("age", "", wanted)
    youngest, oldest = ages
    if least is not None and oldest < least:
        return youth.say.excluded("age", years(youngest), wanted)
    if most is not None and youngest > most:
        return _above(youth, sheet, youngest)
    return _borderline(youth, sheet, youngest, oldest)


def _borderline(youth: Youth, sheet: Sheet, youngest: int, oldest: int) -> Reason | None:
    """Eligible on some of the days only, or by dates of birth that each call sets."""
    programme, wanted = sheet.programme, sheet.words["age"]
    if programme.age_reference == "naissance" or youngest < (programme.age_min or 0):
        return youth.say.to_check("age", years(youngest), wanted)
    if programme.age_max is not None and oldest > programme.age_max:
        soon = _("bientôt %(age)s") % {"age": years(oldest)}
        return youth.say.to_check("age", soon, wanted)
    return None


def _above(youth: Youth, sheet: Sheet, youngest: int) -> Reason | None:
    """Past the usual limit: the wider one may hold for a recognised disability."""
    wider, disabled = sheet.programme.age_max_handicap, youth.flag("handicap")
    if wider is None or youngest > wider or disabled is False:
        return youth.say.excluded("age", years(youngest), sheet.words["age"])
    if disabled:
        return None
    condition = _("%(age)d ans au plus en situation de handicap reconnue") % {"age": wider}
    return youth.say.to_check("age", years(youngest), condition)


def years(number: int) -> str:
    """« 21 ans »."""
    return ngettext("%(num)d an", "%(num)d ans", number) % {"num": number}


def status(youth: Youth, sheet: Sheet) -> Reason | None:
    """One status in common, or a sheet for any."""
    if sheet.for_anyone or youth.statuses & sheet.statuses:
        return None
    if not youth.statuses:
        return youth.say.to_check("statut", "", sheet.words["statut"])
    return youth.say.excluded("statut", youth.words["statut"], sheet.words["statut"])


def diploma(youth: Youth, sheet: Sheet) -> Reason | None:
    """The diploma obtained, and the level of studies."""
    obtained, studies = _obtained(youth, sheet), _studies(youth, sheet)
    wanted = sheet.words["diplome"]
    if obtained is False:
        return youth.say.excluded("diplome", _level(youth.profile.diploma), wanted)
    if studies is False:
        own = youth.profile.preparing or youth.profile.diploma
        return youth.say.excluded("diplome", _level(own), wanted)
    if None in (obtained, studies):
        return youth.say.to_check("diplome", "", wanted)
    return None


def _obtained(youth: Youth, sheet: Sheet) -> bool | None:
    """The highest diploma, or the one being prepared where that will do."""
    reached = _at_least(youth.diploma, sheet.diploma_min)
    if sheet.programme.diploma_in_progress_ok and not reached:
        coming = (
            False
            if youth.preparing is None and youth.learns is False
            else _at_least(youth.preparing, sheet.diploma_min)
        )
        reached = _either(reached, coming)
    return _both(reached, _at_most(youth.diploma, sheet.diploma_max))


def _studies(youth: Youth, sheet: Sheet) -> bool | None:
    """The level being prepared; for a recent graduate who has left school, the last diploma; for others it does not apply."""
    level = youth.preparing
    if level is None and youth.learns is False:
        if "jeune_diplome" not in youth.statuses:
            return True
        level = youth.diploma
    return _both(_at_least(level, sheet.study_min), _at_most(level, sheet.study_max))


def _at_least(value: int | None, bound: int | None) -> bool | None:
    if bound is None:
        return True
    return None if value is None else value >= bound


def _at_most(value: int | None, bound: int | None) -> bool | None:
    if bound is None:
        return True
    return None if value is None else value <= bound


def _both(*answers: bool | None) -> bool | None:
    """Yes to all, no to one, or not known."""
    if False in answers:
        return False
    return None if None in answers else True


def _either(*answers: bool | None) -> bool | None:
    """Yes to one, no to all, or not known."""
    if True in answers:
        return True
    return None if None in answers else False


def _level(level: str | None) -> str:
    return taxonomy.label("diploma_levels", level) if level else ""


def nationality(youth: Youth, sheet: Sheet) -> Reason | None:
    """French, of the Union, of the European Economic Area, or any."""
    wanted = sheet.programme.nationality
    if wanted == "any":
        return None
    own = youth.profile.nationality
    if own is None:
        return youth.say.to_check("nationalite", "", sheet.words["nationalite"])
    citizens = {"fr": FRENCH, "ue": UNION | FRENCH, "eee": ECONOMIC_AREA | FRENCH}[wanted]
    if own in citizens:
        return None
    return youth.say.excluded(
        "nationalite", taxonomy.label("countries", own), sheet.words["nationalite"]
    )


def residence(youth: Youth, sheet: Sheet) -> Reason | None:
    """In France, in the region, in one of the departments named. Without a region, the department tells it."""
    programme, profile, wanted = sheet.programme, youth.profile, sheet.words["residence"]
    if not wanted:
        return None
    region = profile.region
    if region is None and profile.department is not None:
        region = "nouvelle_aquitaine" if profile.department in REGION else "autre_region"
    if region is None:
        return youth.say.to_check("residence", "", wanted)
    answer, shown = _lives(programme, region, profile.department), _home(profile.department, region)
    if answer is False:
        return youth.say.excluded("residence", shown, wanted)
    if answer is None:
        return youth.say.to_check("residence", shown, wanted)
    if programme.residence == "nouvelle_aquitaine":
        return youth.say.met("residence", shown, wanted)
    return None


def _lives(programme: Programme, region: str, department: str | None) -> bool | None:
    if region == "etranger":
        return False
    if region == "autre_region" and programme.residence == "nouvelle_aquitaine":
        return False
    if not programme.residence_departments:
        return True
    return None if department is None else department in programme.residence_departments


def _home(department: str | None, region: str) -> str:
    if department in REGION:
        return taxonomy.label("departments", department or "")
    return {
        "nouvelle_aquitaine": _("Nouvelle-Aquitaine"),
        "autre_region": _("une autre région"),
        "etranger": _("l’étranger"),
    }[region]


def language(youth: Youth, sheet: Sheet) -> Reason | None:
    """The level asked for, in the language named, in one of the host's, or in one of the Union's.

    A list of languages is taken as whole, except for French, which few think of writing down. Every youth here has French,
    so a sheet that asks for the host's language means another wherever there is another.
    """
    rule = sheet.programme.language
    if rule is None:
        return None
    wanted = sheet.words["langue"]
    if not youth.levels:
        return youth.say.to_check("langue", "", wanted)
    level = taxonomy.rank("cefr", rule.level_min)
    spoken = {code for code, own in youth.levels.items() if own >= level}
    accepted = _accepted(youth, sheet, rule.code)
    if spoken & accepted:
        return youth.say.met("langue", youth.skills(spoken & accepted), wanted)
    if "fr" in accepted and "fr" not in youth.levels:
        return youth.say.to_check("langue", "", wanted)
    return youth.say.excluded("langue", youth.skills(youth.levels), wanted)


def _accepted(youth: Youth, sheet: Sheet, code: str) -> set[str]:
    if code == "ue":
        return set(taxonomy.EU_LANGUAGES)
    if code != "dest":
        return {code}
    hosts = sheet.reach
    if youth.wanted is not None and hosts & youth.wanted:
        hosts &= youth.wanted
    found: set[str] = set()
    for country in hosts:
        tongues = taxonomy.host_languages(country)
        found |= tongues - {"fr"} or tongues
    return found


def prerequisite(youth: Youth, sheet: Sheet) -> Reason | None:
    """Every flag that is required, and one of those of which one is enough (flags or statuses)."""
    programme = sheet.programme
    if not programme.requires_flags and not programme.requires_any:
        return None
    every = _both(*(youth.flag(flag) for flag in programme.requires_flags))
    one = _one_of(youth, programme.requires_any)
    if every is False:
        return youth.say.excluded("prerequis", _("non"), sheet.words["flags"])
    if one is False:
        return youth.say.excluded("prerequis", _("aucun de ces points"), sheet.words["any"])
    if one is None:
        return youth.say.to_check("prerequis", "", sheet.words["any"])
    if every is None:
        return youth.say.to_check("prerequis", "", sheet.words["flags"])
    wanted = sheet.words["flags"] or sheet.words["any"]
    return youth.say.met("prerequis", wanted, wanted)


def _one_of(youth: Youth, wanted: tuple[str, ...]) -> bool | None:
    if not wanted:
        return True
    statuses = taxonomy.entries("statuses")
    return _either(*(_holds(youth, id_) if id_ in statuses else youth.flag(id_) for id_ in wanted))


def _holds(youth: Youth, status_id: str) -> bool | None:
    return status_id in youth.statuses if youth.statuses else None


HARD_RULES: dict[str, HardRule] = {
    "suspendu": suspended,
    "age": age,
    "statut": status,
    "diplome": diploma,
    "nationalite": nationality,
    "residence": residence,
    "langue": language,
    "prerequis": prerequisite,
}
