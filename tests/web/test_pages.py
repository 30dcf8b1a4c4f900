"""The pages of no room, and what every page owes."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from core.testing.factories import (
    account_of,
    form_token,
    make_advisor,
    make_appointment,
    make_site,
    make_slot,
    make_structure,
    signed_in,
)
from core.web import figures

PAGES = ["/", "/-/style", "/accessibilite", "/donnees-personnelles", "/mentions", "/nulle-part"]


class Outline(HTMLParser):
    """Collects what the tests ask of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_keeps_the_promises_of_every_page(client, path):
    answer = await client.get(path, headers={"accept-language": "fr"})
    assert answer.status_code == (404 if path == "/nulle-part" else 200)
    outline = Outline(answer.text)
    assert outline.all("html") == [{"lang": "fr"}]
    assert len(outline.all("h1")) == 1
    assert len(outline.all("main")) == 1
    assert outline.all("title")
    assert not any("style" in attributes for _, attributes in outline.tags)
    assert not outline.all("style")
    assert not any(name.startswith("on") for _, attributes in outline.tags for name in attributes)
    assert all("src" in script for script in outline.all("script"))
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in outline.tags:
        for named in ("aria-labelledby", "aria-describedby", "for"):
            assert set((attributes.get(named) or "").split()) <= set(ids)
    links = [attributes.get("href") or "" for _, attributes in outline.tags]
    assert not any(re.match(r"(https?:)?//", link) for link in links)


async def test_every_static_file_of_a_page_is_there_to_be_kept(client):
    page = await client.get("/")
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    fonts = re.findall(r'url\("\.\./([^"]+)"\)', (await client.get(addresses[3])).text)
    assert len(fonts) == 3
    build = addresses[0].split("/")[2]
    for address in [*addresses, *(f"/static/{build}/{font}" for font in fonts)]:
        answer = await client.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]


async def test_home_shows_the_twelve_departments_with_their_places_counted(client, database):
    bordeaux = await make_structure(database)
    await make_site(database, bordeaux)
    await make_site(database, bordeaux, name="Accueil Mérignac")
    await make_site(database, bordeaux, name="Fermé", is_enabled=False)
    draft = await make_structure(database, status="draft", department="40")
    await make_site(database, draft, department="40")
    html = (await client.get("/", headers={"accept-language": "fr"})).text
    departments = re.findall(r'href="/recherche\?departement=(\d\d)" aria-label="([^"]+)"', html)
    assert len(departments) == 12
    words = dict(departments)
    assert words["33"] == "Gironde\N{NO-BREAK SPACE}: 2 lieux d’accueil"
    assert words["40"].startswith("Landes\N{NO-BREAK SPACE}: pas encore de lieu d’accueil")


async def test_home_counts_a_free_start_once_and_leaves_out_what_cannot_be_booked(
    platform, database, clock
):
    structure = await make_structure(database)
    one, two = [await make_advisor(database, structure) for _ in range(2)]
    start = clock.now() + timedelta(days=5)
    await make_slot(database, one, structure, start)
    await make_slot(database, two, structure, start)
    await make_slot(database, one, structure, clock.now() + timedelta(hours=47))
    await make_slot(database, one, structure, clock.now() + timedelta(days=29))
    taken = clock.now() + timedelta(days=6)
    await make_slot(database, one, structure, taken)
    await make_appointment(database, one, structure, taken)
    assert (await figures.read_figures(platform)).free_slots == 1


async def test_home_asks_where_and_how_and_sends_it_to_the_search(client):
    html = (await client.get("/")).text
    assert '<form class="hero-form" method="get" action="/recherche"' in html
    assert 'name="ou"' in html
    assert re.search(r'name="canal" value="" checked', html)


async def test_the_language_is_chosen_by_a_post_and_remembered(client):
    token = await form_token(client)
    answer = await client.post(
        "/langue",
        data={"_csrf_token": token, "locale": "en", "suite": "/mentions?a=1"},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/mentions?a=1")
    page = await client.get("/mentions", headers={"accept-language": "fr"})
    assert '<html lang="en">' in page.text


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example"])
async def test_the_way_back_stays_on_the_site(client, elsewhere):
    token = await form_token(client)
    answer = await client.post(
        "/langue", data={"_csrf_token": token, "locale": "xx", "suite": elsewhere}
    )
    assert answer.headers["location"] == "/"
    assert "somobilite_lang" not in answer.headers.get("set-cookie", "")


async def test_choosing_a_language_needs_the_form_s_token(client):
    answer = await client.post("/langue", data={"locale": "en"})
    assert answer.status_code == 403
    assert "trop longtemps" in answer.text


async def test_the_demonstration_says_what_it_is(client):
    assert "personnes et rendez-vous inventés" in (await client.get("/")).text


async def test_a_signed_in_advisor_is_led_to_the_agenda_and_not_to_the_sign_in(
    client, platform, database
):
    structure = await make_structure(database)
    advisor = await make_advisor(database, structure)
    await signed_in(platform, client, await account_of(database, advisor))
    html = (await client.get("/")).text
    assert 'href="/agenda"' in html
    assert "Espace conseil" not in html
