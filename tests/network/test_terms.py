"""The page of a structure's terms. Monday 25 January 2027, 08:00 in Paris."""

import re
from datetime import date, time

import pytest

from core.accounts.access import CurrentUser
from core.agenda.service import refresh_structure
from core.agenda.terms import OwnTerms
from core.network.terms import forecast, read_terms_of, save_terms, try_out
from core.network.terms_words import changes
from core.settings import BookingSettings
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
    signed_in,
)

PAGE = "/reseau/essai/reglages"


@pytest.fixture
async def structure(platform):
    """Two advisors, each with a weekly opening of three hours: Tuesday from 2 February, Thursday from 4 February."""
    structure = await make_structure(platform.db, "Info Jeunes Essai", slug="essai")
    site = await make_site(platform.db, structure)
    for day in (2, 4):
        advisor = await make_advisor(platform.db, structure)
        await make_opening(
            platform.db,
            advisor,
            structure,
            site=site,
            repeat="weekly",
            starts_on=date(2027, 2, day),
            start_time=time(14),
            end_time=time(17),
        )
    await refresh_structure(platform, structure)
    return structure


@pytest.fixture
async def manager(platform, client, structure):
    account = await make_account(platform.db, name="Référente Essai")
    await join(platform.db, account, structure, role="manager")
    return await signed_in(platform, client, account)


async def send(client, **fields):
    return await client.post(PAGE, data={"_csrf_token": await form_token(client), **fields})


def seen(page):
    return re.search(r'name="seen" value="(\w+)"', page.text)[1]


async def own(platform):
    return await platform.db.struct(
        OwnTerms, f"SELECT {', '.join(OwnTerms.__struct_fields__)} FROM structure"
    )


async def picture(platform):
    """Every row that a change would touch, down to the transaction that wrote it."""
    return {
        table: sorted(
            str(dict(row))
            for row in await platform.db.fetch(f"SELECT xmin::text AS written_by, * FROM {table}")
        )
        for table in ("structure", "slot", "appointment", "audit", "plugin_revision")
    }


async def test_the_page_says_what_is_inherited_from_the_region(manager):
    text = (await manager.get(PAGE)).text
    for value in ("60 minutes", "48 heures", "90 jours", "aucune", "fermé", "réservation refusée"):
        assert re.search(rf"Hérité de la région\s: {value}", text), value
    assert re.search(r"<strong>72</strong> créneaux à réserver", text)
    assert "Cette structure suit la région depuis le début." in text
    summary = (await manager.get("/reseau/essai")).text
    assert f'href="{PAGE}"' in summary
    assert "48 heures" in summary


async def test_a_change_is_shown_first_and_changes_nothing_until_it_is_sent_as_shown(
    platform, manager, structure
):
    before = await picture(platform)
    wish = {"buffer_minutes": "15", "step_minutes": "75", "lead": "6", "lead_unit": "working_days"}
    shown = await send(manager, **wish)
    assert shown.status_code == 200
    assert "Ce que cela change" in shown.text
    assert "comme la région (48 heures)" in shown.text
    assert "<strong>6 jours ouvrés</strong>" in shown.text
    assert "<strong>72</strong> créneaux" in shown.text
    # Two starts an opening, Tuesday 2 February is the sixth working day.
    assert "<strong>48</strong> créneaux" in shown.text
    assert "15 h 15" in shown.text
    assert "Les rendez-vous déjà pris sont maintenus" in shown.text
    assert await picture(platform) == before

    other = await send(manager, **{**wish, "buffer_minutes": "20", "seen": seen(shown)})
    assert "Ce que cela change" in other.text
    assert await picture(platform) == before

    done = await send(manager, **wish, seen=seen(shown))
    assert (done.status_code, done.headers["location"]) == (303, PAGE)
    assert await own(platform) == OwnTerms(buffer_minutes=15, step_minutes=75, lead_days=6)
    assert (await forecast(platform, structure)).slots == 48
    assert await platform.db.fetch_value(
        "SELECT count(*) FROM slot WHERE buffer_minutes = 15"
    ) == await platform.db.fetch_value("SELECT count(*) FROM slot")
    again = (await manager.get(PAGE)).text
    assert "Référente Essai" in again
    assert "6 jours ouvrés" in again
    assert "C’est en place" in again
    week = await manager.get("/creneaux/essai?canal=in_person&lundi=2027-02-01")
    assert "6\u00a0jours ouvrés" in week.text.replace("6 jours", "6\u00a0jours")


async def test_an_emptied_field_goes_back_to_the_region_and_the_trail_keeps_all(
    platform, manager, structure
):
    await send(manager, slot_minutes="45", seen=seen(await send(manager, slot_minutes="45")))
    await send(manager, seen=seen(await send(manager)))
    assert await own(platform) == OwnTerms()
    rows = await platform.db.fetch(
        "SELECT action, structure, object, detail FROM audit ORDER BY id"
    )
    assert [(row["action"], row["structure"], row["object"]) for row in rows] == [
        ("structure.terms_changed", structure, "essai")
    ] * 2
    lengths = [
        (row["detail"]["before"]["slot_minutes"], row["detail"]["after"]["slot_minutes"])
        for row in rows
    ]
    assert lengths == [(None, 45), (45, None)]
    assert (await send(manager)).headers["location"] == PAGE  # nothing left to change
    assert await platform.db.fetch_value("SELECT count(*) FROM audit") == 2


async def test_appointments_stand_and_slots_around_them_follow(platform, manager, structure):
    start = await platform.db.fetch_value("SELECT min(starts_at) FROM slot")
    advisor = await platform.db.fetch_value("SELECT advisor FROM slot ORDER BY starts_at LIMIT 1")
    stands = await make_appointment(platform.db, advisor, structure, start)
    shown = await send(manager, step_minutes="30")
    await send(manager, step_minutes="30", seen=seen(shown))
    row = await platform.db.fetch_one("SELECT * FROM appointment WHERE id = $1", stands)
    assert (row["starts_at"], row["status"]) == (start, "booked")
    [first, *_] = (await forecast(platform, structure)).first
    assert first.isoformat() == "2027-02-02T14:00:00+00:00"


@pytest.mark.parametrize(
    "own_terms",
    [
        OwnTerms(step_minutes=15),
        OwnTerms(buffer_minutes=60),
        OwnTerms(horizon_days=10, lead_hours=0),
        OwnTerms(lead_days=8, slot_minutes=90),
        OwnTerms(slot_minutes=240),
    ],
)
async def test_what_was_forecast_is_what_comes(platform, structure, own_terms):
    account = await make_account(platform.db, region_role="coordinator")
    user = CurrentUser(account_id=account, name="", email="", region_role="coordinator")
    view = await read_terms_of(platform, user, "essai")
    before = await picture(platform)
    expected = await try_out(platform, structure, own_terms)
    assert await picture(platform) == before
    await save_terms(platform, user, view, own_terms)
    assert await forecast(platform, structure) == expected
    assert expected != await try_out(platform, structure, OwnTerms())
    assert expected.interviews <= expected.slots


async def test_two_people_never_overwrite_each_other_unseen(platform, manager):
    shown = await send(manager, horizon_days="30")
    await platform.db.execute("UPDATE structure SET buffer_minutes = 10")
    again = await send(manager, horizon_days="30", seen=seen(shown))
    assert "Ce que cela change" in again.text
    assert "Pause après chaque entretien" in again.text
    assert (await own(platform)).horizon_days is None


async def test_the_minutes_that_a_pause_wastes_are_said(manager):
    assert "restent perdues" not in (await manager.get(PAGE)).text
    shown = await send(manager, buffer_minutes="15")
    assert "45 minutes restent perdues" in shown.text
    assert (
        "restent perdues" not in (await send(manager, buffer_minutes="15", step_minutes="15")).text
    )


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"slot_minutes": "7"}, "slot_minutes", "entre 15 et 240"),
        ({"buffer_minutes": "beaucoup"}, "buffer_minutes", "entre 0 et 120"),
        ({"step_minutes": "7"}, "step_minutes", "entre 0 et 240"),
        ({"horizon_days": "2"}, "horizon_days", "entre 7 et 365"),
        ({"lead": "24"}, "lead_unit", "en heures ou en jours ouvrés"),
        ({"lead_unit": "hours"}, "lead", "combien d’heures"),
        ({"lead": "0", "lead_unit": "working_days"}, "lead", "comptez en heures"),
        ({"lead": "21", "lead_unit": "working_days"}, "lead", "entre 1 et 20"),
        ({"lead": "9999", "lead_unit": "hours"}, "lead", "entre 0 et 720"),
        ({"lead": "200", "lead_unit": "hours", "horizon_days": "7"}, "lead", "plus court que les 7"),
        ({"age_rule": "maybe"}, "age_rule", "parmi les réponses"),
        ({"open_on_holidays": "<b>"}, "open_on_holidays", "parmi les réponses"),
    ],
)  # fmt: skip
async def test_a_fault_is_said_beside_its_field_and_keeps_what_was_typed(
    platform, manager, fields, field, words
):
    before = await picture(platform)
    answer = await send(manager, **fields, presentation="x")
    assert answer.status_code == 422
    fault = re.search(rf'id="f-{field}-error".*?</p>', answer.text, re.DOTALL)
    assert words in fault[0]
    typed = fields.get("lead") or fields.get("slot_minutes") or fields.get("buffer_minutes")
    assert typed is None or f'value="{typed}"' in answer.text
    assert await picture(platform) == before


async def test_only_who_manages_the_structure_settles_its_terms(platform, client, structure):
    other = await make_structure(platform.db, "Une autre", slug="autre")
    foreign = await make_account(platform.db)
    await join(platform.db, foreign, other, role="manager")
    advisor = await account_of(platform.db, await make_advisor(platform.db, structure))
    for account in (foreign, advisor):
        await signed_in(platform, client, account)
        assert (await client.get(PAGE)).status_code == 404
        assert (await send(client, slot_minutes="45")).status_code == 404
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    assert (await client.get(PAGE)).status_code == 200
    assert await platform.db.fetch_value("SELECT count(*) FROM audit") == 0


async def test_a_structure_that_is_not_open_yet_can_be_prepared(platform, client):
    await make_structure(platform.db, "À venir", slug="essai", status="draft")
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    shown = await send(client, slot_minutes="45")
    assert "<strong>0</strong> créneau à réserver" in shown.text
    assert (await send(client, slot_minutes="45", seen=seen(shown))).status_code == 303
    assert (await own(platform)).slot_minutes == 45


def test_every_term_has_its_words():
    region = BookingSettings(lead_unit="working_days", lead_days=1, step_minutes=30)
    new = OwnTerms(
        slot_minutes=45,
        buffer_minutes=0,
        step_minutes=0,
        lead_hours=0,
        horizon_days=7,
        open_on_holidays=True,
        pentecost_monday="closed",
        age_rule="flag",
    )
    said = [(one.before, one.after) for one in changes(OwnTerms(), new, region)]
    assert said == [
        ("comme la région (60 minutes)", "45 minutes"),
        ("comme la région (toutes les 30 minutes)", "à la suite, sans chevauchement"),
        ("comme la région (aucune)", "aucune"),
        ("comme la région (1 jour ouvré)", "aucun"),
        ("comme la région (90 jours)", "7 jours"),
        ("comme la région (fermé)", "ouvert"),
        ("comme la région (comme les autres jours fériés)", "fermé"),
        ("comme la région (réservation refusée)", "réservation acceptée et signalée"),
    ]
    assert changes(new, new, None) == []
