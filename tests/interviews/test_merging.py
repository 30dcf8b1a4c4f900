"""Two tabs, two people: each change is kept; where both changed one field somebody chooses, and nothing is overwritten silently."""

from datetime import date
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.datastructures import FormMultiDict
from playwright.async_api import expect

from core.contracts.matching import LanguageSkill, Profile, Project
from core.interviews import answers, service
from core.interviews.answers import InterviewForm
from core.interviews.kept import Words
from core.interviews.merging import merge
from core.interviews.service import Draft
from core.testing.factories import form_token, signed_in
from tests.browser.conftest import chromium  # noqa: F401 - a fixture
from tests.interviews.test_autosave import line, screen  # noqa: F401 - fixtures

TODAY = date(2027, 1, 26)


def _in_region(profile):
    return Profile(
        birth_date=profile.birth_date,
        statuses=profile.statuses,
        languages=profile.languages,
        flags=profile.flags,
        budget_eur=profile.budget_eur,
        department=profile.department,
        region="nouvelle_aquitaine" if profile.department else None,
    )


profiles = st.builds(
    Profile,
    birth_date=st.none() | st.dates(date(1995, 1, 1), date(2010, 1, 1)),
    statuses=st.sampled_from([(), ("etudiant",), ("etudiant", "salarie")]),
    languages=st.sampled_from([(), (LanguageSkill(code="en", level="B2"),)]),
    flags=st.sampled_from([{}, {"permis_b": True}, {"permis_b": False, "bafa": True}]),
    budget_eur=st.none() | st.integers(0, 3000),
    department=st.sampled_from([None, "33"]),
).map(_in_region)
projects = st.builds(
    Project,
    zones=st.sampled_from([(), ("asie",)]),
    countries=st.sampled_from([(), ("JP", "CL")]),
    wish=st.sampled_from(["", "Partir", "Rester"]),
)
words = st.dictionaries(
    st.sampled_from(["a", "b"]), st.builds(Words, word=st.sampled_from(["", "x", "y"])), max_size=2
)
drafts = st.builds(
    Draft,
    profile=profiles,
    project=projects,
    notes=st.sampled_from(["", "un", "deux"]),
    follow_up_on=st.none() | st.just(date(2027, 3, 1)),
    words=words,
)


@given(drafts, drafts)
def test_who_is_alone_to_write_is_kept_whole(base, other):
    assert merge(base, base, other).draft == other
    assert merge(base, base, other).conflicts == merge(base, base, other).taken == ()
    alone = merge(base, other, base)
    assert alone.conflicts == ()
    assert (alone.draft.profile, alone.draft.project) == (other.profile, other.project)
    assert alone.draft.notes == other.notes


@given(drafts, drafts, drafts)
def test_every_field_comes_from_one_side_and_what_both_changed_is_named(base, theirs, mine):
    merged = merge(base, theirs, mine)
    for part in ("profile", "project"):
        was, other, own, got = (getattr(d, part) for d in (base, theirs, mine, merged.draft))
        for name in own.__struct_fields__:
            values = [getattr(x, name) for x in (was, other, own, got)]
            assert values[3] in (values[1], values[2])
            both = values[1] != values[0] and values[2] != values[0] and values[1] != values[2]
            assert (name in merged.conflicts) == both
            if both:
                assert values[3] == values[2]
    assert merge(base, theirs, merged.draft).draft == merged.draft or merged.conflicts


@settings(deadline=None)  # the first one reads the taxonomy
@given(profiles, projects)
def test_what_a_form_holds_is_read_back(profile, project):
    typed = FormMultiDict(answers.typed_of(answers.values_of(profile, project)))
    form = answers.read(InterviewForm, typed, TODAY)
    assert form.errors == {}
    assert Profile(**answers.profile_fields(form.data)) == profile
    assert Project(**answers.project_fields(form.data)) == project


@pytest.fixture
async def advisor(platform, client, world):
    return await signed_in(platform, client, world.account)


async def put(client, world, revision, base, **typed):
    token = await form_token(client)
    data = {"_csrf_token": token, "revision": str(revision), "base": urlencode(base), **typed}
    headers = {"x-csrftoken": token, "accept": "application/json"}
    url = f"/entretiens/{world.appointment}/brouillon"
    return await client.put(url, data=data, headers=headers)


async def test_two_tabs_that_wrote_elsewhere_are_put_together(platform, client, advisor, world):
    base = {"notes": "", "wish": "Voir l’Irlande"}
    first = {"notes": "premier", "wish": "Voir l’Irlande"}
    assert (await put(client, world, 0, base, **first)).status_code == 200
    answer = await put(client, world, 0, base, notes="", wish="Partir au Japon")
    assert answer.status_code == 200
    assert answer.json()["taken"] == {"notes": ["premier"]}
    file = await service.read_interview(platform, world.appointment)
    assert (file.notes, file.project.wish) == ("premier", "Partir au Japon")


async def test_two_tabs_on_one_field_choose(platform, client, advisor, world):
    base = {"notes": "", "wish": "Voir l’Irlande"}
    await put(client, world, 0, base, notes="premier", wish="Voir l’Irlande")
    answer = await put(client, world, 0, base, notes="second", wish="Voir l’Irlande")
    assert answer.status_code == 409
    assert (await service.read_interview(platform, world.appointment)).notes == "premier"
    assert (await put(client, world, 0, {}, notes="second")).status_code == 409


@pytest.mark.browser
async def test_what_a_colleague_writes_elsewhere_comes_into_the_page(
    platform,
    world,
    screen,  # noqa: F811 - pytest's way to name a fixture
):
    file = await service.open_interview(platform, world.user, world.appointment)
    theirs = Draft(
        profile=file.profile,
        project=Project(wish=file.project.wish, zones=("asie",), countries=("JP",)),
        advisor_word="D’un autre onglet",
    )
    await service.save(platform, world.user, world.appointment, 0, theirs)
    await screen.fill("#f-notes", "Pendant ce temps")
    await expect(screen.locator("[data-state]")).to_have_text("Enregistré à 8 h")
    await expect(screen.locator("#f-advisor_word")).to_have_value("D’un autre onglet")
    await expect(screen.locator("[name=zones][value=asie]")).to_be_checked()
    await expect(screen.locator("#f-countries")).to_have_value("JP")
    saved = await service.read_interview(platform, world.appointment)
    assert (saved.notes, saved.advisor_word) == ("Pendant ce temps", "D’un autre onglet")
    assert saved.project.countries == ("JP",)


async def test_without_javascript_both_values_are_shown_beside_what_was_typed(
    platform, client, advisor, world
):
    file = await service.open_interview(platform, world.user, world.appointment)
    profile = msgspec.structs.replace(file.profile, department="24", flags={"bafa": False})
    theirs = Draft(profile=profile, project=file.project, notes="premier")
    await service.save(platform, world.user, world.appointment, 0, theirs)
    form = {
        "_csrf_token": await form_token(client),
        "revision": "0",
        "residence": "33",
        "wish": file.project.wish,
        "birth_date": file.profile.birth_date.isoformat(),
        "notes": "second",
    }
    page = await client.post(f"/entretiens/{world.appointment}", data=form)
    assert page.status_code == 409
    shown = page.text.partition('<dl class="clashes">')[2].partition("</dl>")[0]
    assert shown.count("<dt>") == 3
    for words in ("Lieu de vie", "Gironde", "Dordogne", "second", "premier", "non"):
        assert words in shown
    assert (await service.read_interview(platform, world.appointment)).notes == "premier"


async def test_a_place_changed_on_both_sides_is_one_choice_in_words(
    platform, client, advisor, world
):
    base = {"residence": "33", "wish": ""}
    assert (await put(client, world, 0, base, residence="24", wish="")).status_code == 200
    answer = await put(client, world, 0, base, residence="etranger", wish="")
    assert answer.status_code == 409
    (clash,) = answer.json()["clashes"]
    assert (clash["field"], clash["mine"], clash["theirs"]) == (
        "residence",
        "À l’étranger",
        "Dordogne",
    )
    assert answer.json()["values"] == {"residence": ["24"]}
