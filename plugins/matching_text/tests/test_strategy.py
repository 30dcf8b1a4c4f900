"""The contract of every strategy, and what words do."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from core.catalogue.reasons import word
from core.contracts.matching import Need, Profile, Programme, Project
from core.testing.contracts import (
    TODAY,
    QuickStrategyContract,
    context,
    reference_programmes,
)
from plugins.matching_text.language import words
from plugins.matching_text.strategy import WordsStrategy

PROGRAMMES = reference_programmes()


class TestWordsStrategy(QuickStrategyContract):
    factory = WordsStrategy


def need(wish="", **profile):
    return Need(profile=Profile(**profile), project=Project(wish=wish), today=TODAY)


def ranked(wish="", **profile):
    return WordsStrategy().rank(context(), need(wish, **profile), PROGRAMMES)


@pytest.mark.parametrize(
    ("some", "others"),
    [
        ("danseuse", "danseuses"),
        ("écologie", "ECOLOGIE"),
        ("animaux", "animal"),
        ("l’océan", "océans"),
        ("voyages", "voyage"),
    ],
)
def test_forms_of_one_word_are_one_word(some, others):
    assert [w.stem for w in words(some)] == [w.stem for w in words(others)] != []


def test_small_words_tell_nothing():
    assert list(words("Je voudrais partir avec des jeunes pour voir le monde")) == []


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("Restaurer de vieux châteaux, le patrimoine bâti", "chantier-rempart"),
        ("garder des enfants dans une famille américaine", "au-pair-usa"),
        ("travailler dans une ferme bio contre le gîte", "wwoof"),
        ("le train à travers l’Europe pour mes 18 ans", "discovereu"),
        ("aider les tortues et les espèces menacées", "ecovolontariat"),
        ("créer mon entreprise avec un entrepreneur", "erasmus-entrepreneurs"),
        ("vivre au Japon", "pvt-japon"),
    ],
)
def test_a_sentence_finds_its_sheet(wish, expected):
    first = [verdict.programme_id for verdict in ranked(wish)[:3]]
    assert expected in first


def test_the_words_that_met_are_named_as_the_youth_wrote_them():
    (verdict,) = [
        v for v in ranked("restaurer des châteaux") if v.programme_id == "chantier-rempart"
    ]
    assert "« restaurer »" in word(verdict.reasons[0]).replace("\N{NO-BREAK SPACE}", " ")


def test_who_writes_nothing_gets_the_middle_everywhere_but_for_what_is_suspended():
    found = {v.score for v in ranked() if not v.excluded}
    assert found == {0.5}
    assert [v.programme_id for v in ranked() if v.excluded] == ["pvt-russie"]


def test_a_rare_word_tells_more_than_a_common_one():
    sheets = [
        Programme(id=f"s{number}", title_fr=title)
        for number, title in enumerate(["voile", "langues", "langues", "langues"])
    ]
    verdicts = WordsStrategy().rank(context(), need("voile et langues"), sheets)
    assert verdicts[0].programme_id == "s0"


@effort(max_examples=30, deadline=None)
@given(texts=st.lists(st.sampled_from(["ferme", "japon", "danse", "enfants", "train"]), max_size=4))
def test_more_words_in_common_never_score_less(texts):
    sheet = Programme(id="a", title_fr="ferme japon danse enfants train")
    other = Programme(id="b", title_fr="montagne")
    scores = [
        next(
            v.score
            for v in WordsStrategy().rank(
                context(), need(f"montagne {' '.join(texts[:count])}"), [sheet, other]
            )
            if v.programme_id == "a"
        )
        for count in range(len(texts) + 1)
    ]
    assert all(less <= more + 1e-9 for less, more in pairwise(scores))
