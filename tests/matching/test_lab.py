import pytest

from core.catalogue.service import load_programmes
from core.errors import SettingsError
from core.matching import lab, plots
from core.matching.lab import Case, Entrant
from core.testing.factories import make_account, signed_in

RULES, WORDS, DATES = "matching_rules:rules", "matching_text:words", "core:earliest_first"


@pytest.fixture
async def sheets(platform):
    await load_programmes(platform)


async def test_on_the_examples_the_rules_find_all_and_show_nothing_wrong(platform, sheets):
    cases = await lab.example_cases(platform)
    asked = [Entrant(weights={RULES: 100}), Entrant(weights={DATES: 100})]
    report = await lab.compare(platform, cases, asked)
    rules, dates = report.results
    assert (report.cases, report.expected, rules.found) == (20, 43, 43)
    assert (rules.violations, rules.missed) == ([], [])
    assert rules.curve[-1] == 1.0
    assert rules.curve == sorted(rules.curve)
    assert dates.violations
    assert dates.missed
    assert rules.seconds > 0
    assert lab.changed(rules, rules) == 0
    assert lab.changed(rules, dates) == 20
    assert len(plots.curves(report.results)) == 2
    assert all(0 <= dot.x <= plots.WIDTH for dot in plots.moves(rules, dates))


async def test_a_blend_finds_as_much_and_never_shows_what_a_rule_excludes(platform, sheets):
    cases = await lab.example_cases(platform)
    asked = lab.entrants([f"{RULES}=80+{WORDS}=20"], platform.board.strategies)
    (blend,) = (await lab.compare(platform, cases, asked)).results
    assert blend.violations == []
    assert blend.found >= 40
    assert len(blend.parts) == 2
    with pytest.raises(SettingsError, match="nobody"):
        lab.entrants(["nobody:knows"], platform.board.strategies)


async def test_a_sheet_that_is_excluded_or_far_is_missed(platform, sheets):
    (first, *_) = await lab.example_cases(platform)
    case = Case(
        name="x", need=first.need, expected=("vsi", "wwoof"), must_exclude={"ofaj-sauzay": "age"}
    )
    (result,) = (await lab.compare(platform, [case], [Entrant(weights={RULES: 100})])).results
    assert [(m.programme, m.place) for m in result.missed] == [("vsi", None), ("wwoof", None)]
    assert [v.programme for v in result.violations] == ["ofaj-sauzay"]


@pytest.mark.parametrize(
    "address", ["", "?jeunes=passes", "?poids:matching_rules:rules=3&poids:matching_text:words=1"]
)
async def test_the_page_of_the_laboratory_draws(platform, client, sheets, address):
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    page = await client.get(f"/reseau/laboratoire{address}")
    assert page.status_code == 200
    if "passes" in address:
        assert "polyline" not in page.text
    if not address:
        assert "43 / 43" in page.text
        assert "polyline" in page.text
    if "poids" in address:
        assert "75" in page.text
