from datetime import date

import pytest
from jinja2 import UndefinedError

from core.web.forms import Form
from core.web.i18n import use_locale
from core.web.templating import day, short_day


@pytest.fixture
def render(platform):
    def render(source, **values):
        names = (
            "button, checkbox, checks, commune, confirm, error_summary, field, gauge, icon, pagination, radios, select, steps,"
            " textarea, ticket"
        )
        start = f'{{% from "web/components.html" import {names} %}}'
        return platform.templates.from_string(start + source).render(values)

    return render


@pytest.fixture
def wrong():
    return Form(
        {"name": '"><b>Zoé', "word": "a\n<b>", "mode": "video", "tongues": ["es"], "ok": "true"},
        {"name": "Trop court.", "mode": "Plus proposé.", "": "Créneau perdu."},
    )


def test_a_field_keeps_what_was_typed_escaped_and_points_to_its_fault(render, wrong):
    html = render('{{ field(form, "name", "Nom", hint="Le vôtre", required=True) }}', form=wrong)
    assert 'value="&#34;&gt;&lt;b&gt;Zoé"' in html
    assert 'aria-describedby="f-name-hint f-name-error" aria-invalid="true"' in html
    assert '<label class="label" for="f-name">' in html
    assert 'id="f-name-error"' in html
    assert "Trop court." in html
    assert " required" in html


def test_a_password_is_never_sent_back(render):
    html = render('{{ field(form, "secret", "S", type="password") }}', form=Form({"secret": "abc"}))
    assert "abc" not in html


def test_a_sound_field_claims_no_fault(render):
    html = render('{{ field(form, "name", "Nom") }}', form=Form({"name": "Zoé"}))
    assert "aria-" not in html


def test_a_textarea_keeps_its_lines(render, wrong):
    html = render('{{ textarea(form, "word", "Mot") }}', form=wrong)
    assert ">\na\n&lt;b&gt;</textarea>" in html


def test_choices_stay_chosen_and_a_group_names_its_fault(render, wrong):
    options = [("in_person", "Sur place"), ("video", "Visio")]
    html = render('{{ radios(form, "mode", "Façon", options) }}', form=wrong, options=options)
    assert 'id="f-mode-2" name="mode" value="video" checked' in html
    assert html.count("checked") == 1
    assert '<fieldset class="field is-wrong" aria-describedby="f-mode-error">' in html
    html = render('{{ checks(form, "tongues", "L", options) }}', form=wrong, options=[("en", "A"), ("es", "E")])  # fmt: skip
    assert 'value="es" checked' in html
    assert 'value="en" checked' not in html
    html = render('{{ select(form, "mode", "F", options, empty="?") }}', form=wrong, options=options)  # fmt: skip
    assert '<option value="video" selected>' in html
    assert " checked" in render('{{ checkbox(form, "ok", "Oui") }}', form=wrong)
    assert " checked" not in render('{{ checkbox(form, "ok", "Oui") }}', form=Form({"ok": None}))


def test_the_summary_links_each_fault_to_its_field_and_says_the_others(render, wrong):
    html = render('{{ error_summary(form, labels={"name": "Nom"}) }}', form=wrong)
    assert '<a href="#f-name">Nom\N{NO-BREAK SPACE}: Trop court.</a>' in html
    assert "<li>Créneau perdu.</li>" in html
    assert "3 réponses sont à revoir" in html
    assert render("{{ error_summary(form) }}", form=Form()).strip() == ""


def test_a_ticket_is_a_link_or_a_button(render):
    assert '<a class="ticket" href="/x" aria-label="mardi à 9 h">' in render(
        '{{ ticket("9 h", href="/x", label="mardi à 9 h") }}'
    )
    assert '<button class="ticket" type="submit" name="slot" value="1">' in render(
        '{{ ticket("9 h", name="slot", value="1") }}'
    )


def test_a_drawing_that_does_not_exist_is_an_error(render):
    with pytest.raises(UndefinedError):
        render('{{ icon("unicorn") }}')


def test_a_gauge_says_its_figures_in_words_and_never_overflows(render):
    html = render('{{ gauge(5, 3, "créneaux") }}{{ gauge(200, 90, "fiches") }}')
    assert html.count("is-full") == 4
    assert 'width="100" height="8" rx="2" class="is-full"' in html
    assert 'data-state="short"' not in html


def test_pages_turn_only_where_there_are_pages(render):
    assert render('{{ pagination(1, 1, "?page=") }}').strip() == ""
    html = render('{{ pagination(2, 3, "?page=") }}')
    assert 'rel="prev" href="?page=1"' in html
    assert 'rel="next" href="?page=3"' in html


def test_a_second_thought_is_a_post_with_its_token(render):
    html = render('{{ confirm("Supprimer…", "Sûr ?", "/x", "jeton", "Oui") }}')
    assert '<form class="confirm-body" method="post" action="/x">' in html
    assert 'name="_csrf_token" value="jeton"' in html


def test_the_first_of_a_month_is_an_ordinal_in_french_alone():
    first, eleventh = date(2027, 3, 1), date(2027, 3, 11)
    assert (day(first), short_day(first)) == ("lundi 1er mars 2027", "lun. 1er mars")
    assert day(eleventh) == "jeudi 11 mars 2027"
    with use_locale("en"):
        assert (day(first), short_day(first)) == ("Monday 1 March 2027", "Mon 1 Mar")
