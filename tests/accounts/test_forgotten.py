"""A forgotten password, over HTTP, up to the message that brings the link."""

import re
import time
from datetime import timedelta

import msgspec
import pytest

from core.accounts import forgotten, second_factor, service
from core.accounts.links import path_of
from core.accounts.sessions import COOKIE
from core.clock import SystemClock
from core.notices import delivery
from core.testing.factories import make_structure
from tests.accounts.conftest import PASSWORD

FRESH = "les dunes du Pilat en mars"


@pytest.fixture(autouse=True)
async def structure(database):
    """E-mail is on somewhere."""
    return await make_structure(database)


async def ask(browser, email="romane@essai.example"):
    return await browser.post("/mot-de-passe-oublie", email=email)


async def messages(platform):
    """What was brought since, by kind: the text of each message."""
    while await delivery.deliver_due(platform):
        pass
    rows = await platform.db.fetch(
        "SELECT kind, content FROM notifications_email_message ORDER BY kept_at, kind"
    )
    return [(row["kind"], row["content"].decode()) for row in rows]


async def link(platform):
    """The path in the latest message."""
    texts = [text for kind, text in await messages(platform) if kind == "password_link"]
    return re.findall(r"/mot-de-passe/[\w=-]+", texts[-1].replace("=\r\n", "").replace("=3D", "="))[
        0
    ]


async def test_a_link_is_sent_changes_the_password_once_and_signs_out_everywhere(
    platform, browser, romane
):
    await browser.sign_in()
    asked = await ask(browser, "ROMANE@essai.example")
    assert asked.headers["location"] == "/mot-de-passe-oublie?envoye=true"
    assert "valable une heure" in (await browser.get(asked.headers["location"])).text
    path = await link(platform)
    page = await browser.get(path)
    assert "romane@essai.example" in page.text
    assert await browser.is_in()  # reading it did nothing
    for fields, fault in (
        ({"password": FRESH, "again": "autre"}, "diffèrent"),
        ({"password": "court", "again": "court"}, "12 caractères"),
        ({}, "nécessaire"),
    ):
        refused = await browser.post(path, **fields)
        assert refused.status_code == 422
        assert fault in refused.text
    done = await browser.post(path, password=FRESH, again=FRESH)
    assert done.headers["location"] == "/connexion"
    assert not await browser.is_in()
    assert (await browser.get(path)).status_code == 404
    assert (await browser.post(path, password=PASSWORD, again=PASSWORD)).status_code == 404
    browser.forget()
    assert (await browser.sign_in()).status_code == 422
    assert (await browser.sign_in(password=FRESH)).status_code == 303
    assert [kind for kind, _ in await messages(platform)] == ["password_link", "password_set"]


async def test_the_answer_and_its_time_are_the_same_without_an_account(platform, browser, romane):
    await service.create_account(platform, email="invite@essai.example", name="Invitée")
    await service.create_account(platform, email="parti@essai.example", name="P", password=PASSWORD)
    await platform.db.execute("UPDATE account SET disabled_at = now() WHERE email LIKE 'parti%'")
    answers = set()
    for email in ("romane", "personne", "invite", "parti"):
        started = time.monotonic()
        answer = await ask(browser, f"{email}@essai.example")
        assert time.monotonic() - started > 0.29
        answers.add((answer.status_code, answer.headers["location"], answer.text))
    assert len(answers) == 1
    assert [kind for kind, _ in await messages(platform)] == ["password_link"]


async def test_a_newer_link_an_hour_or_a_new_password_end_a_link(platform, browser, romane):
    await ask(browser)
    first = await link(platform)
    browser.clock.advance(timedelta(minutes=1))
    await ask(browser)
    second = await link(platform)
    assert (await browser.get(first)).status_code == 404
    assert (await browser.get(second)).status_code == 200
    forged = second[:-1] + ("A" if second[-1] != "A" else "B")
    assert (await browser.get(forged)).status_code == 404
    assert (await browser.get("/mot-de-passe/été")).status_code == 404
    await service.set_password(platform, romane, FRESH)
    assert (await browser.get(second)).status_code == 404
    await ask(browser)
    third = await link(platform)
    browser.clock.advance(timedelta(hours=1))
    assert (await browser.get(third)).status_code == 404


async def test_a_link_made_by_hand_does_the_same_sends_nothing_and_ends_the_one_before(
    platform, browser, romane
):
    await ask(browser)
    sent = await link(platform)
    browser.clock.advance(timedelta(minutes=1))
    assert await forgotten.make_link(platform, "nobody@essai.example") is None
    made = await forgotten.make_link(platform, "ROMANE@essai.example")
    assert len(await messages(platform)) == 1
    assert (await browser.get(sent)).status_code == 404
    await browser.post(path_of(platform, made), password=FRESH, again=FRESH)
    assert (await browser.get(path_of(platform, made))).status_code == 404
    await browser.sign_in(password=FRESH)
    assert await browser.is_in()


async def test_asking_again_and_again_waits(platform, browser, romane):
    for _ in range(3):
        assert (await ask(browser)).status_code == 303
    answer = await ask(browser)
    assert answer.status_code == 429
    assert "Trop d’essais" in answer.text
    assert (await browser.post("/mot-de-passe-oublie")).status_code == 422


async def test_a_link_opens_nothing_that_a_second_factor_closes(platform, browser, romane, kept):
    await ask(browser)
    path = await link(platform)
    await browser.post(path, password=FRESH, again=FRESH)
    waits = await browser.sign_in(password=FRESH)
    assert waits.headers["location"] == "/connexion/code"
    assert COOKIE not in browser.client.cookies


async def test_a_link_leaves_while_time_goes_on(platform, browser, romane):
    platform.clock = SystemClock()
    await ask(browser)
    assert (await browser.get(await link(platform))).status_code == 200


async def test_a_link_that_was_used_before_it_left_leaves_no_more(platform, browser, romane):
    await ask(browser)
    await service.set_password(platform, romane, FRESH)
    assert [kind for kind, _ in await messages(platform)] == ["password_set"]


async def test_without_a_mail_server_a_link_is_kept_nowhere_but_in_a_demonstration(
    platform, browser, romane
):
    platform.settings = msgspec.structs.replace(platform.settings, demo=False)
    await ask(browser)
    assert await messages(platform) == []
    row = await platform.db.fetch_one("SELECT state, detail FROM receipt")
    assert row["state"] == "refused"
    assert "mot-de-passe/" not in row["detail"]


async def test_who_set_up_or_lost_a_second_factor_is_told(platform, browser, romane, kept):
    await second_factor.reset(platform, None, romane)
    told = dict(await messages(platform))
    assert set(told) == {"factor_set", "factor_removed"}
    assert "lundi 25 janvier 2027" in told["factor_removed"].replace("=C2=A0", " ")
    assert "/compte" in told["factor_removed"]


async def test_a_first_password_is_no_news(platform, quick_hashes):
    account = await service.create_account(platform, email="noa@essai.example", name="Noa")
    await service.set_password(platform, account, PASSWORD)
    assert await messages(platform) == []


async def test_what_went_wrong_with_a_link_is_listed_and_what_went_well_is_nobodys_business(
    platform, browser, romane
):
    platform.settings = msgspec.structs.replace(platform.settings, demo=False)
    await ask(browser)
    await service.set_password(platform, romane, PASSWORD)
    await ask(browser)
    await messages(platform)
    await browser.sign_in()
    page = (await browser.get("/reseau/messages")).text
    assert "Lien pour un nouveau mot de passe" in page
    assert "Mot de passe changé" not in page
