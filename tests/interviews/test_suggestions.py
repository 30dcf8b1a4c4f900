"""Free words become suggestions: in the order of the text, never what is chosen, never what is said not to be wanted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue import taxonomy
from core.contracts.matching import Profile, Project
from core.interviews.suggestions import MOST, suggest

NOBODY, NOTHING = Profile(), Project()


def ids(text, profile=NOBODY, project=NOTHING):
    return [f"{one.field}:{one.id}" for one in suggest([text], profile, project)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Elle adore la photo et le foot, rêve du Japon", ["interests:arts", "interests:sport", "countries:JP"]),
        ("PHOTOS, footballeuse ? non : foot", ["interests:arts", "interests:sport"]),
        ("Pas d’Asie, plutôt travailler en Nouvelle-Zélande", ["domains:emploi", "countries:NZ"]),
        ("Pas trop envie de sport. J’aimerais un volontariat", ["domains:volontariat"]),
        ("étudiante, bénévole, un stage en Angleterre", ["statuses:etudiant", "domains:chantier", "domains:stage", "countries:GB"]),
        ("un road trip", ["interests:voyage"]),
        ("rien de spécial", []),
        ("", []),
    ],
)  # fmt: skip
def test_words_lead_to_tags(text, expected):
    assert ids(text) == expected


def test_what_is_chosen_is_not_suggested_again():
    profile, project = Profile(interests=("arts",)), Project(countries=("JP",))
    assert ids("photo, foot, Japon", profile, project) == ["interests:sport"]


@settings(deadline=None)  # the first one reads the taxonomy
@given(st.lists(st.text(max_size=60), max_size=4))
def test_no_text_breaks_it_and_what_it_suggests_can_be_chosen(texts):
    found = suggest(texts, Profile(), Project())
    assert len(found) <= MOST
    assert len({(one.field, one.id) for one in found}) == len(found)
    for one in found:
        known = (
            dict(taxonomy.countries()) if one.field == "countries" else taxonomy.entries(one.field)
        )
        assert one.id in known
        assert one.id not in taxonomy.PROGRAMME_ONLY


@settings(deadline=None)  # the first one reads the taxonomy
@given(
    st.sampled_from(["photo", "foot", "Japon", "stage"]), st.text(alphabet="abc ,.", max_size=20)
)
def test_a_word_is_found_wherever_it_stands(word, around):
    assert set(ids(word)) <= set(ids(f"{around}. {word}. {around}"))
