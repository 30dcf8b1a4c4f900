"""The facts of a sheet, described once: the form, the checks, the comparison and the files all hold to it."""

import csv
import io

import pytest
from hypothesis import given
from msgspec.structs import replace

from core.catalogue.editing import checks
from core.catalogue.editing.compare import compare, in_a_line
from core.catalogue.editing.facts import FACTS
from core.catalogue.editing.form import read_form, values_of
from core.catalogue.editing.records import read_file, read_record, to_csv, to_json
from core.catalogue.editing.transfer import Known, judge
from core.catalogue.markdown import sheet_text
from core.contracts.matching import LanguageRule, Programme
from core.errors import Refused
from tests.catalogue.sheets import programmes

SHEET = Programme(
    id="essai",
    title_fr="Un essai",
    summary_fr="Pour voir.",
    domains=("stage", "emploi"),
    zones=("asie",),
    statuses=("tous",),
    application_months=(11, 12, 1),
)


def test_every_fact_of_a_sheet_has_its_place_in_the_form():
    assert set(FACTS) | {"id", "version"} == set(Programme.__struct_fields__)


@given(programmes)
def test_a_form_that_nobody_touched_says_what_the_sheet_says(programme):
    form = read_form(values_of(programme), programme)
    if not checks.faults(programme):
        assert form.data == programme
    assert checks.faults(programme) != bool(form.errors)


@given(programmes, programmes)
def test_a_comparison_tells_the_facts_that_differ_and_no_other(before, after):
    changes = compare(before, after)
    assert {change.name for change in changes} == {
        name for name in FACTS if getattr(before, name) != getattr(after, name)
    }
    for change in changes:
        assert in_a_line(change).startswith(change.label)
        if change.pieces and not change.is_list:
            gone, new = (
                "".join(p.text for p in change.pieces if p.became != other)
                for other in ("new", "gone")
            )
            assert (gone, new) == (change.before, change.after)


@given(programmes)
def test_a_sheet_reads_back_from_a_file_as_it_was_written(programme):
    for body in (to_json([programme]), to_csv([programme])):
        (record,) = read_file(body)
        assert read_record(record, None) == programme
        assert read_record(record, replace(programme, title_fr="autre", version=7)) == replace(
            programme, version=7
        )


@given(programmes)
def test_no_cell_of_a_file_is_taken_for_a_formula(programme):
    text = to_csv([programme]).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=";"):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"age_min": 30, "age_max": 18}, "age_max"),
        ({"age_max": 30, "age_max_handicap": 25}, "age_max_handicap"),
        ({"duration_min_weeks": 9, "duration_max_weeks": 2}, "duration_max_weeks"),
        ({"diploma_min": "bac_5", "diploma_max": "bac"}, "diploma_max"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "http://[mauvais"}, "url"),
        ({"countries": ("JP",), "countries_excluded": ("JP",)}, "countries_excluded"),
        ({"domains": ("danse",)}, "domains"),
        ({"language": LanguageRule(code="zz", level_min="B2")}, "language"),
        ({"age_min": 120}, "age_min"),
    ],
)
def test_what_contradicts_itself_is_said_beside_its_fact(facts, field):
    assert set(checks.faults(replace(SHEET, **facts))) == {field}
    assert checks.faults(SHEET) == {}


def test_an_unknown_fact_is_allowed_and_said():
    told = {fact.name for fact in checks.unknown(SHEET)}
    assert {"budget_band", "funding", "url", "lead_time_weeks"} <= told
    assert checks.missing(SHEET) == {}
    assert set(checks.missing(replace(SHEET, domains=(), availability="a_verifier"))) == {
        "domains",
        "availability",
    }


def test_countries_are_typed_by_name_or_code_and_an_unknown_one_is_named():
    typed = values_of(SHEET) | {"countries": "allemagne, Côte d’Ivoire ; jp, Angleterre"}
    assert read_form(typed, SHEET).data.countries == ("DE", "CI", "JP", "GB")
    wrong = read_form(typed | {"countries": "Allemagne, Atlantide"}, SHEET)
    assert "Atlantide" in wrong.error("countries")
    assert wrong.value("countries") == "Allemagne, Atlantide"


def test_a_language_needs_its_level():
    typed = values_of(SHEET) | {"language_code": "en"}
    assert "niveau" in read_form(typed, SHEET).error("language_code")


def test_ticking_in_another_order_is_no_change():
    typed = values_of(SHEET) | {"application_months": ["1", "11", "12"]}
    assert read_form(typed, SHEET).data == SHEET
    more = read_form(typed | {"application_months": ["1", "2", "11", "12"]}, SHEET)
    assert more.data.application_months == (11, 12, 1, 2)


def test_the_text_of_a_sheet_brings_no_script_no_picture_and_no_title_above_the_pages():
    html = sheet_text(
        "# Un\n\n### Deux\n\n<script>alert(1)</script> ![x](https://ailleurs.example/p.png)\n\n"
        "[bien](https://exemple.fr) [mal](javascript:alert(1))\n\n| a |\n|---|\n| b |"
    )
    assert "<h3>Un</h3>" in html
    assert "<h4>Deux</h4>" in html
    assert "<td>b</td>" in html
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="https://exemple.fr"' in html
    assert "noopener" in html
    assert 'href="javascript' not in html


KNOWN = Known(public={"essai": SHEET}, drafted=frozenset({"ouverte"}), titles={"un essai": "essai"})


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"id": "neuve"}, "titre"),
        ({"id": "Mal écrit", "title_fr": "x"}, "identifiant"),
        ({"id": "essai", "age_mx": 3}, "age_mx"),
        ({"id": "essai", "age_max": "trente"}, "un nombre entier"),
        ({"id": "essai", "domains": "stage"}, "une liste de mots"),
        ({"id": "essai", "domains": ["danse"]}, "danse"),
        ({"id": "ouverte", "title_fr": "x"}, "brouillon"),
        ({"title_fr": "Un essai"}, "essai"),
        ({"id": "neuve", "title_fr": "Neuve"}, "Il manque"),
        ({"id": "nouvelle", "title_fr": "Neuve"}, "nouvelle"),
    ],
)
def test_a_record_that_is_refused_says_how_to_mend_it(record, said):
    (line,) = judge([record], KNOWN, publish=True)
    assert line.what == "refused"
    assert said in line.reason


def test_a_record_says_what_it_would_change_and_leaves_what_it_does_not_speak_of():
    records = [
        {"id": "essai", "age_max": 30},
        {"title_fr": "Neuve", "summary_fr": "x"},
        {"id": "essai"},
    ]
    (same,) = judge(records[2:], KNOWN, publish=True)
    assert same.what == "unchanged"
    changed, created = judge(records[:2], KNOWN, publish=False)
    assert [change.name for change in changed.changes] == ["age_max"]
    assert changed.facts.domains == SHEET.domains
    assert created.what == "created"
    twice = judge([records[0], records[0]], KNOWN, publish=True)
    assert {line.what for line in twice} == {"refused"}


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"[{]", b"[1]", b"a;b\n1;2", b"[]", b'id;title_fr\n"x', b"id;title_fr\n"],
)
def test_a_file_that_cannot_be_read_says_so(body):
    with pytest.raises(Refused):
        read_file(body)
