"""A plugin is told that a structure has it or has it no more: whatever the cause, once, last of all the present state."""

import asyncio
from functools import partial

import pytest

from core.extension import events, reactions
from core.extension.errands import at_home
from core.extension.overview import check_health
from core.extension.stored import purge
from core.storage import outbox
from core.testing.factories import form_token, make_account, make_structure, signed_in

ADDRESS = "/reseau/fonctionnalites/canary"


@pytest.fixture
async def places(canary_platform):
    database = canary_platform.db
    return {
        slug: await make_structure(database, f"Structure {slug}", slug=slug)
        for slug in ("ici", "ailleurs")
    }


@pytest.fixture
def heard(canary_platform, monkeypatch):
    """What the canary was told: (what, slug, where it is on). `heard.act` is what it does then."""

    class Heard(list):
        act = None

    heard = Heard()

    def listen(what):
        async def told(context):
            on_in = tuple(ref.slug for ref in context.structures)
            heard.append((what, context.structure.slug, on_in))
            if heard.act is not None:
                await heard.act()

        return told

    reaction = canary_platform.board.switch_reactions["canary:reaction"].item
    monkeypatch.setattr(reaction, "enabled", listen("enabled"), raising=False)
    monkeypatch.setattr(reaction, "disabled", listen("disabled"), raising=False)
    return heard


async def deliver(platform):
    await reactions.tell(platform)
    await platform.db.execute("UPDATE outbox_delivery SET due_at = now() WHERE state = 'due'")
    while await events.deliver_due(platform):
        pass


async def switch(platform, structure, state):
    await platform.db.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at) VALUES ('canary', $1, $2, now())"
        " ON CONFLICT (plugin, structure) DO UPDATE SET state = excluded.state",
        structure,
        state,
    )


async def test_whatever_turns_it_it_is_told_once_and_knows_where_else_it_is_on(
    canary_platform, places, heard
):
    platform, database = canary_platform, canary_platform.db
    await deliver(platform)
    assert heard == [], "off and never on: nothing to say"
    await switch(platform, places["ici"], "on")
    await deliver(platform)
    await database.execute("UPDATE structure SET phone = '0500000000'")  # another revision
    await deliver(platform)
    assert heard == [("enabled", "ici", ("ici",))]

    heard.clear()
    await database.execute(
        "INSERT INTO plugin_policy (plugin, policy) VALUES ('canary', 'mandatory')"
    )
    await deliver(platform)
    assert heard == [("enabled", "ailleurs", ("ailleurs", "ici"))]

    heard.clear()
    await database.execute(
        'INSERT INTO plugin_settings (plugin, structure, "values", version, changed_at)'
        " VALUES ('canary', $1, '{\"volume\": 99}', 2, now())",
        places["ici"],
    )
    await deliver(platform)
    assert heard == [("disabled", "ici", ("ailleurs",))], (
        "settings that cannot be used switch it off"
    )

    heard.clear()
    await database.execute("UPDATE plugin_policy SET policy = 'forbidden'")
    await deliver(platform)
    assert heard == [("disabled", "ailleurs", ())], "off everywhere, and told all the same"


async def test_workers_that_look_at_once_tell_it_once(canary_platform, places, heard):
    await switch(canary_platform, places["ici"], "on")
    await asyncio.gather(*(reactions._tell(canary_platform) for _ in range(4)))
    await deliver(canary_platform)
    assert heard == [("enabled", "ici", ("ici",))]
    assert await canary_platform.db.fetch_value(
        "SELECT count(*) FROM outbox_event WHERE payload->>'plugin_id' = 'canary'"
    ) == 1  # fmt: skip


async def test_of_several_turns_the_present_state_is_told_last(canary_platform, places, heard):
    platform, here = canary_platform, places["ici"]
    await switch(platform, here, "on")
    await reactions.tell(platform)
    await switch(platform, here, "off")
    await deliver(platform)
    assert heard == [("disabled", "ici", ())], "what is over is not told"

    async def turned_meanwhile():
        heard.act = None
        await at_home(partial(switch, platform, here, "off"))

    heard.clear()
    await switch(platform, here, "on")
    heard.act = turned_meanwhile
    await deliver(platform)
    assert [what for what, _slug, _on in heard] == ["enabled", "disabled"]


async def test_a_failure_is_tried_again_shown_and_can_be_started_anew(
    canary_platform, places, heard, client
):
    platform = canary_platform

    async def fail():
        raise OSError("le serveur partenaire ne répond pas")

    heard.act = fail
    await switch(platform, places["ici"], "on")
    await deliver(platform)
    await switch(platform, places["ici"], "off")
    await deliver(platform)
    [line] = [line for line in await check_health(platform) if line.structure_id]
    assert (line.plugin_id, line.structure_id, line.health.state) == (
        "canary", places["ici"], "degraded",
    )  # fmt: skip
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    listed = (await client.get("/reseau/ici/fonctionnalites")).text
    assert "le serveur partenaire ne répond pas" in listed
    assert (
        "le serveur partenaire" not in (await client.get("/reseau/ailleurs/fonctionnalites")).text
    )

    await platform.db.execute("UPDATE outbox_delivery SET attempts = $1", outbox.MAX_ATTEMPTS - 1)
    await platform.db.execute("UPDATE outbox_delivery SET due_at = now() - interval '1 s'")
    platform.dispatch._breakers.clear()
    await events.deliver_due(platform)
    page = (await client.get(f"{ADDRESS}/ici")).text
    assert "Plus aucun essai n’a lieu tout seul" in page
    assert "Réessayer" in page
    heard.act = None
    platform.dispatch._breakers.clear()
    again = await client.post(
        f"{ADDRESS}/ici/reagir", data={"_csrf_token": await form_token(client)}
    )
    assert again.headers["location"].endswith("/canary/ici")
    await deliver(platform)
    [told] = [one for one in await reactions.list_told(platform) if one.plugin_id == "canary"]
    assert (told.is_on, told.state, told.is_in_trouble) == (False, "done", False)
    assert "a fait ce que son arrêt demande" in (await client.get(f"{ADDRESS}/ici")).text


async def test_what_was_never_told_cannot_be_started_anew(canary_platform, places, client):
    platform = canary_platform
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    token = await form_token(client)
    answer = await client.post(f"{ADDRESS}/ici/reagir", data={"_csrf_token": token})
    assert answer.status_code == 404


async def test_a_purge_forgets_what_the_plugin_was_told(canary_platform, places, heard):
    platform = canary_platform
    await switch(platform, places["ici"], "on")
    await deliver(platform)
    await switch(platform, places["ici"], "off")
    await deliver(platform)
    await purge(platform, "canary")
    left = "SELECT count(*) FROM plugin_told WHERE plugin = 'canary'"
    assert await platform.db.fetch_value(left) == 0
    await deliver(platform)
    assert heard[2:] == [], "nothing is said anew"
