"""The rules that never bend: each tells, for any number of youths and sheets at once, whether it is met, and words its answer for one of them.

What is not known never excludes: the answer is then "to check". A rule that was met by something that few have speaks in favour.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from hookspecs import Need, Programme, Reason, _, ngettext, taxonomy
from plugins.matching_rules.arrays import (
    NO,
    NONE,
    UNKNOWN,
    YES,
    Array,
    all_of,
    at_least,
    at_most,
    bits,
    every_flag,
    row,
)
from plugins.matching_rules.facts import REGION, Sheet, Youth, campaign, reach
from plugins.matching_rules.youths import (
    CITIZENS,
    ELSEWHERE,
    IN_REGION,
    Youths,
    department_number,
    read_hosting,
)

EXCLUDED, TO_CHECK, MET, IN_FAVOUR = 0, 1, 2, 3
EXCLUDED_BESIDE, TO_CHECK_BESIDE = 4, 5
"""On the second ground of a rule that has two: what is left of a division by 4 is the answer."""

Columns = Mapping[str, Any]


class HardRule(msgspec.Struct, frozen=True, kw_only=True):
    """`fields` are all that the rule reads of a sheet: sheets that share them share its answer.

    `columns` prepares them, a column for each sheet; `judge` answers by one of the codes above, a row for each youth; `word`
    gives the reason for a code, None when it is not worth a word. `own` is all that `word` reads of a need: reasons are
    worded again only when it changes.
    """

    fields: tuple[str, ...]
    columns: Callable[[Sequence[Programme]], Columns]
    judge: Callable[[Youths, Columns], Array]
    word: Callable[[Youth, Sheet, int], Reason | None]
    own: Callable[[Need], Hashable]


def _told(values: Sequence[int | None]) -> Array:
    return row([NONE if value is None else value for value in values])


def _ranks(levels: Sequence[str | None]) -> Array:
    return _told([None if v is None else taxonomy.rank("diploma_levels", v) for v in levels])


def _suspended_columns(programmes: Sequence[Programme]) -> Columns:
    def code(programme: Programme) -> int:
        if programme.availability == "suspendu" or programme.application_mode == "closed":
            return EXCLUDED
        return TO_CHECK if programme.availability == "a_verifier" else MET

    return {"code": row([code(programme) for programme in programmes], np.int8)}


def _suspended(youths: Youths, sheets: Columns) -> Array:
    """A programme that is suspended or closed is never proposed; one to be checked is, with a word."""
    return np.broadcast_to(sheets["code"], (youths.count, sheets["code"].shape[1]))


def _word_suspended(youth: Youth, sheet: Sheet, code: int) -> Reason | None:
    if code == EXCLUDED:
        return youth.say.excluded("suspendu", "", _("les départs sont suspendus"))
    if code == TO_CHECK:
        return youth.say.to_check("suspendu", "", _("un programme confirmé cette année"))
    return None


def _age_columns(programmes: Sequence[Programme]) -> Columns:
    keys: dict[tuple[str, tuple[int, ...]], int] = {}
    spans = [
        keys.setdefault((programme.age_reference, campaign(programme)), len(keys))
        for programme in programmes
    ]
    return {
        "least": _told([programme.age_min for programme in programmes]),
        "most": _told([programme.age_max for programme in programmes]),
        "wider": _told([programme.age_max_handicap for programme in programmes]),
        "by_birth": row([programme.age_reference == "naissance" for programme in programmes], bool),
        "spans": np.array(spans, dtype=np.intp),
        "keys": tuple(keys),
    }


def _age(youths: Youths, sheets: Columns) -> Array:
    """Within the bounds on some day that counts: a day of application, or of departure.

    A recognised disability puts the wider limit in the place of the usual one.
    """
    first, last = youths.days(sheets["keys"])
    youngest = ((first - youths.birth) // 10_000)[:, sheets["spans"]]
    oldest = ((last - youths.birth) // 10_000)[:, sheets["spans"]]
    handicap = bits("flags", ["handicap"])
    disabled, able = youths.flags_yes & handicap != 0, youths.flags_no & handicap != 0
    least, most, wider = sheets["least"], sheets["most"], sheets["wider"]
    bounded = most != NONE
    limit = np.where(disabled & (wider != NONE), wider, most)
    above = bounded & (youngest > limit)
    excused = above & ~disabled & ~able & (youngest <= wider)
    below = (least != NONE) & (oldest < least)
    doubtful = sheets["by_birth"] | (youngest < least) | (bounded & (oldest > limit))
    code = np.where(excused | doubtful, TO_CHECK, MET)
    code = np.where(below | (above & ~excused), EXCLUDED, code)
    code = np.where(youths.birth == NONE, TO_CHECK, code)
    return np.where((least == NONE) & ~bounded, MET, code)


def _word_age(youth: Youth, sheet: Sheet, code: int) -> Reason | None:
    if code == MET:
        return None
    wanted, ages = sheet.words["age"], youth.ages(sheet)
    if ages is None:
        return youth.say.to_check("age", "", wanted)
    youngest, oldest = ages
    if code == EXCLUDED:
        return youth.say.excluded("age", years(youngest), wanted)
    programme, disabled = sheet.programme, youth.flag("handicap")
    most, wider = programme.age_max, programme.age_max_handicap
    if most is not None and youngest > most and not disabled:
        wanted = _("%(age)d ans au plus en situation de handicap reconnue") % {"age": wider}
    elif programme.age_reference != "naissance" and youngest >= (programme.age_min or 0):
        soon = _("bientôt %(age)s") % {"age": years(oldest)}
        return youth.say.to_check("age", soon, wanted)
    return youth.say.to_check("age", years(youngest), wanted)


def _age_own(need: Need) -> Hashable:
    disabled = need.profile.flags.get("handicap")
    return need.profile.birth_date, need.today, need.project.departure, disabled


def years(number: int) -> str:
    """« 21 ans »."""
    return ngettext("%(num)d an", "%(num)d ans", number) % {"num": number}


def _status_columns(programmes: Sequence[Programme]) -> Columns:
    return {
        "anyone": row(["tous" in programme.statuses for programme in programmes], bool),
        "statuses": row([bits("statuses", p.statuses, strangers=True) for p in programmes]),
    }


def _status(youths: Youths, sheets: Columns) -> Array:
    """One status in common, or a sheet for any."""
    code = np.where(youths.statuses & sheets["statuses"], MET, EXCLUDED)
    code = np.where(youths.statuses == 0, TO_CHECK, code)
    return np.where(sheets["anyone"], MET, code)


def _word_status(youth: Youth, sheet: Sheet, code: int) -> Reason | None:
    if code == TO_CHECK:
        return youth.say.to_check("statut", "", sheet.words["statut"])
    if code == EXCLUDED:
        return youth.say.excluded("statut", youth.words["statut"], sheet.words["statut"])
    return None


def _diploma_columns(programmes: Sequence[Programme]) -> Columns:
    return {
        "least": _ranks([programme.diploma_min for programme in programmes]),
        "most": _ranks([programme.diploma_max for programme in programmes]),
        "coming": row([programme.diploma_in_progress_ok for programme in programmes], bool),
        "study_least": _ranks([programme.study_level_min for programme in programmes]),
        "study_most": _ranks([programme.study_level_max for programme in programmes]),
    }


def _diploma(youths: Youths, sheets: Columns) -> Array:
    """The diploma obtained, and the level of studies."""
    obtained, studies = _obtained(youths, sheets), _studies(youths, sheets)
    code = np.where(all_of(obtained, studies) == YES, MET, TO_CHECK)
    code = np.where(studies == NO, EXCLUDED_BESIDE, code)
    return np.where(obtained == NO, EXCLUDED, code)


def _obtained(youths: Youths, sheets: Columns) -> Array:
    """The highest diploma, or the one being prepared where that will do."""
    reached = at_least(youths.diploma, sheets["least"])
    stopped = (youths.preparing == NONE) & (youths.learns == NO)
    coming = np.where(stopped, NO, at_least(youths.preparing, sheets["least"]))
    reached = np.where(sheets["coming"], np.maximum(reached, coming), reached)
    return all_of(reached, at_most(youths.diploma, sheets["most"]))


def _studies(youths: Youths, sheets: Columns) -> Array:
    """The level being prepared; for a recent graduate who has left school, the last diploma; for others it does not apply."""
    left = (youths.preparing == NONE) & (youths.learns == NO)
    graduate = (youths.statuses & bits("statuses", ["jeune_diplome"])) != 0
    level = np.where(left, youths.diploma, youths.preparing)
    fits = all_of(at_least(level, sheets["study_least"]), at_most(level, sheets["study_most"]))
    return np.where(left & ~graduate, YES, fits)


def _word_diploma(youth: Youth, sheet: Sheet, code: int) -> Reason | None:
    wanted, profile = sheet.words["diplome"], youth.profile
    if code == EXCLUDED:
        return youth.say.excluded("diplome", _level(profile.diploma), wanted)
    if code == EXCLUDED_BESIDE:
        own = profile.preparing or profile.diploma
        return youth.say.excluded("diplome", _level(own), wanted)
    return youth.say.to_check("diplome", "", wanted) if code == TO_CHECK else None


def _level(level: str | None) -> str:
    return taxonomy.label("diploma_levels", level) if level else ""


def _nationality_columns(programmes: Sequence[Programme]) -> Columns:
    return {"wanted": row([CITIZENS[programme.nationality] for programme in programmes])}


def _nationality(youths: Youths, sheets: Columns) -> Array:
    """French, of the Union, of the European Economic Area, or any."""
    code = np.where(youths.citizen >= sheets["wanted"], MET, EXCLUDED)
    code = np.where(youths.citizen == 0, TO_CHECK, code)
    return np.where(sheets["wanted"] == CITIZENS["any"], MET, code)


def _word_nationality(youth: Youth, sheet: Sheet, code: int) -> Reason | None:
    wanted = sheet.words["nationalite"]
    if code == TO_CHECK:
        return youth.say.to_check("nationalite", "", wanted)
    if code == EXCLUDED:
        own = taxonomy.label("countries", youth.profile.nationality or "")
        return youth.say.excluded("nationalite", own, wanted)
    return None


def _residence_columns(programmes: Sequence[Programme]) -> Columns:
    most = max((len(programme.residence_departments) for programme in programmes), default=0)
    departments = np.zeros((len(programmes), most), dtype=np.int64)
    for number, programme in enumerate(programmes):
        for place, code in enumerate(programme.residence_departments):
            departments[number, place] = department_number(code)
    return {
        "anywhere": row(
            [p.residence == "none" and not p.residence_departments for p in programmes], bool
        ),
        "region": row([p.residence == "nouvelle_aquitaine" for p in programmes], bool),
        "named": row([bool(p.residence_departments) for p in programmes], bool),
        "departments": departments[None],
    }


def _residence(youths: Youths, sheets: Columns) -> Array:
    """In France, in the region, in one of the departments named. Without a region, the department tells it."""
    near = (youths.department[:, :, None] == sheets["departments"]).any(axis=2)
    met = np.where(sheets["region"], IN_FAVOUR, MET)
    code = np.where(near, met, np.where(youths.department == NONE, TO_CHECK_BESIDE, EXCLUDED))
    code = np.where(sheets["named"], code, met)
    outside = (youths.home == ELSEWHERE) | (sheets["region"] & (youths.home != IN_REGION))
    code = np.where(outside, EXCLUDED, code)
    code = np.where(youths.home == 0, TO_CHECK, code)
    return np.where(sheets["anywhere"], MET, code)


def _word_residence(youth: Youth, sheet: Sheet, code: int) -> Reason | None:
    wanted = sheet.words["residence"]
    if code == MET:
        return None
    if code == TO_CHECK:
        return youth.say.to_check("residence", "", wanted)
    shown = _home(youth.profile.department, youth.profile.region)
    if code == EXCLUDED:
        return youth.say.excluded("residence", shown, wanted)
    if code == TO_CHECK_BESIDE:
        return youth.say.to_check("residence", shown, wanted)
    return youth.say.met("residence", shown, wanted)


def _home(department: str | None, region: str | None) -> str:
    if department in REGION:
        return taxonomy.label("departments", department or "")
    return {
        "nouvelle_aquitaine": _("Nouvelle-Aquitaine"),
        "autre_region": _("une autre région"),
        "etranger": _("l’étranger"),
    }[region or "autre_region"]


def _language_columns(programmes: Sequence[Programme]) -> Columns:
    rules = [programme.language for programme in programmes]
    return {
        "free": row([rule is None for rule in rules], bool),
        "hosting": read_hosting(
            [rule.code if rule else "" for rule in rules], [reach(p) for p in programmes]
        ),
        "level": row([taxonomy.rank("cefr", rule.level_min) if rule else 0 for rule in rules]),
    }


def _language(youths: Youths, sheets: Columns) -> Array:
    """The level asked for, in the language named, in one of the host's, or in one of the Union's.

    A list of languages is taken as whole, except for French, which few think of writing down. Every youth here has French,
    so a sheet that asks for the host's language means another wherever there is another.
    """
    best, french = youths.understood(sheets["hosting"], besides_french=True)
    french = french & ~youths.speaks("fr")
    code = np.where(french, TO_CHECK_BESIDE, EXCLUDED)
    code = np.where(best >= sheets["level"], IN_FAVOUR, code)
    code = np.where(youths.speaks(), code, TO_CHECK)
    return np.where(sheets["free"], MET, code)


def _word_language(youth: Youth, sheet: Sheet, code: int) -> Reason | None:
    rule, wanted = sheet.programme.language, sheet.words["langue"]
    if rule is None:
        return None
    if code % 4 == TO_CHECK:
        return youth.say.to_check("langue", "", wanted)
    if code == EXCLUDED:
        return youth.say.excluded("langue", youth.skills(youth.levels), wanted)
    level = taxonomy.rank("cefr", rule.level_min)
    useful = youth.useful(sheet, rule.code, besides_french=True)
    spoken = {tongue for tongue in useful if youth.levels.get(tongue, NONE) >= level}
    return youth.say.met("langue", youth.skills(spoken), wanted)


def _prerequisite_columns(programmes: Sequence[Programme]) -> Columns:
    statuses = taxonomy.entries("statuses")
    either = [[id_ for id_ in p.requires_any if id_ in statuses] for p in programmes]
    flags = [[id_ for id_ in p.requires_any if id_ not in statuses] for p in programmes]
    return {
        "every": row([bits("flags", p.requires_flags, strangers=True) for p in programmes]),
        "flags": row([bits("flags", ids, strangers=True) for ids in flags]),
        "statuses": row([bits("statuses", ids) for ids in either]),
    }


def _prerequisite(youths: Youths, sheets: Columns) -> Array:
    """Every flag that is required, and one of those of which one is enough (flags or statuses)."""
    every = every_flag(sheets["every"], youths.flags_yes, youths.flags_no)
    one = _one_of(youths, sheets)
    code = np.where(one == UNKNOWN, TO_CHECK_BESIDE, np.where(every == YES, IN_FAVOUR, TO_CHECK))
    code = np.where(one == NO, EXCLUDED_BESIDE, code)
    code = np.where(every == NO, EXCLUDED, code)
    free = (sheets["every"] | sheets["flags"] | sheets["statuses"]) == 0
    return np.where(free, MET, code)


def _one_of(youths: Youths, sheets: Columns) -> Array:
    flags, statuses = sheets["flags"], sheets["statuses"]
    open_ = (flags & ~youths.flags_no != 0) | ((statuses != 0) & (youths.statuses == 0))
    held = (flags & youths.flags_yes) | (statuses & youths.statuses)
    answer = np.where(held, YES, np.where(open_, UNKNOWN, NO))
    return np.where((flags | statuses) == 0, YES, answer)


def _word_prerequisite(youth: Youth, sheet: Sheet, code: int) -> Reason | None:
    flags, either = sheet.words["flags"], sheet.words["any"]
    if code == EXCLUDED:
        return youth.say.excluded("prerequis", _("non"), flags)
    if code == EXCLUDED_BESIDE:
        return youth.say.excluded("prerequis", _("aucun de ces points"), either)
    if code == TO_CHECK_BESIDE:
        return youth.say.to_check("prerequis", "", either)
    if code == TO_CHECK:
        return youth.say.to_check("prerequis", "", flags)
    wanted = flags or either
    return youth.say.met("prerequis", wanted, wanted) if code == IN_FAVOUR else None


def nothing(need: Need) -> Hashable:
    """The words depend on the sheet and the answer only."""
    return None


TONGUES = attrgetter("profile.languages", "project.zones", "project.countries")
PLACES = ("zones", "countries", "countries_excluded")

HARD_RULES: dict[str, HardRule] = {
    "suspendu": HardRule(
        fields=("availability", "application_mode"),
        columns=_suspended_columns,
        judge=_suspended,
        word=_word_suspended,
        own=nothing,
    ),
    "age": HardRule(
        fields=(
            "age_min",
            "age_max",
            "age_max_handicap",
            "age_reference",
            "application_mode",
            "application_months",
        ),
        columns=_age_columns,
        judge=_age,
        word=_word_age,
        own=_age_own,
    ),
    "statut": HardRule(
        fields=("statuses",),
        columns=_status_columns,
        judge=_status,
        word=_word_status,
        own=attrgetter("profile.statuses"),
    ),
    "diplome": HardRule(
        fields=(
            "diploma_min",
            "diploma_max",
            "diploma_in_progress_ok",
            "study_level_min",
            "study_level_max",
        ),
        columns=_diploma_columns,
        judge=_diploma,
        word=_word_diploma,
        own=attrgetter("profile.diploma", "profile.preparing"),
    ),
    "nationalite": HardRule(
        fields=("nationality",),
        columns=_nationality_columns,
        judge=_nationality,
        word=_word_nationality,
        own=attrgetter("profile.nationality"),
    ),
    "residence": HardRule(
        fields=("residence", "residence_departments"),
        columns=_residence_columns,
        judge=_residence,
        word=_word_residence,
        own=attrgetter("profile.department", "profile.region"),
    ),
    "langue": HardRule(
        fields=("language", *PLACES),
        columns=_language_columns,
        judge=_language,
        word=_word_language,
        own=TONGUES,
    ),
    "prerequis": HardRule(
        fields=("requires_flags", "requires_any"),
        columns=_prerequisite_columns,
        judge=_prerequisite,
        word=_word_prerequisite,
        own=nothing,
    ),
}
