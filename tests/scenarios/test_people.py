"""Who sees what: facts P01, P02, P04 and P05."""

from datetime import UTC, datetime, timedelta

import pytest

from core.booking.views import read_view
from core.testing.factories import (
    account_of,
    form_token,
    join,
    make_account,
    make_advisor,
    make_appointment,
    make_structure,
    signed_in,
)

TUESDAY = datetime(2027, 2, 2, 13, tzinfo=UTC)


class Two:
    """Two structures, each with an advisor, a manager and an appointment of a youth of its own."""

    def __init__(self):
        self.structures, self.advisors, self.managers, self.appointments = [], [], [], []


@pytest.fixture
async def two(platform, database):
    made = Two()
    for number in (1, 2):
        structure = await make_structure(database, f"Structure {number}", slug=f"s{number}")
        advisor = await make_advisor(database, structure)
        manager = await make_account(database, name=f"Référente {number}")
        await join(database, manager, structure, role="manager")
        made.structures.append(structure)
        made.advisors.append(advisor)
        made.managers.append(manager)
        made.appointments.append(await make_appointment(database, advisor, structure, TUESDAY))
    return made


async def test_p01_what_is_anothers_structure_does_not_exist(platform, database, client, two):
    for account in (await account_of(database, two.advisors[0]), two.managers[0]):
        client.cookies.clear()
        await signed_in(platform, client, account)
        assert (await client.get(f"/entretiens/{two.appointments[0]}")).status_code == 200
        for path in (f"/entretiens/{two.appointments[1]}", f"/rendez-vous/{two.appointments[1]}"):
            assert (await client.get(path)).status_code == 404
        cancelled = await client.post(
            f"/rendez-vous/{two.appointments[1]}/annuler",
            data={"_csrf_token": await form_token(client)},
        )
        assert cancelled.status_code == 404
    for path in ("/reseau/s2", "/reseau/s2/equipe", "/reseau/s2/reglages"):
        assert (await client.get(path)).status_code == 404
    period = "du=2027-01-01&au=2027-12-31"
    table = (await client.get(f"/exports/stats_export:appointments_csv?{period}")).text
    assert "Structure 1" in table
    assert "Structure 2" not in table
    assert (await read_view(platform, two.appointments[1])).status == "booked"


async def test_p02_an_advisor_sees_their_own_wherever_they_work_and_only_managers_a_colleagues(
    platform, database, client, two
):
    account = await account_of(database, two.advisors[0])
    await join(database, account, two.structures[1])
    elsewhere = await make_appointment(
        database, two.advisors[0], two.structures[1], TUESDAY + timedelta(hours=2)
    )
    await signed_in(platform, client, account)
    assert (await client.get(f"/entretiens/{elsewhere}")).status_code == 200
    assert (await client.get(f"/entretiens/{two.appointments[1]}")).status_code == 404
    client.cookies.clear()
    await signed_in(platform, client, two.managers[1])
    assert (await client.get(f"/entretiens/{elsewhere}")).status_code == 200
    assert (await client.get(f"/entretiens/{two.appointments[1]}")).status_code == 200


async def test_p04_the_coordination_sees_every_figure_and_leaves_a_trace_where_it_reads_a_name(
    platform, database, client, two
):
    coordinator = await make_account(database, region_role="coordinator")
    await signed_in(platform, client, coordinator)
    network = (await client.get("/reseau")).text
    assert "Structure 1" in network
    assert "Structure 2" in network
    assert "Alix Essai" not in network
    trace = "SELECT count(*) FROM audit WHERE action = 'interview.opened' AND account = $1"
    assert await database.fetch_value(trace, coordinator) == 0
    assert (await client.get(f"/entretiens/{two.appointments[0]}")).status_code == 200
    assert await database.fetch_value(trace, coordinator) == 1
    refused = await client.post(
        f"/entretiens/{two.appointments[0]}",
        data={"_csrf_token": await form_token(client), "revision": "0", "notes": "x"},
    )
    assert refused.status_code in {404, 405, 422}
    assert await database.fetch_value("SELECT count(*) FROM interview WHERE notes <> ''") == 0


async def test_p05_off_for_one_structure_it_is_nowhere_there_and_all_is_back_when_it_is_on_again(
    platform, database, client, two
):
    advisor = await account_of(database, two.advisors[0])
    await database.execute(
        "INSERT INTO calendar_ical_address (advisor, token_hash, created_at) VALUES ($1, '\\x01', now())",
        two.advisors[0],
    )
    switch = (
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at) VALUES ('calendar_ical', $1, $2, now())"
        " ON CONFLICT (plugin, structure) DO UPDATE SET state = excluded.state"
    )
    for state, status, words in (("on", 200, True), ("off", 404, False), ("on", 200, True)):
        await database.execute(switch, two.structures[0], state)
        await platform.plugins.fresh()
        client.cookies.clear()
        await signed_in(platform, client, advisor)
        assert (await client.get("/p/calendar_ical/")).status_code == status
        assert ("Mon calendrier" in (await client.get("/agenda")).text) is words
        snapshot = await platform.plugins.current()
        on = {ref.id for ref in snapshot.structures_with("calendar_ical")}
        assert (two.structures[0] in on) is words
        assert two.structures[1] in on
        client.cookies.clear()
        await signed_in(platform, client, await account_of(database, two.advisors[1]))
        assert (await client.get("/p/calendar_ical/")).status_code == 200
    assert await database.fetch_value("SELECT count(*) FROM calendar_ical_address") == 1
