"""Each advisor says what they want to hear of, on the page of their account."""

import re

from core.testing.factories import (
    account_of,
    form_token,
    make_account,
    make_advisor,
    make_structure,
    signed_in,
)


async def send(client, **fields):
    token = await form_token(client)
    return await client.post("/compte/messages", data={"_csrf_token": token, **fields})


async def test_an_advisor_chooses_a_level_and_whether_monday_is_told(client, platform, database):
    structure = await make_structure(database)
    advisor = await make_advisor(database, structure)
    other = await make_advisor(database, structure)
    await signed_in(platform, client, await account_of(database, advisor))
    page = (await client.get("/compte")).text
    assert re.search(r'value="all" checked', page)
    assert re.search(r'name="weekly_digest" value="true" checked', page)
    for level in ("others", "soon", "none", "all"):
        assert (await send(client, notice_level=level)).status_code == 303
        assert re.search(rf'value="{level}" checked', (await client.get("/compte")).text)
    row = await database.fetch_one(
        "SELECT notice_level, weekly_digest FROM advisor WHERE id = $1", advisor
    )
    assert tuple(row) == ("all", False)
    assert await database.fetch_value("SELECT weekly_digest FROM advisor WHERE id = $1", other)
    assert (await send(client, notice_level="beaucoup")).status_code == 303
    assert "Choisissez un des quatre niveaux" in (await client.get("/compte")).text


async def test_who_is_not_an_advisor_has_nothing_to_choose(client, platform, database):
    await signed_in(platform, client, await make_account(database, region_role="coordinator"))
    assert "Ce qu’on vous signale" not in (await client.get("/compte")).text
    assert (await send(client, notice_level="none")).status_code == 404


async def test_who_no_message_can_reach_reads_so_and_the_coordination_too(
    client, platform, database
):
    structure = await make_structure(database, "Info Jeunes Muette")
    advisor = await make_advisor(database, structure)
    coordinator = await make_account(database, region_role="coordinator")
    word, listed = "aucun moyen d’envoi activé", "Une équipe ne reçoit pas ces messages"
    await signed_in(platform, client, await account_of(database, advisor))
    assert word not in (await client.get("/compte")).text
    await signed_in(platform, client, coordinator)
    assert listed not in (await client.get("/reseau/messages")).text

    await database.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at)"
        " VALUES ('notifications_email', $1, 'off', now())",
        structure,
    )
    await platform.plugins.fresh()
    page = (await client.get("/reseau/messages")).text
    assert listed in page
    assert "Info Jeunes Muette" in page
    await signed_in(platform, client, await account_of(database, advisor))
    assert word in (await client.get("/compte")).text
