"""The platform as a structure sees it, drawn as it is and as another switch would make it: nothing is turned by looking."""

import pytest

from core.authoring.reference import told_by_place
from core.contracts.surfaces import Health
from core.network.switches import drawing
from core.testing.factories import (
    account_of,
    make_account,
    make_advisor,
    make_opening,
    make_site,
    make_structure,
    signed_in,
)

SIGHT = "/reseau/essai/apercu"


@pytest.fixture
async def manager(canary_platform):
    """Who manages a structure where the canary is on, its channel offered."""
    platform = canary_platform
    structure = await make_structure(platform.db, "Info Jeunes Essai", slug="essai")
    advisor = await make_advisor(platform.db, structure, role="manager")
    site = await make_site(platform.db, structure)
    await make_opening(
        platform.db, advisor, structure, site=site, channels=["phone", "canary:channel"]
    )
    await platform.db.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at) VALUES ('canary', $1, 'on', now())",
        structure,
    )
    await platform.services.refresh_slots([advisor])
    return await account_of(platform.db, advisor)


@pytest.fixture
async def coordinator(canary_platform, client, manager):
    account = await make_account(canary_platform.db, region_role="coordinator")
    return await signed_in(canary_platform, client, account)


def plain(answer):
    assert answer.status_code == 200
    return " ".join(answer.text.replace("\u00a0", " ").split())


async def test_the_menu_the_hours_and_the_blocks_are_drawn_as_they_are(coordinator):
    text = plain(await coordinator.get(SIGHT))
    menu = text.split("vu par un·e référent·e")[1].split("</section>")[0]
    assert "Aujourd’hui</a>" in menu
    assert "Canari manager</a>" in menu
    assert "Canari coordinator" not in menu
    youth = text.split("vues par un·e jeune")[1].split("</section>")[0]
    assert "ticket-time" in youth
    assert "<strong>Canari</strong>" in youth
    assert "Bloc du canari" in text.split("Les blocs ajoutés aux pages")[1]
    assert "Confirmation" in text.split("Les messages qui partent")[1]
    assert "Comparer" in text
    assert "Ne plus comparer" not in text


async def test_the_other_state_stands_beside_it_and_nothing_is_turned(canary_platform, coordinator):
    before = await canary_platform.plugins.fresh()
    text = plain(await coordinator.get(SIGHT, params={"si": "canary"}))
    menu = text.split("vu par un·e référent·e")[1].split("</section>")[0]
    now, then = menu.split("Si Canari s’arrête")
    assert "Canari manager</a>" in now
    assert "Canari manager</a>" not in then
    assert "En moins : Canari advisor, Canari manager." in then
    youth = text.split("vues par un·e jeune")[1].split("</section>")[0]
    assert "En moins : Canari." in youth
    assert text.split("Les blocs ajoutés aux pages")[1].count("disparaîtrait") >= 6
    assert "La désactiver…" in text
    after = await canary_platform.plugins.fresh()
    assert after.revision == before.revision
    assert after.activity == before.activity


async def test_what_would_come_is_drawn_too_and_what_could_not_is_said(
    canary_platform, coordinator
):
    await canary_platform.db.execute("DELETE FROM plugin_switch")
    await canary_platform.db.execute("DELETE FROM slot")
    text = plain(await coordinator.get(SIGHT, params={"si": "canary"}))
    assert "En plus : Canari advisor, Canari manager." in text
    assert "1 plage d’ouverture le propose déjà" in text
    assert "apparaîtrait" in text
    vain = plain(await coordinator.get(SIGHT, params={"si": "follower"}))
    assert "Elle ne s’activerait pas tout de suite. Elle a besoin de « Canari »" in vain


async def test_a_manager_supposes_only_what_they_may_know_of(canary_platform, client, manager):
    await signed_in(canary_platform, client, manager)
    assert "Canari manager</a>" in plain(await client.get(SIGHT))
    assert (await client.get(SIGHT, params={"si": "canary"})).status_code == 404
    await canary_platform.db.execute(
        "INSERT INTO plugin_policy (plugin, policy, delegated) VALUES ('canary', 'available', true)"
    )
    await canary_platform.plugins.fresh()
    assert "Si Canari s’arrête" in plain(await client.get(SIGHT, params={"si": "canary"}))


async def test_each_place_is_told_what_its_page_tells(canary_platform, manager):
    snapshot = await canary_platform.plugins.fresh()
    (structure,) = snapshot.structures.values()
    told = await drawing._told(canary_platform, snapshot, structure)
    pages = told_by_place()
    assert {place: sorted(known) for place, known in told.items()} == {
        place: sorted(pages[place]) for place in told
    }
    assert {*pages} - {*told} == {"network.matching", "catalogue.sheet"}, "no sheet here"


async def test_health_on_the_page_of_a_structure_is_about_that_structure(
    canary_platform, coordinator, monkeypatch
):
    await make_structure(canary_platform.db, "Ailleurs", slug="ailleurs")
    (check,) = (
        owned.item for owned in canary_platform.board.health_checks if owned.plugin_id == "canary"
    )

    async def names(context):
        told = ", ".join(ref.name for ref in context.structures)
        return [Health(name="Nid", state="degraded", detail=told, hint="Regardez")]

    monkeypatch.setattr(check, "check", names, raising=False)
    await canary_platform.db.execute(
        "INSERT INTO plugin_policy (plugin, policy) VALUES ('canary', 'mandatory')"
    )
    await canary_platform.plugins.fresh()
    text = plain(await coordinator.get("/reseau/essai/fonctionnalites"))
    assert "Info Jeunes Essai. Regardez." in text
    assert "Ailleurs" not in text
