"""The second factor over HTTP: setting it up, signing in with it, losing it."""

import asyncio
import re
from datetime import timedelta

import httpx
import msgspec
import pytest

from core.accounts import cookies, second_factor, service
from core.accounts.sessions import COOKIE
from core.errors import NotFound, Refused
from core.extension.secrets import rotate
from core.keys import Keyring
from core.testing.factories import form_token, make_account, make_advisor, make_structure, signed_in
from core.worker import tidy
from tests.accounts.conftest import PASSWORD, ask
from tests.interviews.conftest import user_of_account

CODE = re.compile(r"<li><code>([0-9a-z-]{29})</code></li>")


async def deeds(platform):
    rows = await platform.db.fetch("SELECT action FROM audit WHERE action LIKE 'account.%'")
    return [row["action"].removeprefix("account.") for row in rows]


# Setting it up


async def test_it_is_set_up_from_ones_account_and_the_next_sign_in_asks_for_it(
    platform, browser, romane
):
    await browser.sign_in()
    first = browser.client.cookies[COOKIE]
    begun = await browser.post("/compte/second-facteur", suite="/reseau?manque=true&page=2")
    page = await browser.get(begun.headers["location"])
    assert 'name="suite" value="/reseau?manque=true&amp;page=2"' in page.text
    assert 'class="qr"' in page.text
    browser.read_secret(page.text)
    stored = await platform.db.fetch_value("SELECT secret FROM account_enrolment")
    assert browser.secret not in stored

    wrong = await browser.post("/compte/second-facteur/telephone", code="000000")
    assert wrong.status_code == 422
    assert "l’heure du téléphone" in wrong.text
    done = await browser.post(
        "/compte/second-facteur/telephone", code=browser.code(), suite="/reseau/comptes"
    )
    kept = CODE.findall(done.text)
    assert len(kept) == 10
    assert 'href="/reseau/comptes"' in done.text
    assert browser.client.cookies[COOKIE] != first
    assert await browser.is_in()
    hashes = {
        row[0] for row in await platform.db.fetch("SELECT code_hash FROM account_recovery_code")
    }
    assert len(hashes) == 10
    again = await browser.post("/compte/second-facteur/telephone", code=browser.code(1))
    assert again.headers["location"] == "/compte/second-facteur"

    browser.forget()
    waits = await browser.sign_in(suite="/reseau/comptes")
    assert waits.headers["location"] == "/connexion/code"
    assert COOKIE not in browser.client.cookies
    assert not await browser.is_in()
    assert "six chiffres" in (await browser.get("/connexion/code")).text
    browser.clock.advance(timedelta(seconds=30))
    entered = await browser.post("/connexion/code", code=browser.code())
    assert entered.headers["location"] == "/reseau/comptes"
    assert await browser.is_in()
    assert await deeds(platform) == ["created", "factor_set"]


async def test_a_session_of_some_age_gives_the_password_before_it_sets_one_up(
    platform, browser, romane
):
    await browser.sign_in()
    browser.clock.advance(timedelta(minutes=11))
    assert 'name="password"' in (await browser.get("/compte/second-facteur")).text
    refused = await browser.post("/compte/second-facteur", password="une autre barque ici")
    assert refused.status_code == 422
    assert (await browser.post("/compte/second-facteur")).status_code == 422
    begun = await browser.post("/compte/second-facteur", password=PASSWORD)
    assert begun.status_code == 303
    browser.clock.advance(timedelta(minutes=16))
    late = await browser.get("/compte/second-facteur/telephone")
    assert late.headers["location"] == "/compte/second-facteur"


async def test_the_secret_of_one_session_is_neither_seen_nor_confirmed_by_another(
    platform, browser, romane
):
    await second_factor.begin(platform, romane, b"elsewhere")
    await browser.sign_in()
    seen = await browser.get("/compte/second-facteur/telephone")
    assert seen.headers["location"] == "/compte/second-facteur"
    with pytest.raises(NotFound):
        await second_factor.confirm(platform, romane, b"here", "123456")


async def test_setting_it_up_ends_the_sessions_that_a_password_alone_opened(
    app, platform, browser, romane
):
    other = await user_of_account(platform, romane)
    await browser.sign_in()
    await browser.post("/compte/second-facteur")
    browser.read_secret((await browser.get("/compte/second-facteur/telephone")).text)
    await browser.post("/compte/second-facteur/telephone", code=browser.code())
    assert await platform.db.fetch_value("SELECT count(*) FROM session") == 1
    assert not await platform.db.fetch_value(
        "SELECT count(*) FROM session WHERE id_hash = $1", other.session_id
    )


# Signing in with it


async def test_a_code_opens_once_even_for_two_at_the_same_moment(platform, browser, romane, kept):
    code = browser.code()
    ends = await asyncio.gather(
        *(second_factor.prove(platform, romane, code) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(end, Refused) for end in ends) == 3
    with pytest.raises(Refused):  # nor one from before
        await second_factor.prove(platform, romane, browser.code(-1))
    await second_factor.prove(platform, romane, browser.code(1))


async def test_a_recovery_code_opens_once_and_says_how_many_are_left(
    platform, browser, romane, kept
):
    await browser.sign_in()
    assert "dix codes" in (await browser.get("/connexion/code?secours=true")).text
    entered = await browser.post("/connexion/code", code=kept[0].upper(), secours="true")
    assert entered.headers["location"] == "/compte/second-facteur"
    page = (await browser.get("/compte/second-facteur")).text
    assert "reste 9 codes de secours" in page.replace("\u00a0", " ")
    browser.forget()
    await browser.sign_in()
    again = await browser.post("/connexion/code", code=kept[0], secours="true")
    assert again.status_code == 422
    assert "déjà servi" in again.text
    assert "Un code de secours" in again.text
    assert await deeds(platform) == ["created", "factor_set", "recovery_used", "factor_refused"]


async def test_five_wrong_codes_ask_for_the_password_again_and_more_of_them_wait(
    platform, browser, romane, kept
):
    await browser.sign_in()
    for _ in range(5):
        assert (await browser.post("/connexion/code", code="000000")).status_code == 422
    shut = await browser.post("/connexion/code", code=browser.code())
    assert shut.headers["location"] == "/connexion"
    await browser.sign_in()
    for _ in range(4):  # setting it up was a try too
        assert (await browser.post("/connexion/code", code="nonsense")).status_code == 422
    await browser.sign_in()
    waits = await browser.post("/connexion/code", code=browser.code())
    assert waits.status_code == 429
    assert "Trop d’essais" in waits.text
    browser.clock.advance(timedelta(minutes=5))
    await browser.sign_in()
    assert (await browser.post("/connexion/code", code=browser.code())).status_code == 303
    assert await browser.is_in()


async def test_a_day_of_guesses_ends_at_sixty(platform, browser, romane, kept):
    for number in range(59):  # setting it up was a try too
        if number % 9 == 0:
            browser.clock.advance(timedelta(minutes=5))
        with pytest.raises(Refused):
            await second_factor.prove(platform, romane, "000000")
    browser.clock.advance(timedelta(minutes=5))
    await browser.sign_in()
    answer = await browser.post("/connexion/code", code=browser.code())
    assert answer.status_code == 429
    assert "demain" in answer.text


@pytest.mark.parametrize("after", [timedelta(minutes=11), timedelta(0)])
async def test_half_a_sign_in_is_no_session_and_does_not_last(
    platform, browser, romane, kept, after
):
    await browser.sign_in()
    half = browser.client.cookies[cookies.SIGN_IN]
    browser.client.cookies.set(COOKIE, half)
    assert not await browser.is_in()
    browser.forget()
    if after:
        browser.clock.advance(after)
    else:  # the password was changed meanwhile
        await service.set_password(platform, romane, "les dunes du Pilat en mars")
    shut = await browser.post("/connexion/code", code=browser.code())
    assert shut.headers["location"] == "/connexion"
    assert not await browser.is_in()
    assert (await browser.get("/connexion/protection")).headers["location"] == "/connexion"


async def test_a_trusted_browser_gives_the_password_only_until_it_is_told_otherwise(
    platform, browser, romane, kept
):
    await browser.sign_in()
    await browser.post("/connexion/code", code=browser.code(), trust="true")
    browser.forget()
    assert (await browser.sign_in()).headers["location"] == "/reseau"
    assert await browser.is_in()
    page = (await browser.get("/compte")).text
    path = re.search(r"/compte/appareils/[0-9a-f-]+/oublier", page)[0]
    assert (await browser.post(path)).status_code == 303
    assert (await browser.post(path)).status_code == 404
    browser.forget()
    assert (await browser.sign_in()).headers["location"] == "/connexion/code"

    browser.clock.advance(timedelta(minutes=1))
    await browser.post("/connexion/code", code=browser.code(), trust="true")
    device = browser.client.cookies[cookies.DEVICE]
    await service.create_account(
        platform, email="autre@essai.example", name="Autre", password=PASSWORD
    )
    assert await second_factor.read_factor(platform, romane)
    browser.clock.advance(timedelta(days=30))
    browser.client.cookies.set(cookies.DEVICE, device)
    assert (await browser.sign_in()).headers["location"] == "/connexion/code"


async def test_a_new_password_trusts_no_browser_any_more(platform, browser, romane, kept):
    await browser.sign_in()
    await browser.post("/connexion/code", code=browser.code(), trust="true")
    fresh = "les dunes du Pilat en mars"
    changed = await browser.post(
        "/compte/mot-de-passe", current=PASSWORD, password=fresh, again=fresh
    )
    assert changed.status_code == 303
    assert await browser.is_in()  # this session keeps what it proved
    browser.forget()
    assert (await browser.sign_in(password=fresh)).headers["location"] == "/connexion/code"


# Changing it


async def test_a_code_is_asked_before_the_telephone_or_the_codes_change(
    platform, browser, romane, kept
):
    await browser.sign_in()
    await browser.post("/connexion/code", code=browser.code())
    change = "/compte/second-facteur/changer"
    assert (await browser.post(change, deed="codes", code="000000")).status_code == 422
    assert (await browser.post(change, deed="codes")).status_code == 422
    fresh = CODE.findall((await browser.post(change, deed="codes", code=browser.code(1))).text)
    assert len(fresh) == 10
    with pytest.raises(Refused):
        await second_factor.prove(platform, romane, kept[1])

    former = browser.secret
    moved = await browser.post(change, deed="telephone", code=fresh[0])
    browser.read_secret((await browser.get(moved.headers["location"])).text)
    assert browser.secret != former
    done = await browser.post("/compte/second-facteur/telephone", code=browser.code())
    assert len(CODE.findall(done.text)) == 10
    with pytest.raises(Refused):
        await second_factor.prove(platform, romane, fresh[1])
    browser.clock.advance(timedelta(seconds=30))
    removed = await browser.post(change, deed="remove", code=browser.code())
    assert removed.headers["location"] == "/compte#second-facteur"
    assert await second_factor.read_factor(platform, romane) is None
    assert await browser.is_in()
    browser.forget()
    assert (await browser.sign_in()).headers["location"] == "/reseau"


async def test_where_it_is_required_it_is_not_taken_away(platform, browser, romane, kept):
    ask(platform, second_factor="required")
    await browser.sign_in()
    await browser.post("/connexion/code", code=browser.code())
    assert "remove" not in (await browser.get("/compte/second-facteur")).text
    answer = await browser.post(
        "/compte/second-facteur/changer", deed="remove", code=browser.code(1)
    )
    assert answer.status_code == 422
    assert await second_factor.read_factor(platform, romane)


# Where it is required


async def test_it_may_be_put_off_for_a_week_after_the_first_sign_in_and_then_no_more(
    platform, browser, romane
):
    ask(platform, second_factor="required")
    entered = await browser.sign_in(suite="/reseau/comptes")
    asked = "/compte/second-facteur?suite=/reseau/comptes"
    assert entered.headers["location"] == asked
    page = (await browser.get(asked)).text
    assert "lundi 1er février 2027" in page
    assert 'href="/reseau/comptes">Plus tard' in page
    browser.clock.advance(timedelta(days=6, hours=23))
    browser.forget()
    assert (await browser.sign_in()).headers["location"].startswith("/compte/second-facteur")
    assert await browser.is_in()
    browser.clock.advance(timedelta(hours=1))
    assert not await browser.is_in()  # the session of before is worth nothing now

    stopped = await browser.sign_in(suite="/reseau/comptes")
    assert stopped.headers["location"] == "/connexion/protection"
    assert (await browser.get("/connexion/code")).headers["location"] == "/connexion"
    browser.read_secret((await browser.get("/connexion/protection")).text)
    assert not await browser.is_in()
    wrong = await browser.post("/connexion/protection", code="12")
    assert wrong.status_code == 422
    done = await browser.post("/connexion/protection", code=browser.code())
    assert len(CODE.findall(done.text)) == 10
    assert 'href="/reseau/comptes"' in done.text
    assert await browser.is_in()
    gone = await browser.post("/connexion/protection", code=browser.code())
    assert gone.headers["location"] == "/connexion"


async def test_with_no_time_to_put_it_off_the_first_sign_in_sets_it_up(platform, browser, romane):
    ask(platform, second_factor="required", second_factor_grace_days=0)
    assert (await browser.sign_in()).headers["location"] == "/connexion/protection"


async def test_it_is_asked_of_whom_the_settings_say(platform, browser, romane, kept):
    await service.create_account(
        platform, email="camille@essai.example", name="Camille", password=PASSWORD
    )
    ask(platform, second_factor="off", second_factor_staff="required", second_factor_grace_days=0)
    assert (await browser.sign_in()).headers["location"] == "/reseau"
    assert (await browser.get("/compte/second-facteur")).status_code == 404
    assert "Second facteur" not in (await browser.get("/compte")).text
    staff = await browser.sign_in(email="camille@essai.example")
    assert staff.headers["location"] == "/connexion/protection"
    ask(platform, second_factor="offered", second_factor_staff="offered")
    assert (await browser.sign_in(email="camille@essai.example")).headers["location"] == "/agenda"


# Losing it


async def test_the_coordination_takes_a_lost_one_away_and_its_owner_sets_another_up(
    platform, browser, romane, kept, client
):
    ask(platform, second_factor="required")
    await platform.db.execute("UPDATE account SET factor_due_at = now() + interval '900 days'")
    colleague = await make_account(platform.db, region_role="coordinator", name="Alma")
    browser.forget()
    await signed_in(platform, client, colleague)
    path = f"/reseau/comptes/{romane}/second-facteur/retirer"
    assert (await browser.post(path)).status_code == 303
    assert "d’abord en place le vôtre" in (await browser.get("/reseau/comptes")).text
    await platform.db.execute("UPDATE session SET factor_at = now()")
    assert path in (await browser.get("/reseau/comptes?qui=ROMANE")).text
    assert "Romane" not in (await browser.get("/reseau/comptes?qui=alma")).text
    assert (await browser.post(path)).status_code == 303
    assert (await browser.post(path)).status_code == 404
    row = await platform.db.fetch_one(
        "SELECT account, object FROM audit WHERE action = 'account.factor_reset'"
    )
    assert tuple(row) == (colleague, str(romane))
    browser.forget()
    assert (await browser.sign_in()).headers["location"] == "/connexion/protection"


async def test_nobody_takes_away_their_own_nor_a_coordinator_an_administrators(
    platform, browser, romane, kept, client
):
    own = await user_of_account(platform, await make_account(platform.db, region_role="admin"))
    await platform.db.execute("UPDATE account SET region_role = 'admin' WHERE id = $1", romane)
    colleague = await user_of_account(
        platform, await make_account(platform.db, region_role="coordinator")
    )
    with pytest.raises(Refused):
        await second_factor.reset(platform, colleague, romane)
    with pytest.raises(Refused):
        await second_factor.reset(platform, msgspec.structs.replace(own, account_id=romane), romane)
    with pytest.raises(NotFound):
        await second_factor.reset(platform, own, colleague.account_id)
    await second_factor.reset(platform, own, romane)
    assert await second_factor.read_factor(platform, romane) is None


async def test_the_page_of_accounts_is_for_the_coordination(platform, browser, client):
    advisor = await make_advisor(platform.db, await make_structure(platform.db), role="manager")
    account = await platform.db.fetch_value("SELECT account FROM advisor WHERE id = $1", advisor)
    await signed_in(platform, client, account)
    assert (await browser.get("/reseau/comptes")).status_code == 404


# Kept


async def test_a_secret_is_sealed_anew_when_the_keys_change_and_goes_on_opening(
    platform, browser, romane, kept
):
    await second_factor.begin(platform, romane, b"another")
    platform.keys = Keyring("a key for tests only", ["fresh"])
    done = await rotate(platform)
    assert (done.sealed, done.lost) == (2, ())
    platform.keys = Keyring("another signing key", ["fresh"])
    assert await second_factor.prove(platform, romane, browser.code()) is None
    platform.keys = Keyring("all keys are lost")
    with pytest.raises(Refused, match="code de secours"):
        await second_factor.prove(platform, romane, browser.code(1))
    assert await second_factor.prove(platform, romane, kept[0]) == 9


async def test_what_is_over_is_tidied_away(platform, browser, romane, kept):
    await browser.sign_in()
    await second_factor.begin(platform, romane, b"another")
    for table in ("account_sign_in", "account_enrolment"):
        await platform.db.execute(f"UPDATE {table} SET expires_at = now() - interval '1 hour'")
    await tidy(platform)
    for table in ("account_sign_in", "account_enrolment"):
        assert await platform.db.fetch_value(f"SELECT count(*) FROM {table}") == 0


async def test_over_https_the_cookies_belong_to_this_name_alone(app, platform, romane):
    server = msgspec.structs.replace(platform.settings.server, public_url="https://so.example")
    platform.settings = msgspec.structs.replace(platform.settings, server=server)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://so.example") as client:
        form = {"email": "romane@essai.example", "password": PASSWORD}
        answer = await client.post(
            "/connexion", data={**form, "_csrf_token": await form_token(client)}
        )
        cookie = next(c for c in answer.headers.get_list("set-cookie") if COOKIE in c)
        assert cookie.startswith(f"__Host-{COOKIE}=")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        assert (await client.get("/compte")).status_code == 200


async def test_the_journal_says_whose_account_it_was(platform, browser, romane, kept, client):
    await browser.sign_in()
    await browser.post("/connexion/code", code=kept[0], secours="true")
    page = (await browser.get("/reseau/journal?quoi=account")).text
    assert "Code de secours utilisé" in page
    lines = page.partition("journal.csv")[2]
    assert str(romane)[:8] not in lines
    assert lines.count("Romane Essai") >= 5
