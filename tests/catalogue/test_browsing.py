"""The public catalogue: words forgiven, facets that add up, calendars read on a day."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue import service, taxonomy
from core.catalogue.alike import alike, likeness
from core.catalogue.facets import FACETS, Wish, find
from core.catalogue.finding import find_by_words, leads_to, name_country
from core.catalogue.windows import read_window, say_window
from core.contracts.matching import Programme

KINDS = {
    "domain": "domains",
    "zone": "zones",
    "status": "statuses",
    "duration": "durations",
    "cost": "budget_bands",
}
TODAY = date(2027, 1, 15)


def some(kind, most=3):
    return st.lists(st.sampled_from(list(taxonomy.entries(kind))), max_size=most, unique=True).map(
        tuple
    )


weeks = st.none() | st.integers(0, 110)
sheets = st.lists(
    st.builds(
        Programme,
        id=st.uuids().map(str),
        title_fr=st.just("Fiche"),
        domains=some("domains"),
        zones=some("zones"),
        statuses=some("statuses"),
        duration_min_weeks=weeks,
        duration_max_weeks=weeks,
        budget_band=st.none() | st.sampled_from(list(taxonomy.entries("budget_bands"))),
        age_min=st.none() | st.integers(13, 30),
        age_max=st.none() | st.integers(18, 40),
        application_mode=st.sampled_from(["rolling", "windows", "via_etablissement", "closed"]),
        application_months=st.sets(st.integers(1, 12)).map(lambda m: tuple(sorted(m))),
    ),
    max_size=8,
)
wishes = st.builds(
    Wish,
    **{name: st.sampled_from(["", *taxonomy.entries(kind)]) for name, kind in KINDS.items()},
    age=st.none() | st.integers(10, 40),
    open_now=st.booleans(),
)


def ids(programmes):
    return [programme.id for programme in programmes]


@settings(deadline=None)  # the first one reads the taxonomy
@given(sheets, wishes)
def test_a_count_is_what_its_choice_would_leave(programmes, wish):
    found = find(programmes, wish, TODAY)
    for facet, kind in KINDS.items():
        for choice in taxonomy.entries(kind):
            others = {name: getattr(wish, name) for name in FACETS} | {facet: choice}
            chosen = Wish(**others, age=wish.age, open_now=wish.open_now)
            left = len(find(programmes, chosen, TODAY).programmes)
            assert found.counts[facet][choice] == left, (facet, choice)


@settings(deadline=None)  # the first one reads the taxonomy
@given(sheets, wishes)
def test_narrowing_only_takes_away_and_what_is_not_told_stays(programmes, wish):
    found = find(programmes, wish, TODAY).programmes
    assert set(ids(found)) <= set(ids(programmes))
    silent = [one for one in programmes if not (one.domains or one.zones or one.statuses)]
    kept = ids(
        find(silent, Wish(domain=wish.domain, zone=wish.zone, status=wish.status), TODAY).programmes
    )
    assert sorted(kept) == sorted(ids(silent))


@given(st.sets(st.integers(1, 12), min_size=1), st.integers(1, 12))
def test_a_window_is_open_in_its_months_and_says_the_month_that_follows(months, now):
    programme = Programme(
        id="a", title_fr="A", application_months=tuple(months), application_mode="windows"
    )
    window = read_window(programme, date(2027, now, 1))
    assert window.is_open == (now in months)
    if len(months) == 12:
        assert window.month is None
    elif window.is_open:
        assert window.month in months
        assert window.month % 12 + 1 not in months
    else:
        assert window.month in months


@pytest.mark.parametrize(
    ("mode", "months", "said"),
    [
        ("rolling", (), "Candidatures ouvertes toute l’année"),
        ("windows", (11, 12, 1), "Candidatures ouvertes, jusqu’en janvier"),
        ("windows", (10,), "Prochaines candidatures en octobre"),
        ("windows", (), ""),
        ("via_etablissement", (), ""),
        ("closed", (1,), "Candidatures fermées pour le moment"),
    ],
)
def test_a_window_in_words(mode, months, said):
    programme = Programme(id="a", title_fr="A", application_mode=mode, application_months=months)
    assert say_window(read_window(programme, TODAY)) == said


@pytest.mark.parametrize(
    ("typed", "code", "left"),
    [
        ("stage japon", "JP", ["stage"]),
        ("nouvelle zelande", "NZ", []),
        ("new zealand job", "NZ", ["job"]),
        ("royaume uni", "GB", []),
        ("animaux", None, ["animaux"]),
    ],
)
def test_a_country_is_named_in_either_language(typed, code, left):
    assert name_country(typed.split()) == (code, left)


def test_a_zone_or_the_whole_world_leads_to_its_countries_but_those_left_out():
    asia = Programme(id="a", title_fr="A", zones=("asie",))
    world = Programme(id="w", title_fr="W", zones=("monde",), countries_excluded=("JP",))
    named = Programme(id="n", title_fr="N", zones=("asie",), countries=("KR",))
    assert leads_to(asia, "JP")
    assert not leads_to(world, "JP")
    assert leads_to(world, "CL")
    assert not leads_to(world, "FR")
    assert not leads_to(named, "JP")


def test_a_sheet_is_most_like_itself_and_never_proposed_beside_itself():
    one = Programme(
        id="a", title_fr="A", domains=("stage",), zones=("asie",), tags=("x",), countries=("JP",)
    )
    near = Programme(id="b", title_fr="B", domains=("stage",), zones=("asie",))
    far = Programme(id="c", title_fr="C", domains=("stage", "etudes"), zones=("afrique",))
    apart = Programme(id="d", title_fr="D", domains=("vacances",), zones=("asie",))
    assert likeness(one, one) == 1
    assert ids(alike(one, [apart, far, one, near])) == ["b", "c"]


@pytest.fixture
async def loaded(platform):
    await service.load_programmes(platform)


@pytest.mark.parametrize(
    ("typed", "first", "how"),
    [
        ("japon", "pvt-japon", "all"),
        ("volontariats", "", "all"),
        ("apprenti", "", "all"),
        ("erasmsu", "", "mended"),
        ("angletere", "", "mended"),
        ("stage en angleterre", "", "all"),
        ("japon xylophone", "", "some"),
        ("été à l’étranger", "", "some"),
        ("zzzzzz", "", "some"),
    ],
)
async def test_words_are_forgiven(platform, loaded, typed, first, how):
    hits = await find_by_words(platform, typed)
    assert hits.how == how
    assert bool(hits.programmes) == (typed != "zzzzzz")
    if first:
        assert hits.programmes[0].id == first


async def test_a_country_brings_its_own_sheets_first_then_those_that_lead_there(platform, loaded):
    found = ids((await find_by_words(platform, "japon")).programmes)
    assert found[0] == "pvt-japon"
    assert "vie" in found
    assert "pvt-canada" not in found


@pytest.mark.parametrize("typed", ["' & | !", "a:*", "\\", "((", "%_", "l'été", "&amp;" * 20, "😀"])
async def test_no_text_breaks_the_search(platform, loaded, typed):
    await find_by_words(platform, typed)


async def test_a_search_is_an_address_with_its_choices_as_things_to_take_away(client, loaded):
    page = (await client.get("/fiches?q=stage&zone=asie&age=19&ouvert=1")).text
    assert 'href="/fiches?zone=asie&amp;age=19&amp;ouvert=1"' in page
    assert 'href="/fiches?q=stage&amp;zone=asie&amp;ouvert=1"' in page
    assert "19 ans" in page


async def test_a_faulty_choice_is_said_and_the_rest_still_finds(client, loaded):
    page = await client.get("/fiches?q=japon&age=beaucoup")
    assert page.status_code == 200
    assert "/fiches/pvt-japon" in page.text
    assert 'value="beaucoup"' in page.text
    assert 'id="f-age-error"' in page.text


async def test_a_sheet_tells_search_engines_what_it_tells_people(client, loaded):
    page = (await client.get("/fiches/pvt-japon")).text
    assert '"@type":"EducationalOccupationalProgram"' in page
    assert 'rel="canonical"' in page
    assert "confidence" not in page


async def test_a_sheet_that_is_not_proposed_is_not_offered_to_search_engines(
    client, loaded, platform
):
    await platform.db.execute("UPDATE programme SET status = 'archived' WHERE id = 'pvt-japon'")
    page = (await client.get("/fiches/pvt-japon")).text
    assert "noindex" in page
    assert "ld+json" not in page
