"""Texts in templates: translated, filled in, escaped where a page is written and left alone where a letter is."""

import pytest

from core.web.i18n import use_locale


@pytest.fixture
def render(platform):
    return lambda source, **values: platform.templates.from_string(source).render(values)


def test_what_is_filled_into_a_text_is_escaped_and_the_text_is_not(render):
    source = '{{ _("Près de %(place)s", place=place) }}|{{ _("<b>100 %%</b>") }}'
    assert render(source, place="<i>Pau") == "Près de &lt;i&gt;Pau|<b>100 %</b>"


def test_a_letter_is_not_escaped(render):
    source = '{% autoescape false %}{{ _("Près de %(place)s", place=place) }}{% endautoescape %}'
    assert render(source, place="l’Île & co") == "Près de l’Île & co"


def test_a_number_chooses_its_form_by_the_language(render):
    source = '{{ ngettext("%(num)d résultat", "%(num)d résultats", number) }}'
    assert [render(source, number=n) for n in (0, 1, 2)] == [
        "0 résultat",
        "1 résultat",
        "2 résultats",
    ]
    with use_locale("en"):
        assert render('{{ _("Menu principal") }}') == "Main menu"


def test_a_block_of_text_is_translated_the_same_way(render):
    source = "{% trans place=place %}Près de {{ place }}{% endtrans %}"
    assert render(source, place="<Pau>") == "Près de &lt;Pau&gt;"
