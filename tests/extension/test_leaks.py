"""The leak matrix: every surface of the running application × its plugin on here, on elsewhere, off, asked without a structure.

A canary registers one of everything. Kinds, places of blocks and routes are those of the application itself: one that is new
has no row here, and fails the first tests until somebody says where it may be seen and where not.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import get_args, get_type_hints
from uuid import uuid4

import pytest
from litestar.enums import ScopeType

import core
from core.agenda.openings import channel_choices
from core.booking.judge import RulesRefused, judge, mode_if_active
from core.booking.views import read_view
from core.catalogue.service import load_programmes
from core.contracts.booking import BookingRequest
from core.contracts.events import AppointmentBooked
from core.contracts.surfaces import PageBlock
from core.demand import serving
from core.errors import PluginError
from core.extension import events, reactions
from core.extension.board import KINDS
from core.extension.commands import run_command
from core.extension.overview import check_health
from core.extension.surfaces import surfaces_of
from core.interviews import feedback
from core.matching.choice import available
from core.network import partners
from core.network.switches.drawing import list_drawn, list_letters
from core.network.switches.view import read_sight
from core.notices import accounts, digests, service, texts
from core.notices.weekly import DigestDue, Member
from core.privacy import retention
from core.testing.factories import (
    account_of,
    join,
    make_account,
    make_advisor,
    make_appointment,
    make_opening,
    make_site,
    make_structure,
    signed_in,
)
from core.testing.plugin import MONDAY
from core.worker import Worker

SOURCES = "\n".join(
    path.read_text("utf-8") for path in sorted(Path(core.__file__).parent.rglob("*.py"))
)
SLOT = datetime(2027, 2, 2, 13, tzinfo=UTC)


@pytest.fixture
async def world(canary_platform, client):
    """Two structures alike, « ici » and « ailleurs », each with an advisor who manages it, an opening and an appointment."""
    platform = canary_platform
    places = {}
    for name in ("ici", "ailleurs"):
        structure = await make_structure(platform.db, f"Structure {name}", slug=name)
        site = await make_site(platform.db, structure)
        advisor = await make_advisor(platform.db, structure, role="manager")
        await make_opening(
            platform.db, advisor, structure, site=site, channels=["phone", "canary:channel"]
        )
        appointment = await make_appointment(
            platform.db, advisor, structure, MONDAY + timedelta(days=9), created_at=MONDAY
        )
        places[name] = SimpleNamespace(
            id=structure,
            slug=name,
            advisor=advisor,
            account=await account_of(platform.db, advisor),
            appointment=appointment,
        )
    await platform.db.execute("UPDATE advisor SET weekly_digest = true")
    return SimpleNamespace(
        platform=platform,
        client=client,
        coordinator=await make_account(platform.db, region_role="coordinator"),
        **places,
    )


async def set_switch(world, place, state):
    await world.platform.db.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at) VALUES ('canary', $1, $2, now())"
        " ON CONFLICT (plugin, structure) DO UPDATE SET state = excluded.state",
        place.id,
        state,
    )
    return await world.platform.plugins.fresh()


async def sung(world, what, structure_id=None):
    """Whether the canary left its line, for a structure or (without one) the region; the line is then forgotten."""
    return bool(
        await world.platform.db.execute(
            "DELETE FROM audit WHERE action = $1 AND structure IS NOT DISTINCT FROM $2",
            f"canary.{what}",
            structure_id,
        )
    )


# One probe a kind: is it seen for this structure? `place` is None when no structure is asked for.


async def slot_providers(world, place):
    await world.platform.services.refresh_slots([place.advisor])
    return await world.platform.db.fetch_value(
        "SELECT count(*) > 0 FROM slot WHERE structure = $1 AND provider = 'canary:open'", place.id
    )


async def busy_sources(world, place):
    await world.platform.services.refresh_slots([place.advisor])
    return await world.platform.db.fetch_value(
        "SELECT count(*) = 0 FROM slot WHERE structure = $1 AND starts_at = $2", place.id, SLOT
    )


async def interview_channels(world, place):
    platform, key = world.platform, "canary:channel"
    snapshot = await platform.plugins.fresh()
    await platform.services.refresh_slots([place.advisor])
    offered = await platform.db.fetch_value(
        "SELECT count(*) > 0 FROM slot WHERE structure = $1 AND $2 = ANY(channels)", place.id, key
    )
    found = {
        offered,
        key in dict(channel_choices(platform, snapshot, place.id)),
        mode_if_active(platform, snapshot, key, place.id) is not None,
    }
    assert len(found) == 1
    return found.pop()


async def matching_strategies(world, place):
    snapshot = await world.platform.plugins.fresh()
    return "canary:strategy" in available(world.platform, snapshot, place.id)


async def exporters(world, place):
    await signed_in(world.platform, world.client, place.account if place else world.coordinator)
    listed = "/exports/canary:file" in (await world.client.get("/exports")).text
    answer = await world.client.get(
        "/exports/canary:file", params={"du": "2027-01-01", "au": "2027-12-31"}
    )
    assert listed == (answer.status_code == 200)
    return listed and (place is None or str(place.id) in answer.text)


async def booking_rules(world, place):
    snapshot = await world.platform.plugins.fresh()
    request = BookingRequest(
        structure=snapshot.structures[place.id],
        channel="phone",
        mode="phone",
        starts_at=MONDAY + timedelta(days=9),
        youth_name="Alix",
        email="alix@example.org",
        phone="+33612345678",
        birth_date=datetime(2006, 5, 31, tzinfo=UTC).date(),
    )
    try:
        await judge(world.platform, snapshot, request, MONDAY)
    except RulesRefused as refused:
        return "canary:rule" in {refusal.rule for refusal in refused.refusals}
    return False


async def publication_gates(world, place):
    database = world.platform.db
    await database.execute(
        "INSERT INTO plugin_settings (plugin, \"values\", version, changed_at) VALUES ('canary', $1, 2, now())",
        {"greeting": "fermé"},
    )
    await world.platform.services.refresh_slots([place.advisor])
    shut = await database.fetch_value(
        "SELECT count(*) = 0 FROM slot WHERE structure = $1", place.id
    )
    await database.execute("DELETE FROM plugin_settings")
    await world.platform.services.refresh_slots([place.advisor])
    return shut


async def permissions(world, place):
    """A page behind a permission: for who manages there, never for who only works there."""
    path = f"/s/{place.slug}/p/canary/listen"
    worker = await make_account(world.platform.db)
    await join(world.platform.db, worker, place.id)
    await signed_in(world.platform, world.client, worker)
    assert (await world.client.get(path)).status_code == 404
    await signed_in(world.platform, world.client, place.account)
    answer = await world.client.get(path)
    assert answer.status_code == (200 if "Écoute du canari" in answer.text else 404)
    return answer.status_code == 200


async def commands(world, place):
    try:
        said = await run_command(world.platform, "canary:sing", [])
    except PluginError:
        return False
    return place is None or place.slug in said.split()


async def notice_carriers(world, place):
    await world.platform.db.execute("DELETE FROM receipt WHERE appointment IS NOT NULL")
    await service.plan_all(world.platform)
    return await world.platform.db.fetch_value(
        "SELECT count(*) > 0 FROM receipt r JOIN appointment a ON a.id = r.appointment"
        " WHERE r.carrier = 'canary:notices' AND a.structure = $1",
        place.id,
    )


async def offer_carriers(world, place):
    snapshot = await world.platform.plugins.fresh()
    return "canary:offers" in serving._carriers(world.platform, snapshot, place.id)


async def digest_carriers(world, place):
    if (
        place is None
    ):  # told to the coordination on the last day of the ladder only: asked as the planner asks
        due = DigestDue(kind="shortage_region", monday=MONDAY.date(), structures=(world.ici.id,))
        snapshot = await world.platform.plugins.fresh()
        member = Member(account=world.coordinator, is_coordinator=True)
        return "canary:digests" in digests._carriers(world.platform, snapshot, member, due)
    await world.platform.db.execute("DELETE FROM receipt WHERE account IS NOT NULL")
    await digests.plan(world.platform)
    return await world.platform.db.fetch_value(
        "SELECT count(*) > 0 FROM receipt WHERE carrier = 'canary:digests' AND account = $1",
        place.account,
    )


async def account_carriers(world, place):
    await world.platform.db.execute("DELETE FROM receipt WHERE account IS NOT NULL")
    await accounts.tell(world.platform, world.coordinator, "password_set", MONDAY)
    return await world.platform.db.fetch_value(
        "SELECT count(*) > 0 FROM receipt WHERE carrier = 'canary:accounts'"
    )


async def message_templates(world, place):
    listed = {text.template.key for text in await texts.list_texts(world.platform)}
    await signed_in(world.platform, world.client, world.coordinator)
    page = await world.client.get("/reseau/messages/modeles/canary:text/fr")
    assert ("canary:text" in listed) == (page.status_code == 200)
    return "canary:text" in listed


async def event_handlers(world, place):
    event = AppointmentBooked(structure_id=place.id, at=MONDAY, appointment_id=place.appointment)
    async with world.platform.db.atomic():
        await events.emit(world.platform, event)
    while await events.deliver_due(world.platform):
        pass
    return await sung(world, "event_handlers", place.id)


async def switch_reactions(world, place):
    """Told that it is on; that it is off, it is told too: see below."""
    await tell(world)
    return await sung(world, "enabled", place.id)


async def tell(world):
    await reactions.tell(world.platform)
    while await events.deliver_due(world.platform):
        pass


async def health_checks(world, place):
    return "canary" in {line.plugin_id for line in await check_health(world.platform)}


async def routes(world, place):
    path = f"/s/{place.slug}/p/canary/page" if place else "/p/canary/page"
    answer = await world.client.get(path)
    assert answer.status_code == (200 if "Page du canari" in answer.text else 404)
    return answer.status_code == 200


async def nav_items(world, place):
    await signed_in(world.platform, world.client, place.account if place else world.coordinator)
    text = (await world.client.get("/reseau")).text
    if place is None:
        return "Canari coordinator" in text
    assert ("Canari advisor" in text) == ("Canari manager" in text)
    return "Canari advisor" in text


async def jobs(world, place):
    worker = Worker(world.platform)
    await world.platform.db.execute("DELETE FROM audit WHERE action LIKE 'canary.%'")
    for owned in world.platform.board.jobs:
        if owned.plugin_id == "canary":
            await worker._run_for_plugin(owned)
    return await sung(world, "jobs" if place else "region_jobs", place.id if place else None)


async def page_blocks(world, place):
    return await BLOCKS["network.structure"](world, place)


BLOCK = "Bloc du canari"


async def block_of_agenda(world, place):
    await signed_in(world.platform, world.client, place.account)
    return BLOCK in (await world.client.get("/agenda")).text


async def block_of_appointment(world, place):
    link = (await world.platform.services.list_appointments(
        place.advisor, MONDAY, MONDAY + timedelta(days=30)
    ))[0].manage_url  # fmt: skip
    answer = await world.client.get(link.removeprefix(world.platform.settings.public_url))
    assert answer.status_code == 200
    return BLOCK in answer.text


async def block_of_structure(world, place):
    await signed_in(world.platform, world.client, world.coordinator)
    return BLOCK in (await world.client.get(f"/reseau/{place.slug}")).text


async def block_of_matching(world, place):
    await signed_in(world.platform, world.client, world.coordinator)
    return BLOCK in (await world.client.get("/reseau/appariement")).text


async def block_of_week(world, place):
    await world.platform.services.refresh_slots([place.advisor])
    answer = await world.client.get(f"/creneaux/{place.slug}")
    assert answer.status_code == 200
    return BLOCK in answer.text


async def block_of_interview(world, place):
    await signed_in(world.platform, world.client, place.account)
    answer = await world.client.get(f"/entretiens/{place.appointment}")
    assert answer.status_code == 200
    return BLOCK in answer.text


async def block_of_roadmap(world, place):
    await signed_in(world.platform, world.client, place.account)
    answer = await world.client.get(f"/entretiens/{place.appointment}/feuille-de-route")
    assert answer.status_code == 200
    return BLOCK in answer.text


async def block_of_feedback(world, place):
    await world.platform.db.execute(
        "UPDATE appointment SET status = 'honoured' WHERE id = $1", place.appointment
    )
    view = await read_view(world.platform, place.appointment)
    await feedback.say(world.platform, view, feedback.Answer(mood=4))
    path = view.manage_url.removeprefix(world.platform.settings.public_url) + "/avis"
    answer = await world.client.get(path)
    assert answer.status_code == 200
    return BLOCK in answer.text


async def block_of_sheet(world, place):
    await load_programmes(world.platform)
    sheet = await world.platform.db.fetch_value("SELECT min(id) FROM programme")
    answer = await world.client.get(f"/fiches/{sheet}")
    assert answer.status_code == 200
    return BLOCK in answer.text


BLOCKS = {
    "structure.page": block_of_week,
    "interview.screen": block_of_interview,
    "roadmap.page": block_of_roadmap,
    "feedback.page": block_of_feedback,
    "catalogue.sheet": block_of_sheet,
    "advisor.agenda": block_of_agenda,
    "appointment.page": block_of_appointment,
    "network.structure": block_of_structure,
    "network.matching": block_of_matching,
}
REGION_BLOCKS = {"network.matching", "catalogue.sheet"}

PER_STRUCTURE = {
    probe.__name__: probe
    for probe in (
        slot_providers,
        busy_sources,
        interview_channels,
        matching_strategies,
        exporters,
        booking_rules,
        publication_gates,
        permissions,
        commands,
        notice_carriers,
        offer_carriers,
        digest_carriers,
        event_handlers,
        switch_reactions,
        routes,
        nav_items,
        jobs,
        page_blocks,
    )
}
REGION_WIDE = {
    probe.__name__: probe
    for probe in (
        exporters,
        commands,
        digest_carriers,
        account_carriers,
        message_templates,
        health_checks,
        routes,
        nav_items,
        jobs,
    )
}
"""Seen by the coordination or by anyone where the plugin is on for one structure at least."""
UNLESS_FORBIDDEN = {"partner_networks"}
"""Of the region's network itself, before any structure has a switch: asked until the region forbids the plugin."""
ALWAYS = {"personal_data", "sealed_columns", "settings"}
"""Wherever the plugin is on or off: what is kept must go, must be sealed anew, and is set before it is switched on."""


ALIASES = {
    "channels": "interview_channels",
    "strategies": "matching_strategies",
    "templates": "message_templates",
}
"""Other names of the board for the same kinds."""


def asked_kinds():
    """The kinds that some source of the core reads from the board: what is only declared shows nothing to anyone."""
    names = set(re.findall(r"\b[bB]oard\.(\w+)", SOURCES))
    return {ALIASES.get(name, name) for name in names} & set(KINDS)


def rendered_places():
    """The places that some page of the core renders."""
    return set(re.findall(r'render_blocks\(\s*\w+,\s*"([a-z.]+)"', SOURCES))


def test_every_kind_of_surface_that_the_application_asks_has_its_row(canary_platform):
    assert asked_kinds() | {"settings"} == {
        *PER_STRUCTURE,
        *REGION_WIDE,
        *UNLESS_FORBIDDEN,
        *ALWAYS,
    }
    sings = {surface.kind for surface in surfaces_of(canary_platform.board, "canary")}
    assert sings >= asked_kinds(), "the canary registers one of everything"


def test_every_place_of_a_block_that_a_page_renders_has_its_row():
    assert rendered_places() == set(BLOCKS)
    assert rendered_places() <= set(get_args(get_type_hints(PageBlock)["place"]))


@pytest.mark.parametrize("kind", PER_STRUCTURE)
async def test_a_surface_is_there_where_its_plugin_is_on_and_nowhere_else(world, kind):
    seen = PER_STRUCTURE[kind]
    for place in (world.ici, world.ailleurs):
        assert not await seen(world, place), "off everywhere"
    await set_switch(world, world.ici, "on")
    assert await seen(world, world.ici), "on here"
    assert not await seen(world, world.ailleurs), "on elsewhere"
    await set_switch(world, world.ici, "off")
    assert not await seen(world, world.ici), "off again"


@pytest.mark.parametrize("kind", REGION_WIDE)
async def test_a_surface_of_the_region_is_there_while_its_plugin_is_on_somewhere(world, kind):
    seen = REGION_WIDE[kind]
    assert not await seen(world, None)
    await set_switch(world, world.ici, "on")
    assert await seen(world, None)
    await set_switch(world, world.ici, "off")
    assert not await seen(world, None)


@pytest.mark.parametrize("place", BLOCKS)
async def test_a_block_is_on_its_page_where_its_plugin_is_on(world, place):
    seen = BLOCKS[place]
    assert not await seen(world, world.ici)
    await set_switch(world, world.ici, "on")
    assert await seen(world, world.ici)
    if place not in REGION_BLOCKS:
        assert not await seen(world, world.ailleurs)


async def test_without_a_structure_nothing_is_on(world):
    snapshot = await set_switch(world, world.ici, "on")
    assert not snapshot.is_on("canary", None)
    assert not snapshot.is_on("canary", uuid4())
    assert (await world.client.get("/s/nulle-part/p/canary/page")).status_code == 404
    context = world.platform.context("canary", snapshot)
    assert [ref.slug for ref in context.structures] == ["ici"]


async def test_what_is_kept_of_people_goes_wherever_the_plugin_is_off(world):
    youth = await world.platform.db.fetch_value("SELECT youth FROM appointment LIMIT 1")
    await retention.anonymise(world.platform, [youth])
    assert await sung(world, "personal_data")


async def test_a_plugin_that_is_off_for_a_structure_still_hears_that_it_is_off_there_alone(world):
    await set_switch(world, world.ici, "on")
    await set_switch(world, world.ailleurs, "on")
    await tell(world)
    await set_switch(world, world.ici, "off")
    await tell(world)
    assert await sung(world, "disabled", world.ici.id)
    assert not await sung(world, "disabled", world.ailleurs.id)


async def test_a_partner_is_asked_until_the_region_forbids_its_plugin(world):
    await partners.reconcile(world.platform)
    assert await sung(world, "partner_networks")
    await world.platform.db.execute(
        "INSERT INTO plugin_policy (plugin, policy) VALUES ('canary', 'forbidden')"
    )
    await world.platform.plugins.fresh()
    await partners.reconcile(world.platform)
    assert not await sung(world, "partner_networks")


async def test_static_files_are_public_and_hold_no_data(world):
    address = world.platform.static.url("canary/chirp.txt")
    assert (await world.client.get(address)).text == "chirp\n"


async def test_the_preview_of_a_structure_shows_what_the_structure_has(world):
    platform, now = world.platform, await set_switch(world, world.ici, "on")

    async def seen(place):
        structure = now.structures[place.id]
        sight = await read_sight(platform, now, structure)
        return {
            "menus": {item.label for menu in (sight.advisor, sight.manager) for item in menu.nav},
            "channels": {channel.label for channel in sight.channels},
            "services": {thing.plugin for thing in sight.services},
            "blocks": {
                (one.plugin, one.place) for one in await list_drawn(platform, structure, now, now)
            },
            "letters": {one.key for one in await list_letters(platform, structure, now, now)},
        }

    canary = {
        "menus": {"Canari advisor", "Canari manager"},
        "channels": {"Canari"},
        "services": {"Canari"},
        "blocks": {
            ("Canari", place) for place in {*BLOCKS} - {"network.matching", "catalogue.sheet"}
        },
        "letters": {"canary:text"},
    }
    here, there = await seen(world.ici), await seen(world.ailleurs)
    for kind, own in canary.items():
        assert own <= here[kind], kind
        assert not own & there[kind], kind


def plugin_handlers(app):
    """(method, path, plugin, scope) of every route that a plugin brought."""
    for route in app._app.routes:
        if route.scope_type is not ScopeType.HTTP:
            continue
        for handler in route.route_handlers:
            if "plugin" in handler.opt:
                for method in sorted(handler.http_methods - {"HEAD"}):
                    yield method, route.path, handler.opt["plugin"], handler.opt["plugin_scope"]


def test_every_route_under_the_paths_of_plugins_is_behind_a_gate(canary_platform, app):
    gated = {(method, path) for method, path, _plugin, _scope in plugin_handlers(app)}
    brought = {
        (method, route.path)
        for route in app._app.routes
        if route.scope_type is ScopeType.HTTP and re.search(r"^(/s/\{[^}]+\})?/p/", route.path)
        for handler in route.route_handlers
        for method in handler.http_methods - {"HEAD"}
    }
    assert gated == brought
    assert {plugin for _m, _p, plugin, _s in plugin_handlers(app)} >= {"canary", "calendar_ical"}


async def test_every_route_of_every_plugin_is_a_404_where_it_is_off(world, app):
    """With every plugin off everywhere, then on « ailleurs » only: « ici » stays closed."""
    await signed_in(world.platform, world.client, world.coordinator)
    await world.client.get("/healthz")
    token = world.client.cookies["somobilite_csrf"]
    routes = list(plugin_handlers(app))
    for policy in ("forbidden", "available"):
        for plugin in {plugin for _m, _p, plugin, _s in routes}:
            await world.platform.db.execute(
                "INSERT INTO plugin_policy (plugin, policy) VALUES ($1, $2)"
                " ON CONFLICT (plugin) DO UPDATE SET policy = excluded.policy",
                plugin,
                policy,
            )
            if policy == "available":
                await world.platform.db.execute(
                    "INSERT INTO plugin_switch (plugin, structure, state, changed_at) VALUES ($1, $2, 'on', now())",
                    plugin,
                    world.ailleurs.id,
                )
        await world.platform.plugins.fresh()
        for method, path, plugin, scope in routes:
            if policy == "available" and scope == "public":
                continue
            address = re.sub(r"\{(\w+):\w+\}", lambda found: _fill(found[1]), path)
            answer = await world.client.request(method, address, headers={"x-csrftoken": token})
            assert answer.status_code == 404, (method, path, plugin)


def _fill(name):
    return "ici" if name == "structure_slug" else "1" if name == "number" else str(uuid4())
