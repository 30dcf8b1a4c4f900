import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.booking.arrivals import read_day_word
from core.booking.pages.common import countdown
from core.web.local_map import Town, local_map
from tests.booking.conftest import TUESDAY
from tests.booking.test_pages import HOUR, send, walk

MINUTE = timedelta(minutes=1)


async def test_the_video_room_opens_in_time_and_stays_open_past_the_end(
    client, desk, database, clock
):
    path = await walk(client, desk, canal="video")
    waiting = (await client.get(f"{path}/rejoindre")).text
    assert "Lien à venir" in waiting
    assert "dans 8 jours" in waiting
    assert "http-equiv" not in waiting
    await database.execute(
        "UPDATE appointment SET meeting = $1",
        {"url": "https://visio.example/salle", "opens_minutes_before": 10},
    )
    for before, said in ((HOUR, "dans 1 h 00"), (11 * MINUTE, "dans 11 minutes")):
        clock.set(TUESDAY - before)
        early = (await client.get(f"{path}/rejoindre")).text
        assert "La salle ouvre mardi 2 février 2027 à 13 h 50" in early
        assert "visio.example" not in early
        assert said in early
        # Without JavaScript the page comes back by itself, in a browser that has none only.
        assert '<noscript><meta http-equiv="refresh"' in early
        assert "data-follow" in early
    for after in (-10 * MINUTE, HOUR + 29 * MINUTE):
        clock.set(TUESDAY + after)
        inside = (await client.get(f"{path}/rejoindre")).text
        assert 'href="https://visio.example/salle"' in inside
        assert "data-devices" in inside
    clock.set(TUESDAY + HOUR + 30 * MINUTE)
    over = (await client.get(f"{path}/rejoindre")).text
    assert "visio.example" not in over
    assert "Cet entretien est terminé" in over


async def test_by_phone_one_knows_who_calls_from_where(client, desk, database):
    path = await walk(client, desk, canal="phone")
    page = (await client.get(f"{path}/rejoindre")).text
    assert "On vous appelle au 06 12 34 56 78" in page
    assert "L’appel vient de Camille E., au 05 00 00 00 00" in page
    await database.execute("UPDATE advisor SET phone = '05 11 11 11 11'")
    assert "au 05 11 11 11 11" in (await client.get(f"{path}/rejoindre")).text
    assert "data-devices" not in page


async def test_in_person_the_way_is_said_and_drawn(client, desk, database):
    await database.execute("UPDATE site SET directions = 'Ascenseur au fond de la cour.'")
    path = await walk(client, desk)
    page = (await client.get(f"{path}/rejoindre")).text
    assert "1 rue de l’Essai" in page
    assert "Ascenseur au fond de la cour." in page
    assert 'class="site-map"' in page
    assert "à vol d’oiseau" not in page  # Bordeaux, from Bordeaux
    await database.execute("UPDATE youth SET commune = '33366'")
    assert (
        "À environ 20 km de Saint-André-de-Cubzac" in (await client.get(f"{path}/rejoindre")).text
    )


async def test_i_am_here_i_am_late_i_cannot_come(client, desk, database, platform, clock):
    path = await walk(client, desk)
    appointment = await database.fetch_value("SELECT id FROM appointment")
    early = await send(client, f"{path}/arrivee")
    assert early.status_code == 422
    assert "un peu tôt" in early.text
    assert "Dès 13 h 30" in (await client.get(f"{path}/rejoindre")).text
    # In time, « je ne peux pas venir » is the page to cancel, and nothing is said to anybody.
    assert (await send(client, f"{path}/empechement")).headers["location"] == f"{path}/annuler"
    clock.set(TUESDAY - HOUR)
    for wrong in ("", "x", "7", "500"):
        assert (await send(client, f"{path}/retard", minutes=wrong)).status_code == 422, wrong
    assert (await send(client, f"{path}/retard", minutes="10")).status_code == 303
    assert "10 minutes de retard" in (await client.get(path)).text
    assert (await send(client, f"{path}/empechement")).status_code == 303
    assert (await read_day_word(platform, appointment)).cannot_come
    assert "ne pourrez pas venir" in (await client.get(path)).text
    clock.set(TUESDAY - 5 * MINUTE)
    for _ in range(2):
        await client.get(f"{path}/arrivee")
        assert (await read_day_word(platform, appointment)).arrived_at in (
            None,
            TUESDAY - 5 * MINUTE,
        )
        assert (await send(client, f"{path}/arrivee")).headers["location"] == f"{path}/rejoindre"
    assert "C’est dit à 13 h 55" in (await client.get(f"{path}/rejoindre")).text
    assert await database.fetch_value("SELECT status FROM appointment") == "booked"


@pytest.mark.parametrize("action", ["arrivee", "retard", "empechement"])
async def test_a_word_of_the_day_needs_the_link_a_form_and_a_post(client, desk, action, database):
    path = await walk(client, desk)
    assert (await client.get(f"{path}/{action}")).status_code == 405
    assert (await client.post(f"{path}/{action}")).status_code == 403
    assert (await send(client, f"/rdv/forged/{action}", minutes="5")).status_code == 404
    assert await database.fetch_value("SELECT count(*) FROM day_word") == 0


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        ({"days": 9}, "dans 9 jours"),
        ({"hours": 25}, "demain"),
        ({"hours": 10}, "dans 10 h 00"),
        ({"minutes": 61}, "dans 1 h 01"),
        ({"seconds": 61}, "dans 2 minutes"),
        ({"seconds": 60}, "dans 1 minute"),
        ({"seconds": -100}, "c’est l’heure"),
        ({"minutes": -12}, "commencé il y a 12 minutes"),
    ],
)
def test_the_countdown_speaks(ahead, said):
    now = datetime(2027, 2, 1, 9, tzinfo=UTC)
    assert countdown(now + timedelta(**ahead), now) == said


@given(st.integers(-(10**6), 10**7))
def test_the_countdown_never_says_less_than_the_truth(seconds):
    now = datetime(2027, 2, 1, 9, tzinfo=UTC)
    words = countdown(now + timedelta(seconds=seconds), now)
    minutes = re.fullmatch(r"dans (\d+) minutes?", words)
    if minutes:
        assert 0 <= int(minutes[1]) * 60 - seconds < 60
    assert ("il y a" in words) == (seconds <= -120)


towns = st.builds(
    Town,
    name=st.text("abcdefghij", min_size=1, max_size=24),
    lat=st.floats(44, 46),
    lon=st.floats(-1, 1),
)


@given(st.floats(44.5, 45.5), st.floats(-0.5, 0.5), st.lists(towns, max_size=30), st.none() | towns)
def test_a_local_map_names_what_fits_and_ones_own_town_when_it_is_near(lat, lon, found, own):
    drawn = local_map((lat, lon), found, own)
    assert len(drawn.spots) <= 9
    for spot in drawn.spots:
        assert drawn.left < spot.x < drawn.left + drawn.width
        assert drawn.top < spot.y < drawn.top + drawn.height
    assert sum(spot.own for spot in drawn.spots) <= 1


async def test_one_cancels_with_a_reason_of_the_list_and_a_word(client, desk, database):
    path = await walk(client, desk)
    page = (await client.get(f"{path}/annuler")).text
    assert "Le trajet ou la distance" in page
    refused = await send(client, f"{path}/annuler", kind="caprice")
    assert refused.status_code == 422
    assert 'id="f-kind-error"' in refused.text
    await send(client, f"{path}/annuler", kind="trajet", reason="Le car ne passe plus.")
    row = await database.fetch_one("SELECT status, cancel_kind, cancel_reason FROM appointment")
    assert tuple(row) == ("cancelled_by_youth", "trajet", "Le car ne passe plus.")


async def test_too_late_the_number_is_one_press_away_and_so_is_a_word(client, desk, clock):
    path = await walk(client, desk)
    clock.set(TUESDAY - 3 * HOUR)
    for page in ("annuler", "deplacer", "canal"):
        assert 'href="tel:0500000000"' in (await client.get(f"{path}/{page}")).text
    assert f'href="{path}/rejoindre"' in (await client.get(f"{path}/annuler")).text


async def test_one_link_cannot_be_pressed_without_end(client, desk):
    path = await walk(client, desk)
    answers = [(await send(client, f"{path}/deplacer")).status_code for _ in range(62)]
    assert set(answers[:60]) == {303}
    assert answers[-1] == 429
