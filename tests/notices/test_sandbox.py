import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.notices.sandbox import FILTERS, RenderFault, faults, render, used
from core.web.i18n import use_locale

NAMES = ("jeune", "motif", "heure")
VALUES = {"jeune": "Alix", "motif": "", "heure": "14 h"}


def said(source: str) -> list[tuple[int, str]]:
    return [(f.line, f.message.replace("\xa0", " ")) for f in faults(source, NAMES)]


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("Bonjour {{ jeune }} !", "Bonjour Alix !"),
        ("{% if motif %}Motif : {{ motif }}{% else %}Rien{% endif %}", "Rien"),
        ("{% if motif %}a{% elif heure == '14 h' %}b{% endif %}", "b"),
        ("{{ jeune|upper }} {{ motif|default('x', true) }}", "ALIX x"),
        ("{{ jeune if not motif else heure }}", "Alix"),
        ("{% if motif %}\nligne\n{% endif %}\nsuite", "suite"),
        ("Une accolade { seule }, 100 % et <b>", "Une accolade { seule }, 100 % et <b>"),
        ("{# pour nous #}{{ jeune ~ heure }}", "Alix14 h"),
    ],
)
def test_a_text_says_its_variables_and_chooses(source, read):
    assert said(source) == []
    assert render(source, VALUES) == read


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("a\nb {{ jeun }}", 2, "Vouliez-vous écrire « jeune »"),
        ("{{ zzz }}", 1, "choisissez dans la liste"),
        ("a\n\n{{ jeune.name }}", 3, "seul, sans point"),
        ("{{ jeune[0] }}", 1, "seul, sans point"),
        ("{% if motif %}\na", 2, "se ferme par {% endif %}"),
        ("a{% endif %}", 1, "se ferme par {% endif %}"),
        ("{% for x in jeune %}{% endfor %}", 1, "On ne répète rien"),
        ("a\n{% boucle %}", 2, "« boucle » n’est pas permis"),
        ("{{ jeune", 1, "accolades sont mal écrites"),
        ("{{ jeune }", 1, "accolades sont mal écrites"),
        ("{{ }}", 1, "accolades sont mal écrites"),
        ("{{ jeune|length }}", 1, "« length » n’est pas permis"),
        ("{{ range(9) }}", 1, "Seuls {{ variable }}"),
        ("{{ ''.__class__ }}", 1, "seul, sans point"),
        ("{{ jeune * 9 }}", 1, "Seuls {{ variable }}"),
        ("{% set jeune = 'x' %}", 1, "Seuls {{ variable }}"),
        ("{% include 'x' %}", 1, "Seuls {{ variable }}"),
        ("{% macro m() %}{% endmacro %}", 1, "Seuls {{ variable }}"),
        ("{{ " + "(" * 3000 + "jeune" + ")" * 3000 + " }}", 1, "trop compliqué"),
        ("{{ 9 ** 9 ** 9 }}", 1, "Seuls {{ variable }}"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_how_to_mend_it(source, line, words):
    (first, *_) = said(source)
    assert first[0] == line
    assert words in first[1]


def test_every_fault_is_said_at_once_in_the_order_of_the_lines():
    assert [line for line, _ in said("{{ a1 }}\n{{ b2 }}\n{{ jeune }}\n{{ c3 }}")] == [1, 2, 4]
    with use_locale("en"):
        assert faults("{{ zzz }}", NAMES)


def test_a_value_that_is_missing_or_a_comparison_without_sense_is_a_fault_with_its_line():
    with pytest.raises(RenderFault) as missing:
        render("a\n{{ jeune }}\n{{ motif }}", {"jeune": "Alix"})
    assert missing.value.line == 3
    with pytest.raises(RenderFault):
        render("{{ jeune < 3 }}", VALUES)


def test_what_a_text_mentions_is_known():
    assert used("{{ jeune }}{% if motif %}{{ heure|lower }}{% endif %}") == set(NAMES)


pieces = st.one_of(
    st.sampled_from(
        [
            "{{ jeune }}",
            "{% if motif %}",
            "{% else %}",
            "{% endif %}",
            "{{ heure|",
            "}}",
            "{%",
            "\n",
            "{{ x",
            "'",
            "~",
            "{% for i in range(10**9) %}",
            "{{ [1] * 99 }}",
            *FILTERS,
        ]
    ),
    st.text(alphabet="abé {}%|#\n", max_size=6),
)


@given(st.lists(pieces, max_size=14).map("".join))
def test_whatever_is_typed_either_a_fault_says_where_or_the_text_reads(source):
    found = faults(source, NAMES)
    if found:
        assert all(1 <= fault.line <= source.count("\n") + 2 for fault in found)
        assert all(fault.message for fault in found)
        return
    assert isinstance(render(source, VALUES), str)
    assert len(render(source, VALUES)) <= len(source) + sum(map(len, VALUES.values())) * len(source)
