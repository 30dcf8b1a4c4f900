import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotFound
from core.network.communes import fold_name, load_communes, read_commune, search_communes


@pytest.fixture
async def region(platform):
    await load_communes(platform)
    return platform


async def names(platform, text):
    return [commune.name for commune in await search_communes(platform, text)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("bordeaux", "Bordeaux"),
        ("BORD", "Bordeaux"),
        ("Bordo", "Bordeaux"),
        ("perigueux", "Périgueux"),
        ("Périgeux", "Périgueux"),
        ("rochelle", "La Rochelle"),
        ("la rochele", "La Rochelle"),
        ("st junien", "Saint-Junien"),
        ("Saint Jean d’Angély", "Saint-Jean-d'Angély"),
        ("st-jean-d'angely", "Saint-Jean-d'Angély"),
        ("33000", "Bordeaux"),
        ("87000", "Limoges"),
        ("33000 Bordeaux", "Bordeaux"),
        ("Pau (64000)", "Pau"),
        ("pau", "Pau"),
    ],
)
async def test_a_commune_is_found_as_people_type_it(region, typed, first):
    assert (await names(region, typed))[0] == first


async def test_a_beginning_lists_the_most_populated_first(region):
    assert (await names(region, "saint m"))[0] == "Saint-Médard-en-Jalles"


async def test_look_alikes_are_offered_only_when_nothing_begins_so(region):
    assert all("limoges" in fold_name(name) for name in await names(region, "limoges"))


@pytest.mark.parametrize("typed", ["", " ", "b", "'", "%", "1", "xyzxyzxyz", "75001", "x" * 10_000])
async def test_nonsense_finds_nothing(region, typed):
    assert await names(region, typed) == []


async def test_a_second_load_writes_nothing(region):
    before = await region.db.fetch_value("SELECT max(xmin::text::bigint) FROM commune")
    await load_communes(region)
    assert await region.db.fetch_value("SELECT max(xmin::text::bigint) FROM commune") == before
    assert await region.db.fetch_value("SELECT count(*) FROM commune") == 4293


async def test_a_load_mends_a_row_that_differs(region):
    await region.db.execute("UPDATE commune SET name = 'Burdigala' WHERE insee = '33063'")
    await load_communes(region)
    assert (await read_commune(region, "33063")).name == "Bordeaux"


async def test_an_unknown_code_is_not_found(region):
    with pytest.raises(NotFound):
        await read_commune(region, "75056")


async def test_the_api_answers_with_what_a_form_needs(region, client):
    answer = await client.get("/api/v1/communes", params={"q": "limog"})
    assert answer.json()[0] == {
        "insee": "87085",
        "name": "Limoges",
        "postcodes": ["87000", "87100", "87280"],
        "department": "87",
    }


@given(st.text())
def test_folding_is_idempotent_and_leaves_only_letters_digits_and_spaces(text):
    folded = fold_name(text)
    assert fold_name(folded) == folded
    assert all(letter.isascii() and (letter.isalnum() or letter == " ") for letter in folded)
