"""The people of a structure, over HTTP and on the real engine."""

import asyncio
from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from core.agenda.service import refresh
from core.booking.holds import read_hold, take_hold
from core.booking.search import Sought
from core.booking.service import book
from core.clock import PARIS
from core.errors import Conflict, FriendlyError
from core.network.invitations import LIFE
from core.network.leaving import end_membership
from core.network.managed import read_managed
from core.network.team import change_role, list_members, why_no_slot
from core.testing.factories import (
    account_of,
    form_token,
    join,
    make_account,
    make_advisor,
    make_appointment,
    make_opening,
    make_site,
    make_structure,
    make_youth,
    signed_in,
)
from tests.accounts.conftest import ask
from tests.booking.conftest import applicant
from tests.interviews.conftest import user_of_account

TUESDAY = datetime(2027, 2, 2, 14, tzinfo=PARIS)
PASSWORD = "une petite phrase à moi"


@pytest.fixture
async def structure(database):
    return await make_structure(database, "Info Jeunes Essai", slug="essai")


@pytest.fixture
async def boss(platform, database, structure):
    """A manager who holds no interviews."""
    account = await make_account(database, name="Claude R.")
    await join(database, account, structure, role="manager")
    return await user_of_account(platform, account)


@pytest.fixture
async def manager(platform, client, boss):
    return await signed_in(platform, client, boss.account_id)


@pytest.fixture
async def camille(database, structure):
    """An advisor with an opening on Tuesdays."""
    advisor = await make_advisor(database, structure)
    await make_opening(
        database,
        advisor,
        structure,
        repeat="weekly",
        starts_on=date(2027, 1, 5),
        channels=["phone"],
    )
    return advisor


async def send(client, path, **form):
    return await client.post(path, data={**form, "_csrf_token": await form_token(client)})


def said(answer):
    return answer.text.replace("\u00a0", " ")


async def managed(platform, user):
    return await read_managed(platform, user, "essai")


async def slots(database):
    return await database.fetch_value("SELECT count(*) FROM slot")


# Invitations


async def invited(manager, database, **form):
    """Invites Noa, and gives the path of the link."""
    answer = await send(
        manager,
        "/reseau/essai/equipe",
        **{"email": "noa@example.org", "name": "Noa D.", "role": "advisor", **form},
    )
    assert answer.status_code == 303, said(answer)
    page = said(await manager.get("/reseau/essai/equipe"))
    address = page.split('readonly value="')[1].split('"')[0]
    return urlsplit(address).path


async def test_s20_invited_then_accepted_then_trained_and_only_then_bookable(
    platform, app, manager, database, structure
):
    path = await invited(manager, database)
    noa = await database.fetch_value("SELECT id FROM advisor")
    account = await account_of(database, noa)
    await make_opening(database, noa, structure, repeat="weekly", channels=["phone"])
    await refresh(platform, [noa])
    page = said(await manager.get("/reseau/essai/equipe"))
    assert "Aucun créneau public : invitation pas encore acceptée, formation à valider." in page
    assert "invitation en attente" in page
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://test"
    ) as guest:
        seen = said(await guest.get(path))
        assert "Rejoindre l’équipe Info Jeunes Essai" in seen
        assert "noa@example.org" in seen
        weak = await send(guest, path, password="court", again="court")
        assert weak.status_code == 422
        differ = await send(guest, path, password=PASSWORD, again="autre chose")
        assert "diffèrent" in differ.text
        assert (
            await database.fetch_value("SELECT password_hash FROM account WHERE id = $1", account)
            is None
        )
        done = await send(guest, path, password=PASSWORD, again=PASSWORD)
        assert done.headers["location"] == "/agenda"
        assert "Bienvenue dans l’équipe" in (await guest.get("/agenda")).text
        again = await guest.get(path)
        assert again.status_code == 404  # it serves once
        signed = await send(guest, "/deconnexion")
        assert signed.status_code == 303
        back = await send(guest, "/connexion", email="noa@example.org", password=PASSWORD)
        assert back.headers["location"] == "/agenda"
    assert await slots(database) == 0
    page = said(await manager.get("/reseau/essai/equipe"))
    assert "formation à valider." in page
    assert "invitation" not in page.split("Noa D.")[1].split("Inviter quelqu’un")[0]
    late = await send(manager, f"/reseau/essai/equipe/{account}/formation", trained_on="2027-01-26")
    assert "pas encore venu" in late.text
    await send(manager, f"/reseau/essai/equipe/{account}/formation", trained_on="2027-01-20")
    assert await slots(database) > 0
    await send(manager, f"/reseau/essai/equipe/{account}/formation", trained_on="")
    assert await slots(database) == 0
    actions = [
        row["action"] for row in await database.fetch("SELECT action FROM audit ORDER BY id")
    ]
    assert actions == [
        "account.created",
        "member.invited",
        "account.password_set",
        "member.accepted",
        "member.trained",
        "member.trained",
    ]


async def test_s20_without_an_agreement_or_an_open_structure_there_is_no_slot_and_it_is_said(
    platform, database, structure, boss, camille
):
    await refresh(platform, [camille])
    assert await slots(database) > 0
    for change, words in (
        ("UPDATE agreement SET status = 'ended'", "pas de convention active cette année"),
        ("UPDATE structure SET status = 'draft'", "structure pas ouverte au public"),
        ("UPDATE advisor SET trained_on = '2027-02-01'", "formation à valider"),
    ):
        await database.execute(change)
        await refresh(platform, [camille])
        assert await slots(database) == 0, change
        team = await managed(platform, boss)
        member = next(m for m in await list_members(platform, team) if m.advisor_id == camille)
        assert words in why_no_slot(team, member)


async def test_a_link_is_replaced_by_a_newer_one_and_grows_old(
    platform, client, manager, database, clock, boss
):
    first = await invited(manager, database)
    account = await database.fetch_value("SELECT account FROM membership WHERE accepted_at IS NULL")
    clock.advance(timedelta(minutes=1))
    await send(manager, f"/reseau/essai/equipe/{account}/inviter")
    page = said(await manager.get("/reseau/essai/equipe"))
    second = urlsplit(page.split('readonly value="')[1].split('"')[0]).path
    assert (await client.get(first)).status_code == 404
    assert (await client.get(second)).status_code == 200
    for wrong in (second[:-1] + ("A" if second[-1] != "A" else "B"), second + "A", "/invitation/é"):
        assert (await client.get(wrong)).status_code == 404
    clock.advance(LIFE)
    assert (await client.get(second)).status_code == 404
    await signed_in(platform, client, boss.account_id)
    assert "Son lien ne sert plus" in (await client.get("/reseau/essai/equipe")).text


async def test_where_a_second_factor_is_due_who_accepts_signs_in_to_set_it_up(
    platform, app, manager, database
):
    ask(platform, second_factor_staff="required", second_factor_grace_days=0)
    path = await invited(manager, database)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://test"
    ) as guest:
        done = await send(guest, path, password=PASSWORD, again=PASSWORD)
        assert done.headers["location"] == "/connexion"
        assert (await guest.get("/agenda")).status_code == 303


async def test_who_has_an_account_signs_in_first_and_keeps_their_password(
    platform, app, manager, database, structure, camille
):
    other = await make_structure(database, "Ailleurs", slug="ailleurs")
    known = await make_account(database, "noa@example.org", name="Noa", password_hash="$argon2id$x")
    await join(database, known, other)
    path = await invited(manager, database, role="manager", holds="true")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://test"
    ) as guest:
        assert "Un compte existe déjà" in said(await guest.get(path))
        away = await send(guest, path, password=PASSWORD, again=PASSWORD)
        assert away.headers["location"].startswith("/connexion")
        await signed_in(platform, guest, await account_of(database, camille))
        assert (await send(guest, path)).headers["location"].startswith("/connexion")
        await signed_in(platform, guest, known)
        assert (await send(guest, path)).headers["location"] == "/agenda"
        assert (await guest.get("/reseau/essai/equipe")).status_code == 200
    row = await database.fetch_one("SELECT password_hash, name FROM account WHERE id = $1", known)
    assert tuple(row) == ("$argon2id$x", "Noa")
    twice = await send(
        manager, "/reseau/essai/equipe", email="NOA@example.org", name="Noa", role="advisor"
    )
    assert twice.status_code == 422
    assert "déjà dans l’équipe" in twice.text


async def test_a_faulty_invitation_says_so_and_keeps_what_was_typed(manager, database):
    for form, field in (
        ({"email": "noa", "name": "Noa D."}, "email"),
        ({"email": "noa@example.org", "name": "N"}, "name"),
        ({"email": "noa@example.org", "name": "Noa D.", "role": "boss"}, "role"),
    ):
        answer = await send(manager, "/reseau/essai/equipe", **form)
        assert answer.status_code == 422
        assert f'href="#f-{field}"' in answer.text
        assert f'value="{form["email"]}"' in answer.text
    assert await database.fetch_value("SELECT count(*) FROM membership") == 1


async def test_two_tabs_accept_one_invitation_and_one_password_is_kept(app, manager, database):
    path = await invited(manager, database)
    guests = [
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")
        for _ in range(3)
    ]
    for guest in guests:
        await form_token(guest)
    ends = await asyncio.gather(
        *(
            send(guest, path, password=f"{PASSWORD} {n}", again=f"{PASSWORD} {n}")
            for n, guest in enumerate(guests)
        )
    )
    assert sorted(end.status_code for end in ends) == [303, 404, 404]
    for guest in guests:
        await guest.aclose()


# Roles


async def test_p03_the_last_manager_stays_one_and_two_cannot_leave_at_once(
    platform, manager, database, structure, boss
):
    refused = await send(manager, f"/reseau/essai/equipe/{boss.account_id}/role", role="advisor")
    assert refused.status_code == 422
    assert "dernière personne référente" in refused.text
    gone = await send(manager, f"/reseau/essai/equipe/{boss.account_id}/retirer")
    assert gone.status_code == 409
    assert "dernière personne référente" in gone.text
    second = await make_account(database)
    await join(database, second, structure, role="manager")
    await database.execute("UPDATE membership SET accepted_at = NULL WHERE account = $1", second)
    assert (
        await send(manager, f"/reseau/essai/equipe/{boss.account_id}/role", role="advisor")
    ).status_code == 422
    await database.execute("UPDATE membership SET accepted_at = now() WHERE account = $1", second)
    team = await managed(platform, boss)
    ends = await asyncio.gather(
        change_role(platform, boss, team, boss.account_id, "advisor"),
        end_membership(platform, boss, team, second),
        return_exceptions=True,
    )
    assert sum(isinstance(end, FriendlyError) for end in ends) == 1
    managers = "SELECT count(*) FROM membership WHERE role = 'manager' AND ended_at IS NULL"
    assert await database.fetch_value(managers) == 1


async def test_a_manager_who_becomes_an_advisor_has_an_agenda_and_no_team_page(
    platform, client, manager, database, structure, boss
):
    second = await make_account(database)
    await join(database, second, structure, role="manager")
    done = await send(manager, f"/reseau/essai/equipe/{boss.account_id}/role", role="advisor")
    assert done.headers["location"] == "/agenda"
    assert (
        await database.fetch_value(
            "SELECT count(*) FROM advisor WHERE account = $1", boss.account_id
        )
        == 1
    )
    assert (await client.get("/reseau/essai/equipe")).status_code == 404


# Leaving


async def test_b12_who_has_appointments_is_not_removed_and_their_list_is_shown(
    platform, manager, database, structure, camille
):
    sacha = await make_advisor(database, structure, display_name="Sacha E.")
    await make_opening(database, sacha, structure, channels=["phone"])
    await refresh(platform, [camille, sacha])
    account = await account_of(database, camille)
    youth = await make_youth(database, name="Lou Essai", email="lou@example.org")
    first = await make_appointment(database, camille, structure, TUESDAY)
    second = await make_appointment(
        database, camille, structure, TUESDAY + timedelta(days=7), youth=youth
    )
    week_later = TUESDAY + timedelta(days=7)
    await make_appointment(database, sacha, structure, week_later, channel="video")
    other = await make_structure(database)
    await join(database, account, other)
    elsewhere = await make_appointment(database, camille, other, TUESDAY + timedelta(days=1))
    leaving = f"/reseau/essai/equipe/{account}/depart"
    refused = await send(manager, f"/reseau/essai/equipe/{account}/retirer")
    assert refused.status_code == 409
    assert "a encore 2 rendez-vous à venir ici" in said(refused)
    for words in ("Alix Essai", "Lou Essai", "Confier à Sacha E.", "mardi 2 février 2027 à 14 h"):
        assert words in said(refused)
    assert str(elsewhere) not in refused.text

    check = said(await send(manager, leaving, step="all"))
    assert "Confier à Sacha E., sans rien changer d’autre" in check
    assert "Garder tel quel" in check  # nobody is free for the second
    assert (
        'Sacha E.</strong> <span class="leaves-role">(l’aura désormais)</span> : rendez-vous confié, E-mail'
        in check
    )
    sent = {
        f"deed-{first}": f"give:{sacha}",
        f"sequence-{first}": "0",
        f"deed-{second}": "keep",
        f"sequence-{second}": "0",
    }
    done = await send(manager, leaving, step="apply", **sent)
    assert done.headers["location"] == leaving
    page = said(await manager.get(leaving))
    assert "Un rendez-vous est réglé" in page
    assert "Lou Essai" in page
    assert "Alix Essai" not in page

    word = {f"deed-{second}": "cancel", f"word-{second}": "Camille nous quitte."}
    check = said(await send(manager, leaving, step="check", **word))
    assert "Lou Essai</strong> : annulation, E-mail" in check
    await send(manager, leaving, step="apply", **word, **{f"sequence-{second}": "0"})
    page = said(await manager.get(leaving))
    assert "n’a plus aucun rendez-vous à venir ici" in page

    done = await send(manager, f"/reseau/essai/equipe/{account}/retirer")
    assert done.headers["location"] == "/reseau/essai/equipe"
    assert "1 personne a quitté l’équipe" in said(await manager.get("/reseau/essai/equipe"))
    rows = await database.fetch("SELECT advisor, count(*) FROM slot GROUP BY 1")
    assert {row["advisor"] for row in rows} == {sacha}
    assert (
        await database.fetch_value("SELECT status FROM appointment WHERE id = $1", elsewhere)
        == "booked"
    )


async def test_openings_and_absences_close_with_the_place_and_the_past_stays(
    platform, database, structure, boss, camille
):
    running = await database.fetch_value("SELECT id FROM opening")
    await make_opening(database, camille, structure, starts_on=date(2027, 3, 2))
    today = await make_opening(
        database,
        camille,
        structure,
        starts_on=date(2027, 1, 25),
        repeat="weekly",
        start_time=time(9),
        end_time=time(12),
    )
    past = await make_opening(database, camille, structure, starts_on=date(2027, 1, 11))
    other = await make_structure(database)
    account = await account_of(database, camille)
    await join(database, account, other)
    kept = await make_opening(database, camille, other, starts_on=date(2027, 3, 9))
    for values in (("2027-02-08", "none", None), ("2027-01-05", "weekly", None)):
        await database.execute(
            "INSERT INTO absence (id, advisor, starts_on, start_time, ends_on, end_time, repeat, until)"
            " VALUES (gen_random_uuid(), $1, $2, '09:00', $2, '10:00', $3, $4)",
            camille,
            date.fromisoformat(values[0]),
            *values[1:],
        )
    await refresh(platform, [camille])
    await end_membership(platform, boss, await managed(platform, boss), account)
    rows = await database.fetch("SELECT id, repeat, ends_on FROM opening ORDER BY starts_on")
    assert {row["id"]: (row["repeat"], row["ends_on"]) for row in rows} == {
        running: ("weekly", date(2027, 1, 25)),
        past: ("none", None),
        today: ("none", None),
        kept: ("none", None),
    }
    assert await database.fetch_value("SELECT count(*) FROM absence WHERE until IS NULL") == 2
    assert await database.fetch_value("SELECT bool_and(structure = $1) FROM slot", other)

    await join_as_manager(database, boss, other)
    elsewhere = await read_managed(
        platform,
        await user_of_account(platform, boss.account_id),
        await database.fetch_value("SELECT slug FROM structure WHERE id = $1", other),
    )
    await end_membership(platform, boss, elsewhere, account)
    rows = await database.fetch("SELECT repeat, until FROM absence")
    assert [tuple(row) for row in rows] == [("weekly", date(2027, 1, 25))]
    assert await slots(database) == 0


async def join_as_manager(database, user, structure):
    await join(database, user.account_id, structure, role="manager")


async def test_who_left_sees_nothing_of_the_structure_and_may_be_invited_again(
    platform, client, database, structure, boss, camille, clock
):
    account = await account_of(database, camille)
    appointment = await make_appointment(
        database, camille, structure, datetime(2027, 1, 20, 10, tzinfo=PARIS)
    )
    await signed_in(platform, client, account)
    assert (await client.get(f"/entretiens/{appointment}")).status_code == 200
    await end_membership(platform, boss, await managed(platform, boss), account)
    for path in (f"/entretiens/{appointment}", f"/rendez-vous/{appointment}"):
        assert (await client.get(path)).status_code == 404
    assert "Alix Essai" not in (await client.get("/agenda")).text
    await signed_in(platform, client, boss.account_id)
    email = await database.fetch_value("SELECT email FROM account WHERE id = $1", account)
    done = await send(
        client, "/reseau/essai/equipe", email=email, name="Camille E.", role="advisor"
    )
    assert done.status_code == 303
    row = await database.fetch_one(
        "SELECT accepted_at, ended_at FROM membership WHERE account = $1", account
    )
    assert tuple(row) == (None, None)


async def test_a_booking_and_a_removal_race_and_one_of_them_is_refused(
    platform, database, structure, boss, camille
):
    await refresh(platform, [camille])
    account = await account_of(database, camille)
    team = await managed(platform, boss)
    for _ in range(4):
        sought = Sought(structure_id=structure, mode="phone")
        hold = await read_hold(platform, await take_hold(platform, sought, TUESDAY))
        ends = await asyncio.gather(
            book(platform, hold, applicant(commune=None)),
            end_membership(platform, boss, team, account),
            return_exceptions=True,
        )
        assert sum(isinstance(end, Conflict) for end in ends) == 1, ends
        orphans = await database.fetch_value(
            "SELECT count(*) FROM appointment a JOIN advisor v ON v.id = a.advisor JOIN membership m"
            " ON m.account = v.account AND m.structure = a.structure WHERE m.ended_at IS NOT NULL"
        )
        assert orphans == 0
        await database.execute("DELETE FROM appointment")
        await database.execute("DELETE FROM hold")
        await database.execute("UPDATE membership SET ended_at = NULL")
        await database.execute("UPDATE opening SET ends_on = NULL")
        await refresh(platform, [camille])


# Who may


async def test_the_coordination_manages_every_team_and_an_advisor_none(
    platform, client, database, structure, camille
):
    coordinator = await make_account(database, region_role="coordinator")
    await signed_in(platform, client, coordinator)
    assert (await client.get("/reseau/essai/equipe")).status_code == 200
    await make_appointment(database, camille, structure, TUESDAY)
    account = await account_of(database, camille)
    page = said(await client.get(f"/reseau/essai/equipe/{account}/depart"))
    assert "mardi 2 février 2027 à 14 h" in page
    assert "Alix" not in page
    await signed_in(platform, client, account)
    for path in ("/reseau/essai/equipe", f"/reseau/essai/equipe/{account}/depart"):
        assert (await client.get(path)).status_code == 404


async def test_someone_of_another_structure_is_not_reached_through_ones_own(
    platform, manager, database
):
    other = await make_structure(database, slug="autre")
    stranger = await account_of(database, await make_advisor(database, other))
    for verb, form in (
        ("role", {"role": "manager"}),
        ("formation", {"trained_on": ""}),
        ("retirer", {}),
        ("inviter", {}),
        ("depart", {"step": "all"}),
    ):
        path = f"/reseau/essai/equipe/{stranger}/{verb}"
        assert (await send(manager, path, **form)).status_code == 404, verb
    assert (
        await database.fetch_value("SELECT count(*) FROM membership WHERE ended_at IS NOT NULL")
        == 0
    )


# Sites


async def test_s22_a_closed_site_takes_its_interviews_in_person_and_leaves_the_others(
    platform, manager, database, structure, camille
):
    site = await make_site(database, structure)
    sacha = await make_advisor(database, structure, display_name="Sacha E.")
    await make_opening(database, sacha, structure, site=site, channels=["in_person", "video"])
    await refresh(platform, [camille, sacha])
    await make_appointment(database, sacha, structure, TUESDAY, site=site, channel="in_person")
    page = said(await manager.get("/reseau/essai/lieux"))
    assert "1 rendez-vous à venir" in page
    await send(manager, f"/reseau/essai/lieux/{site}/etat")
    rows = await database.fetch("SELECT advisor, site, channels FROM slot ORDER BY advisor")
    assert {row["site"] for row in rows} == {None}
    assert {tuple(row["channels"]) for row in rows if row["advisor"] == sacha} == {("video",)}
    assert {tuple(row["channels"]) for row in rows if row["advisor"] == camille} == {("phone",)}
    assert await database.fetch_value("SELECT site FROM appointment") == site
    await send(manager, f"/reseau/essai/lieux/{site}/etat", enabled="true")
    assert await database.fetch_value("SELECT count(*) FROM slot WHERE site = $1", site) == 3


async def test_a_site_is_added_and_changed_and_a_doubt_about_its_commune_is_asked(
    platform, manager, database, structure
):
    await database.execute(
        "INSERT INTO commune (insee, name, name_key, postcodes, department, population, lat, lon) VALUES"
        " ('33063', 'Bordeaux', 'bordeaux', '{33000,33100}', '33', 260000, 44.8, -0.57),"
        " ('33366', 'Saint-André-de-Cubzac', 'saint andre de cubzac', '{33240}', '33', 12000, 44.99, -0.44),"
        " ('33375', 'Saint-André-et-Appelles', 'saint andre et appelles', '{33220}', '33', 700, 44.81, 0.20)"
    )
    new = "/reseau/essai/lieux/nouveau"
    for commune, words in (
        ("Atlantis", "Nous ne trouvons pas"),
        ("Saint-André", "Laquelle de ces communes"),
    ):
        asked = await send(manager, new, name="Accueil", commune=commune)
        assert asked.status_code == 422
        assert words in asked.text
    assert 'value="33366"' in asked.text
    done = await send(
        manager,
        new,
        name="Accueil",
        commune="33100 Bordeaux",
        commune_insee="33063",
        address="2 quai",
    )
    assert done.headers["location"] == "/reseau/essai/lieux"
    row = await database.fetch_one("SELECT * FROM site")
    assert (row["structure"], row["postcode"], row["city"], row["department"]) == (
        structure,
        "33100",
        "Bordeaux",
        "33",
    )
    await database.execute("UPDATE site SET lat = 44.84")
    here = f"/reseau/essai/lieux/{row['id']}"
    page = (await manager.get(here)).text
    assert 'value="33100 Bordeaux"' in page
    await send(
        manager,
        here,
        name="Quai",
        commune="33100 Bordeaux",
        commune_insee="33063",
        directions="Tram C",
    )
    row = await database.fetch_one("SELECT name, directions, lat, postcode FROM site")
    assert tuple(row) == ("Quai", "Tram C", 44.84, "33100")
    await send(manager, here, name="Quai", commune="Saint-André-de-Cubzac")
    row = await database.fetch_one("SELECT city, postcode, lat FROM site")
    assert tuple(row) == ("Saint-André-de-Cubzac", "33240", 44.99)


async def test_how_to_reach_the_structure_is_kept_when_it_can_be_used(manager, database):
    for form, field in (({"email": "ici"}, "email"), ({"phone": "12"}, "phone")):
        refused = await send(manager, "/reseau/essai/lieux", **form)
        assert refused.status_code == 422
        assert f'id="f-{field}-error"' in refused.text
    form = {"email": "a@example.org", "phone": "05 56 12 34 56", "presentation": "Près de la gare."}
    assert (await send(manager, "/reseau/essai/lieux", **form)).status_code == 303
    row = await database.fetch_one(
        "SELECT email, phone, presentation FROM structure WHERE slug = 'essai'"
    )
    assert tuple(row) == tuple(form.values())
