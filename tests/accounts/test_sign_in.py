from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from core.accounts import service
from core.accounts.pages.common import local_path
from core.accounts.sessions import COOKIE
from core.errors import Conflict, Refused
from core.testing.factories import form_token

PASSWORD = "une barque sur la Dordogne"


@pytest.fixture
async def account(platform):
    return await service.create_account(
        platform, email="Camille@Essai.example", name="Camille Essai", password=PASSWORD
    )


async def post(client, path, **fields):
    return await client.post(path, data={"_csrf_token": await form_token(client), **fields})


async def sign_in(client, email="camille@essai.example", password=PASSWORD, **fields):
    return await post(client, "/connexion", email=email, password=password, **fields)


def carry(client, cookie):
    client.cookies.delete(COOKIE)
    client.cookies.set(COOKIE, cookie)


async def test_the_right_password_opens_a_session_and_leads_to_the_agenda(client, account):
    answer = await sign_in(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/agenda")
    assert (await client.get("/compte")).status_code == 200
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_the_coordination_lands_on_the_network(client, platform):
    await service.create_account(
        platform, email="c@essai.example", name="C", password=PASSWORD, region_role="coordinator"
    )
    assert (await sign_in(client, "c@essai.example")).headers["location"] == "/reseau"


@pytest.mark.parametrize(
    ("email", "password"),
    [("camille@essai.example", "une autre barque ici"), ("personne@essai.example", PASSWORD)],
)
async def test_a_wrong_address_and_a_wrong_password_read_the_same(client, account, email, password):
    answer = await sign_in(client, email, password)
    assert answer.status_code == 422
    assert "ne vont pas ensemble" in answer.text
    assert email in answer.text
    assert password not in answer.text
    assert COOKIE not in client.cookies


async def test_a_disabled_account_and_one_without_a_password_stay_closed(client, platform, account):
    await service.create_account(platform, email="sans@essai.example", name="Sans")
    assert (await sign_in(client, "sans@essai.example")).status_code == 422
    await platform.db.execute("UPDATE account SET disabled_at = now()")
    assert (await sign_in(client)).status_code == 422


async def test_a_disabled_account_loses_its_open_session_at_once(client, platform, account):
    await sign_in(client)
    await platform.db.execute("UPDATE account SET disabled_at = now()")
    assert (await client.get("/compte")).headers["location"].startswith("/connexion")


async def test_a_sign_in_never_takes_the_cookie_that_it_was_given(client, account):
    await sign_in(client)
    first = client.cookies[COOKIE]
    await sign_in(client)
    assert client.cookies[COOKIE] != first
    carry(client, first)
    assert (await client.get("/compte")).status_code == 303


async def test_the_eleventh_try_on_an_account_waits_even_with_the_right_password(
    client, platform, account, clock
):
    for _ in range(10):
        assert (await sign_in(client, password="x")).status_code == 422
    answer = await sign_in(client)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "Trop d’essais" in answer.text
    clock.advance(timedelta(minutes=5))
    assert (await sign_in(client)).status_code == 303


@pytest.mark.parametrize(
    ("suite", "target"),
    [
        ("/plages?lundi=2027-02-01", "/plages?lundi=2027-02-01"),
        ("https://mal.example", "/agenda"),
        ("//mal.example", "/agenda"),
        ("/\\mal.example", "/agenda"),
        ("javascript:alert(1)", "/agenda"),
        ("/agenda\r\nset-cookie: a=b", "/agenda"),
    ],
)
async def test_a_sign_in_leads_to_a_page_of_ours_only(client, account, suite, target):
    assert (await sign_in(client, suite=suite)).headers["location"] == target


def test_a_tab_hidden_in_a_path_is_refused():
    assert local_path("/\t/mal.example") == ""


async def test_a_forgotten_form_token_signs_nobody_in(client, account):
    answer = await client.post(
        "/connexion", data={"email": "camille@essai.example", "password": PASSWORD}
    )
    assert answer.status_code == 403
    assert COOKIE not in client.cookies


async def test_signing_out_ends_the_session_and_a_get_does_not(client, account):
    await sign_in(client)
    cookie = client.cookies[COOKIE]
    assert (await client.get("/deconnexion")).status_code == 405
    assert (await post(client, "/deconnexion")).headers["location"] == "/connexion"
    client.cookies.set(COOKIE, cookie)
    assert (await client.get("/compte")).status_code == 303


async def test_an_old_hash_is_made_again_at_sign_in(client, platform, account):
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await platform.db.execute("UPDATE account SET password_hash = $1", weak)
    await sign_in(client)
    stored = await platform.db.fetch_value("SELECT password_hash FROM account")
    assert stored != weak
    assert (await sign_in(client)).status_code == 303


async def test_a_demonstration_offers_its_people_and_fills_the_form(client, platform):
    await service.create_account(
        platform,
        email="romane@demo.example",
        name="Personne inventée",
        password="bon-voyage-2027",
        region_role="coordinator",
        is_demo=True,
    )
    listed = (await client.get("/connexion")).text
    assert "Personne inventée" in listed
    assert 'value="bon-voyage-2027"' not in listed
    filled = (await client.get("/connexion", params={"compte": "romane@demo.example"})).text
    assert 'value="bon-voyage-2027"' in filled


async def test_two_accounts_cannot_share_an_address(platform, account):
    with pytest.raises(Conflict):
        await service.create_account(platform, email="camille@essai.example", name="Autre")


@pytest.mark.parametrize("email", ["", "camille", "a@b", "a b@essai.example"])
async def test_an_address_that_cannot_be_is_refused(platform, email):
    with pytest.raises(Refused) as refusal:
        await service.create_account(platform, email=email, name="Autre")
    assert refusal.value.field == "email"


async def test_a_new_password_signs_out_the_other_browsers_and_keeps_this_one(
    client, platform, account
):
    await sign_in(client)
    other = client.cookies[COOKIE]
    client.cookies.delete(COOKIE)
    await sign_in(client)
    answer = await post(
        client,
        "/compte/mot-de-passe",
        current=PASSWORD,
        password="les dunes du Pilat en mars",
        again="les dunes du Pilat en mars",
    )
    assert answer.status_code == 303
    assert (await client.get("/compte")).status_code == 200
    carry(client, other)
    assert (await client.get("/compte")).status_code == 303
    assert (await sign_in(client, password="les dunes du Pilat en mars")).status_code == 303


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"current": "faux", "password": "les dunes du Pilat", "again": "les dunes du Pilat"}, "actuel"),
        ({"current": PASSWORD, "password": "les dunes du Pilat", "again": "autre"}, "diffèrent"),
        ({"current": PASSWORD, "password": "court", "again": "court"}, "12 caractères"),
        ({}, "nécessaire"),
    ],
)  # fmt: skip
async def test_a_password_that_does_not_fit_is_said_beside_its_field(
    client, account, fields, fault
):
    await sign_in(client)
    answer = await post(client, "/compte/mot-de-passe", **fields)
    assert answer.status_code == 422
    assert fault in answer.text


async def test_one_closes_one_of_ones_sessions_but_not_anothers(client, platform, account):
    await sign_in(client)
    (own,) = [
        row["id_hash"].hex() for row in await platform.db.fetch("SELECT id_hash FROM session")
    ]
    client.cookies.delete(COOKIE)
    await service.create_account(
        platform, email="autre@essai.example", name="Autre", password="les dunes du Pilat"
    )
    await sign_in(client, "autre@essai.example", "les dunes du Pilat")
    assert (await post(client, f"/compte/sessions/{own}/fermer")).status_code == 404
    assert (await post(client, "/compte/sessions/nonsense/fermer")).status_code == 404
    client.cookies.delete(COOKIE)
    await sign_in(client)
    assert (await post(client, f"/compte/sessions/{own}/fermer")).status_code == 303
    assert await platform.db.fetch_value("SELECT count(*) FROM session") == 2
    await post(client, "/compte/sessions/fermer")
    assert await platform.db.fetch_value("SELECT count(*) FROM session") == 1


async def test_one_stays_where_one_is_and_leaves_the_other_browsers(client, platform, account):
    await sign_in(client)
    other = client.cookies[COOKIE]
    client.cookies.delete(COOKIE)
    await sign_in(client)
    assert "Déconnecter les autres" in (await client.get("/compte")).text
    left = await post(client, "/compte/sessions/autres/fermer")
    assert left.headers["location"] == "/compte#sessions"
    assert "Déconnecter les autres" not in (await client.get("/compte")).text
    carry(client, other)
    assert (await client.get("/compte")).status_code == 303
