import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue import taxonomy, words
from core.contracts.matching import LanguageRule, Programme
from core.web.i18n import use_locale


def sheet(**facts):
    return Programme(id="p", title_fr="P", **facts)


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [
        (2, 4, "2 à 4 semaines"),
        (1, 1, "1 semaine"),
        (2, 13, "2 semaines à 3 mois"),
        (26, 104, "6 mois à 2 ans"),
        (52, 52, "1 an"),
        (13, None, "à partir de 3 mois"),
        (None, 8, "jusqu’à 8 semaines"),
        (None, None, ""),
    ],
)
def test_lengths_in_the_unit_that_people_use(least, most, expected):
    assert words.duration(least, most) == expected


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        ((11, 12, 1, 2, 3), "de novembre à mars"),
        ((10, 3), "mars et octobre"),
        ((7, 8), "juillet et août"),
        ((1, 7, 8), "janvier, juillet et août"),
        (tuple(range(1, 13)), "toute l’année"),
        ((), ""),
    ],
)
def test_months_as_seasons(months, expected):
    assert words.months(months) == expected


@given(st.sets(st.integers(1, 12), min_size=1, max_size=11))
def test_a_season_names_its_first_month(months):
    text = words.months(months)
    starts = [month for month in months if (month - 2) % 12 + 1 not in months]
    assert all(words.month_name(month) in text for month in starts)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"age_min": 18, "age_max": 30}, "de 18 à 30 ans au moment de la candidature"),
        ({"age_max": 30, "age_reference": "depart"}, "jusqu’à 30 ans au départ"),
        ({"age_min": 18}, "à partir de 18 ans au moment de la candidature"),
        ({}, ""),
    ],
)
def test_ages_say_when_they_are_read(facts, expected):
    assert words.ages(sheet(**facts)) == expected


def test_places_are_countries_when_few_and_zones_when_many():
    assert words.places(sheet(countries=("DE", "ES"))) == "Allemagne et Espagne"
    many = taxonomy.countries_of("europe_ue")
    assert words.places(sheet(zones=("europe_ue",), countries=many)).startswith("Union européenne")
    assert words.places(sheet(zones=("monde",))) == "le monde entier"


def test_a_language_may_be_that_of_the_host():
    rule = LanguageRule(code="dest", level_min="B1")
    assert words.language(rule) == "langue du pays d’accueil, niveau B1"


def test_long_lists_are_cut_with_their_number():
    text = words.labels("countries", ("DE", "ES", "IT", "PT"), most=2)
    assert text == "Allemagne, Espagne et 2 autres"


def test_labels_follow_the_language_and_an_unknown_id_names_itself():
    assert taxonomy.label("countries", "DE") == "Allemagne"
    assert taxonomy.label("countries", "DE", "en") == "Germany"
    with use_locale("en"):
        assert taxonomy.label("statuses", "etudiant") == "Higher-education student"
    assert taxonomy.label("languages", "uk") == "Ukrainien"
    assert taxonomy.label("statuses", "xyz") == "xyz"


def test_people_choose_among_what_a_person_may_be():
    assert "tous" not in dict(taxonomy.options("statuses"))
    assert not {"dest", "ue"} & set(dict(taxonomy.languages()))
    assert dict(taxonomy.options("departments"))["33"] == "Gironde"


def test_every_country_of_a_zone_has_a_name_and_finds_its_zone():
    names = dict(taxonomy.countries())
    for zone in taxonomy.entries("zones"):
        for country in taxonomy.countries_of(zone):
            assert country in names
            assert taxonomy.zone_of(country) == zone


def test_host_languages_are_the_official_ones():
    assert taxonomy.host_languages("CH") >= {"de", "fr", "it"}
    assert taxonomy.host_languages("US") == {"en"}
    assert "no" in taxonomy.host_languages("NO")
