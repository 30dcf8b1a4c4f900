"""Each rule at its edges, on facts made for it."""

from datetime import date

import msgspec
import numpy as np
import pytest

from core.contracts.matching import (
    LanguageRule,
    LanguageSkill,
    Need,
    Profile,
    Programme,
    Project,
)
from core.testing.contracts import TODAY, context
from plugins.matching_rules.days import age_on, months_set, number
from plugins.matching_rules.strategy import RulesStrategy
from plugins.matching_rules.youths import application_days, columns

NOW, MAY = TODAY, date(2027, 5, 20)


def tone(criterion, facts, profile=None, project=None):
    """What the rule says: excluded, to_check, or met (for, or no word at all)."""
    programme = Programme(id="p", title_fr="P", statuses=("tous",), zones=("monde",))
    programme = msgspec.structs.replace(programme, **facts)
    need = Need(profile=Profile(**(profile or {})), project=Project(**(project or {})), today=NOW)
    verdict = RulesStrategy().rank(context(), need, [programme])[0]
    found = {r.tone for r in verdict.reasons if r.criterion == criterion}
    assert len(found) <= 1
    return "met" if found <= {"for"} else found.pop()


def born(years, day=NOW):
    """Someone who turns `years` on that day."""
    return {"birth_date": day.replace(year=day.year - years)}


ADULTS = {"age_min": 18, "age_max": 30}
LEAVING = {**ADULTS, "age_reference": "depart"}


@pytest.mark.parametrize(
    ("facts", "profile", "project", "expected"),
    [
        (ADULTS, {}, {}, "to_check"),
        (ADULTS, born(18), {}, "met"),
        (ADULTS, born(30), {}, "met"),
        (ADULTS, born(31), {}, "excluded"),
        (ADULTS, born(17), {}, "excluded"),
        (ADULTS, born(18, MAY), {}, "to_check"),
        (ADULTS, born(18, MAY), {"departure": "2027-04"}, "excluded"),
        (ADULTS, born(18, MAY), {"departure": "2027-05"}, "to_check"),
        (ADULTS, born(31, MAY), {"departure": "2027-09"}, "to_check"),
        (LEAVING, born(18, MAY), {"departure": "2027-06"}, "met"),
        (LEAVING, born(18, MAY), {"departure": "2027-04"}, "excluded"),
        (LEAVING, born(31, MAY), {"departure": "2027-06"}, "excluded"),
        (LEAVING, born(31, MAY), {"departure": "2027-04"}, "met"),
        (LEAVING, born(31, MAY), {}, "to_check"),
        (
            {**ADULTS, "application_mode": "windows", "application_months": (6,)},
            born(31, MAY),
            {},
            "excluded",
        ),
        ({"age_min": 18, "age_max": 18, "age_reference": "naissance"}, born(18), {}, "to_check"),
        ({"age_min": 18, "age_max": 18, "age_reference": "naissance"}, born(19), {}, "excluded"),
        ({}, {}, {}, "met"),
    ],
)
def test_age_is_read_on_the_days_that_count(facts, profile, project, expected):
    assert tone("age", facts, profile, project) == expected


@pytest.mark.parametrize(
    ("flags", "expected"),
    [({"handicap": True}, "met"), ({"handicap": False}, "excluded"), ({}, "to_check")],
)
def test_a_recognised_disability_widens_the_limit_of_age(flags, expected):
    facts = {"age_max": 25, "age_max_handicap": 30}
    assert tone("age", facts, {**born(28), "flags": flags}) == expected
    assert tone("age", facts, {**born(31), "flags": flags}) == "excluded"


def test_the_wider_limit_stands_in_the_place_of_the_usual_one():
    facts = {"age_max": 25, "age_max_handicap": 30, "age_reference": "depart"}
    soon_26, soon_31 = born(26, MAY), born(31, MAY)
    assert tone("age", facts, {**soon_26, "flags": {"handicap": True}}) == "met"
    assert tone("age", facts, {**soon_26, "flags": {"handicap": False}}) == "to_check"
    assert tone("age", facts, {**soon_31, "flags": {"handicap": True}}) == "to_check"


def test_a_campaign_after_the_departure_is_told_whatever_day_the_age_is_read_on():
    campaign = {"application_mode": "windows", "application_months": (10,)}
    leaving = {"departure": "2027-06"}
    for reference in ("candidature", "depart"):
        facts = {**campaign, "age_reference": reference}
        assert tone("departure", facts, project=leaving) == "against"


def test_ids_that_the_taxonomy_does_not_have_are_neither_forgotten_nor_met():
    assert tone("statut", {"statuses": ("astronaute",)}, {"statuses": ("salarie",)}) == "excluded"
    assert tone("prerequis", {"requires_flags": ("scaphandre",)}) == "to_check"


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [((), "to_check"), (("salarie", "etudiant"), "met"), (("salarie",), "excluded")],
)
def test_one_status_in_common_is_enough(statuses, expected):
    assert tone("statut", {"statuses": ("etudiant",)}, {"statuses": statuses}) == expected


OBTAINED = {"diploma_min": "bac_3"}
COMING = {"diploma_min": "bac", "diploma_in_progress_ok": True}
HIGHER = {"study_level_min": "bac_2"}
LOWER = {"study_level_max": "bac"}


@pytest.mark.parametrize(
    ("facts", "profile", "expected"),
    [
        (OBTAINED, {}, "to_check"),
        (OBTAINED, {"diploma": "bac_3"}, "met"),
        (OBTAINED, {"diploma": "bac_2", "preparing": "bac_3"}, "excluded"),
        (COMING, {"diploma": "cap_bep", "preparing": "bac"}, "met"),
        (COMING, {"diploma": "cap_bep"}, "to_check"),
        (COMING, {"diploma": "cap_bep", "statuses": ("apprenti",)}, "to_check"),
        (COMING, {"diploma": "cap_bep", "statuses": ("salarie",)}, "excluded"),
        ({"diploma_max": "bac"}, {"diploma": "bac_2"}, "excluded"),
        ({"diploma_max": "bac"}, {"diploma": "bac"}, "met"),
        (HIGHER, {"preparing": "bac", "statuses": ("apprenti",)}, "excluded"),
        (HIGHER, {"preparing": "bac_2", "statuses": ("apprenti",)}, "met"),
        (HIGHER, {"statuses": ("etudiant",)}, "to_check"),
        (HIGHER, {"statuses": ("salarie",), "diploma": "bac"}, "met"),
        (HIGHER, {"statuses": ("jeune_diplome",), "diploma": "bac"}, "excluded"),
        (HIGHER, {"statuses": ("jeune_diplome",), "diploma": "bac_3"}, "met"),
        (LOWER, {"statuses": ("jeune_diplome",), "diploma": "bac_3"}, "excluded"),
        (LOWER, {"statuses": ("jeune_diplome",)}, "to_check"),
        (LOWER, {}, "to_check"),
    ],
)
def test_diplomas_and_levels_of_study(facts, profile, expected):
    assert tone("diplome", facts, profile) == expected


@pytest.mark.parametrize(
    ("wanted", "own", "expected"),
    [
        ("any", None, "met"),
        ("fr", None, "to_check"),
        ("fr", "FR", "met"),
        ("fr", "RE", "met"),
        ("fr", "BE", "excluded"),
        ("ue", "BE", "met"),
        ("ue", "NO", "excluded"),
        ("eee", "NO", "met"),
        ("eee", "CH", "excluded"),
        ("eee", "GB", "excluded"),
    ],
)
def test_nationality(wanted, own, expected):
    assert tone("nationalite", {"nationality": wanted}, {"nationality": own}) == expected


REGION = {"residence": "nouvelle_aquitaine"}
VIENNE = {**REGION, "residence_departments": ("87",)}


@pytest.mark.parametrize(
    ("facts", "profile", "expected"),
    [
        ({"residence": "none"}, {}, "met"),
        ({"residence": "france"}, {}, "to_check"),
        ({"residence": "france"}, {"region": "etranger"}, "excluded"),
        ({"residence": "france"}, {"department": "31"}, "met"),
        (REGION, {"department": "33"}, "met"),
        (REGION, {"region": "nouvelle_aquitaine"}, "met"),
        (REGION, {"department": "31"}, "excluded"),
        (VIENNE, {"department": "87", "region": "nouvelle_aquitaine"}, "met"),
        (VIENNE, {"department": "24", "region": "nouvelle_aquitaine"}, "excluded"),
        (VIENNE, {"region": "nouvelle_aquitaine"}, "to_check"),
        (VIENNE, {"region": "autre_region"}, "excluded"),
    ],
)
def test_residence(facts, profile, expected):
    assert tone("residence", facts, profile) == expected


def skills(**levels):
    return {"languages": tuple(LanguageSkill(code=c, level=v) for c, v in levels.items())}


def wants(code, level="B1", **facts):
    return {"language": LanguageRule(code=code, level_min=level), **facts}


@pytest.mark.parametrize(
    ("facts", "profile", "project", "expected"),
    [
        (wants("en"), {}, {}, "to_check"),
        (wants("en"), skills(en="B1"), {}, "met"),
        (wants("en", "B2"), skills(en="B1"), {}, "excluded"),
        (wants("en"), skills(fr="C2", es="B2"), {}, "excluded"),
        (wants("ue"), skills(fr="C2"), {}, "excluded"),
        (wants("ue"), skills(fr="C2", pl="B1"), {}, "met"),
        (wants("fr"), skills(en="B2"), {}, "to_check"),
        (wants("fr", "B2"), skills(fr="B1"), {}, "excluded"),
        (wants("dest", countries=("DE", "IE")), skills(en="B2"), {}, "met"),
        (
            wants("dest", countries=("DE", "IE")),
            skills(en="B2"),
            {"countries": ("DE",)},
            "excluded",
        ),
        (wants("dest", countries=("DE", "IE")), skills(en="B2"), {"countries": ("JP",)}, "met"),
        (wants("dest", countries=("CA",)), skills(fr="C2"), {}, "excluded"),
        (wants("dest", countries=("MC",)), skills(fr="C2"), {}, "met"),
    ],
)
def test_language(facts, profile, project, expected):
    assert tone("langue", facts, profile, project) == expected


BOTH = {"requires_flags": ("permis_b", "experience_enfants")}
ANY = {"requires_any": ("bas_revenus", "apprenti")}


@pytest.mark.parametrize(
    ("facts", "profile", "expected"),
    [
        (BOTH, {}, "to_check"),
        (BOTH, {"flags": {"permis_b": True}}, "to_check"),
        (BOTH, {"flags": {"permis_b": False}}, "excluded"),
        (BOTH, {"flags": {"permis_b": True, "experience_enfants": True}}, "met"),
        (ANY, {}, "to_check"),
        (ANY, {"flags": {"bas_revenus": True}}, "met"),
        (ANY, {"statuses": ("apprenti",)}, "met"),
        (ANY, {"statuses": ("salarie",)}, "to_check"),
        (ANY, {"statuses": ("salarie",), "flags": {"bas_revenus": False}}, "excluded"),
    ],
)
def test_prerequisites(facts, profile, expected):
    assert tone("prerequis", facts, profile) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"availability": "suspendu"}, "excluded"),
        ({"application_mode": "closed"}, "excluded"),
        ({"availability": "a_verifier"}, "to_check"),
        ({}, "met"),
    ],
)
def test_what_is_suspended_is_never_proposed(facts, expected):
    assert tone("suspendu", facts) == expected


@pytest.mark.parametrize(
    ("birth", "day", "expected"),
    [
        (date(2004, 2, 29), date(2027, 2, 28), 22),
        (date(2004, 2, 29), date(2027, 3, 1), 23),
        (date(2000, 5, 31), date(2027, 5, 31), 27),
        (date(2000, 5, 31), date(2027, 5, 30), 26),
    ],
)
def test_age_in_whole_years(birth, day, expected):
    assert age_on(number(birth), number(day)) == expected


@pytest.mark.parametrize(
    ("months", "departure", "first", "last"),
    [
        ((), "2027-06", NOW, date(2027, 6, 30)),
        ((1, 2), "2027-06", NOW, date(2027, 2, 28)),
        ((3,), "2027-06", date(2027, 3, 1), date(2027, 3, 31)),
        ((10, 11), "2027-06", date(2027, 10, 1), date(2027, 10, 31)),
        ((12,), None, date(2027, 12, 1), date(2027, 12, 31)),
        ((), None, NOW, date(2028, 1, 24)),
        ((), "2026-03", NOW, NOW),
    ],
)
def test_one_applies_from_today_in_the_open_months_before_leaving(months, departure, first, last):
    need = Need(profile=Profile(), project=Project(departure=departure), today=NOW)
    days = application_days(columns([need], 12), np.array([months_set(months)]))
    assert [int(day[0]) for day in days] == [number(first), number(last)]
