import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.notifications_sms.gsm import BASIC, EACH_PART, EXTENDED, fit, parts, replaced, septets

ALPHABET = BASIC | EXTENDED
fitting = st.text(alphabet=sorted(ALPHABET), max_size=700)


def test_the_alphabet_is_that_of_the_standard():
    """127 signs (the 128th is the escape) and ten that need it."""
    assert len(BASIC) == 127
    assert len(EXTENDED) == 10
    assert not BASIC & EXTENDED


@given(st.text(max_size=300))
def test_whatever_is_written_is_made_to_fit_and_stays_so(text):
    fitted = fit(text)
    assert set(fitted) <= ALPHABET
    assert fit(fitted) == fitted


@given(fitting)
def test_what_fits_already_is_not_touched(text):
    assert fit(text) == text


@given(st.text(max_size=100), st.text(max_size=100))
def test_no_letter_disappears(left, right):
    """A reader sees that something was there, be it as « ? »."""
    letters = [character for character in left + right if character.isalpha()]
    assert bool(fit("".join(letters)).strip()) == bool(letters)


@pytest.mark.parametrize(
    ("text", "fitted"),
    [
        ("C’est noté : mar. 9 févr. à 14\u202fh", "C'est noté : mar. 9 févr. à 14 h"),
        ("Cœur d’Être, ÇA ça Î ï û ŒUF", "Coeur d'Etre, ÇA ca I i u OEUF"),
        ("À É È — « oui » … n° 5", 'A É E - " oui " ... no 5'),
        ("Łódź Đorđe ½ ™", "Lodz Dorde 1/2 TM"),
        ("e\u0301te\u0301 🌍 départ", "été  départ"),
        ("Привет 가 ﷺ", "?????? ? ?"),
        ("10 € [x] ~ ［y］", "10 € [x] ~ [y]"),
    ],
)
def test_signs_and_letters_become_what_a_reader_expects(text, fitted):
    assert fit(text) == fitted


def test_the_signs_that_change_are_named_once_each():
    assert replaced("L’été, l’hôte : Œuvre") == ["’", "ô", "Œ"]
    assert replaced("Bonjour à 14 h") == []


def test_a_part_more_begins_at_161_then_every_153():
    assert [parts("a" * n) for n in (0, 1, 160, 161, 306, 307, 459, 460)] == [
        1,
        1,
        1,
        2,
        2,
        3,
        3,
        4,
    ]
    assert septets("€" * 80) == 160
    assert parts("€" * 80) == 1
    assert parts("€" * 81) == 2


@given(fitting)
def test_parts_are_enough_and_no_more_than_needed_and_no_sign_is_cut_in_two(text):
    count = parts(text)
    if septets(text) <= 160:
        assert count == 1
        return
    assert count >= math.ceil(septets(text) / EACH_PART)
    cut, current = [], ""
    for character in text:
        if septets(current + character) > EACH_PART:
            cut.append(current)
            current = ""
        current += character
    assert count == len([*cut, current])
    assert count <= math.ceil(septets(text) / (EACH_PART - 1))
