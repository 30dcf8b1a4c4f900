import pytest

from core.extension.state import PluginStates
from core.testing.factories import (
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

PAGE = "/reseau/fonctionnalites"


@pytest.fixture
async def structure(platform):
    return await make_structure(platform.db, "Info Jeunes Essai", slug="essai")


@pytest.fixture
async def coordinator(platform, client, structure):
    account = await make_account(platform.db, region_role="coordinator", name="Coordination Essai")
    return await signed_in(platform, client, account)


@pytest.fixture
async def offered(platform, structure):
    """Three slots on every channel, and a video appointment to come."""
    advisor = await make_advisor(platform.db, structure)
    site = await make_site(platform.db, structure)
    await make_opening(platform.db, advisor, structure, site=site)
    await platform.services.refresh_slots([advisor])
    start = await platform.db.fetch_value("SELECT min(starts_at) FROM slot")
    return await make_appointment(platform.db, advisor, structure, start, channel="video")


async def turn(client, wish, **fields):
    return await client.post(
        PAGE, data={"_csrf_token": await form_token(client), "turn": wish, **fields}
    )


async def channels(platform):
    return await platform.db.fetch_value(
        "SELECT array_agg(DISTINCT c ORDER BY c) FROM slot, unnest(channels) c"
    )


async def test_video_is_switched_off_for_one_structure_and_its_slots_vanish_while_appointments_stay(
    platform, coordinator, offered
):
    assert await channels(platform) == ["in_person", "phone", "video"]
    asked = await turn(coordinator, "visio_jitsi:essai:off")
    assert asked.status_code == 200
    assert "3 créneaux ne proposeront plus ce canal" in asked.text
    assert "1 rendez-vous déjà pris garde son canal" in asked.text
    assert await channels(platform) == ["in_person", "phone", "video"]

    answer = await turn(coordinator, "visio_jitsi:essai:off", confirmed="true")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}#essai")
    assert await channels(platform) == ["in_person", "phone"]
    kept = await platform.db.fetch_one(
        "SELECT channel, status FROM appointment WHERE id = $1", offered
    )
    assert (kept["channel"], kept["status"]) == ("video", "booked")

    assert (await turn(coordinator, "visio_jitsi:essai:on")).status_code == 303
    assert await channels(platform) == ["in_person", "phone", "video"]


async def test_a_flip_is_in_effect_at_once_here_and_in_another_process(
    platform, coordinator, structure, settings, board
):
    elsewhere = PluginStates(platform.db, board, settings, platform.keys, platform.dispatch)
    assert (await elsewhere.current()).is_on("stats_export", structure)
    await turn(coordinator, "stats_export:essai:off")
    assert not (await platform.plugins.current()).is_on("stats_export", structure)
    assert not (await elsewhere.fresh()).is_on("stats_export", structure)


async def test_a_flip_leaves_a_trace_and_the_page_tells_the_history(
    platform, coordinator, structure
):
    await turn(coordinator, "stats_export:essai:off")
    await turn(coordinator, "stats_export:essai:unset")
    rows = await platform.db.fetch(
        "SELECT action, object, structure, detail FROM audit ORDER BY id"
    )
    assert [(row["object"], row["structure"], row["detail"]["state"]) for row in rows] == [
        ("stats_export", structure, "off"),
        ("stats_export", structure, "unset"),
    ]
    text = (await coordinator.get(f"{PAGE}/stats_export/essai")).text
    assert "rendue à la règle de la région" in text
    assert "Coordination Essai" in text
    assert await platform.db.fetch_value("SELECT count(*) FROM plugin_switch") == 0


@pytest.mark.parametrize("policy", ["mandatory", "forbidden"])
async def test_the_policy_of_the_region_locks_the_switch(platform, coordinator, policy):
    await platform.db.execute(
        "INSERT INTO plugin_policy (plugin, policy) VALUES ('visio_jitsi', $1)", policy
    )
    answer = await turn(coordinator, "visio_jitsi:essai:on", confirmed="true")
    assert answer.status_code == 422
    assert "La région a fixé" in answer.text
    assert await platform.db.fetch_value("SELECT count(*) FROM plugin_switch") == 0
    page = await coordinator.get(f"{PAGE}/visio_jitsi/essai")
    assert 'value="visio_jitsi:essai' not in page.text


async def test_a_manager_holds_only_the_switches_that_were_delegated(platform, client, structure):
    account = await make_account(platform.db)
    await join(platform.db, account, structure, role="manager")
    other = await make_structure(platform.db, "Une autre", slug="autre")
    await signed_in(platform, client, account)
    led = await client.get(PAGE)
    assert led.headers["location"] == "/reseau/essai/fonctionnalites"
    text = (await client.get(led.headers["location"])).text
    assert f'href="{PAGE}/calendar_ical/essai"' in text
    assert "visio_jitsi" not in text
    assert "Une autre" not in text
    own = await client.get(f"{PAGE}/calendar_ical/essai")
    assert 'value="calendar_ical:essai:off"' in own.text
    answer = await turn(client, "calendar_ical:essai:off")
    assert answer.headers["location"] == "/reseau/essai/fonctionnalites"
    assert not (await platform.plugins.current()).is_on("calendar_ical", structure)
    for foreign in ("visio_jitsi:essai:off", "calendar_ical:autre:off"):
        assert (await turn(client, foreign, confirmed="true")).status_code == 404
    assert (await platform.plugins.current()).is_on("calendar_ical", other)


@pytest.mark.parametrize(
    "wish", ["", "visio_jitsi", "visio_jitsi:essai:maybe", "core:essai:off", "nobody:essai:off", "visio_jitsi:nowhere:off", "x" * 9999]
)  # fmt: skip
async def test_a_switch_that_does_not_exist_is_a_404(coordinator, wish):
    assert (await turn(coordinator, wish, confirmed="true")).status_code == 404


async def test_a_get_shows_and_never_turns(platform, coordinator, offered):
    answer = await coordinator.get(
        f"{PAGE}/visio_jitsi/essai", params={"turn": "visio_jitsi:essai:off"}
    )
    assert "3 créneaux ne proposeront plus ce canal" in answer.text
    assert await platform.db.fetch_value("SELECT count(*) FROM plugin_switch") == 0


async def test_a_failing_refresh_takes_the_switch_back(
    platform, coordinator, structure, offered, monkeypatch
):
    async def fail(*_):
        raise RuntimeError("the slots cannot be computed")

    monkeypatch.setattr("core.network.switches.reprojection.agenda.refresh_turned", fail)
    answer = await turn(coordinator, "visio_jitsi:essai:off", confirmed="true")
    assert answer.status_code == 500
    assert await platform.db.fetch_value("SELECT count(*) FROM plugin_switch") == 0
    assert await platform.db.fetch_value("SELECT count(*) FROM audit") == 0
    assert (await platform.plugins.fresh()).is_on("visio_jitsi", structure)
