"""Every entry of the host × every way to fail. What the host may call is read from the kinds that may be registered.

Each entry is driven as the platform drives it. Whatever the plugin does, the caller goes on with its policy, the loop of the server is
never held up, nothing is left running, and the failure is counted where the coordination reads it.
"""

import asyncio
import time
from copy import copy
from datetime import date, timedelta
from types import SimpleNamespace

import msgspec
import pytest

import hookspecs
from core.agenda.service import refresh
from core.app import attach, build_platform, load_board, mount_routes
from core.booking import channels
from core.booking.judge import RulesRefused
from core.booking.judge import judge as judge_booking
from core.contracts.booking import BookingRequest
from core.contracts.context import PluginContext
from core.contracts.events import AppointmentBooked, AppointmentCancelled, PluginTurned
from core.contracts.matching import Crowd, Need, Profile, Programme, Project, catalogue_of
from core.errors import PluginError, SoMobiliteError
from core.extension import apart, events, mounting, reactions
from core.extension.board import KINDS, Board
from core.extension.commands import run_command
from core.extension.overview import check_health
from core.extension.stored import leave_out_unmigrated
from core.matching import asking
from core.network import partners
from core.network.switches.checking import check_settings
from core.notices import delivery, readings, service, texts
from core.notices.subjects import Ready
from core.privacy import holdings, retention, wording
from core.settings import PluginPolicy
from core.storage.engine import Database
from core.testing.factories import (
    account_of,
    make_account,
    make_advisor,
    make_appointment,
    make_opening,
    make_structure,
    make_youth,
    signed_in,
)
from core.testing.plugin import MONDAY
from core.worker import Worker
from tests.faults import plague
from tests.faults.plague import FAULT, ID, WAYS

PERIOD = (date(2027, 1, 1), date(2027, 12, 31))
SHEETS = catalogue_of((Programme(id="sheet", title_fr="Fiche"),))
NEED = Need(profile=Profile(), project=Project(), today=date(2027, 1, 25))
LATE = {"hangs", "blocks", "spins"}
LIMIT = 0.05
HELD_UP = 2.0
"""Seconds. Less than what blocks; more than a busy machine's own hiccups."""


@pytest.fixture(scope="module")
def infected(settings, tmp_path_factory):
    """Settings, board and web of a platform with the plague, on everywhere."""
    root = tmp_path_factory.mktemp("matrix") / "infected_plugins"
    folder = root / ID
    (folder / "templates").mkdir(parents=True)
    (root / "__init__.py").touch()
    (folder / "templates" / "block.html").write_text("Bloc de la peste")
    (folder / "plugin.toml").write_text(
        f'id = "{ID}"\nname = "Peste"\nsummary = "Fails."\nversion = "1.0.0"\n'
    )
    (folder / "__init__.py").write_text(
        "from tests.faults.plague import hooks\nglobals().update(hooks())\n"
    )
    settings = msgspec.structs.replace(
        settings, plugin={**settings.plugin, ID: PluginPolicy(policy="default_on")}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(root.parent))
        board = load_board(settings, [root])
    web = build_platform(settings, Database(""), board=board)
    return settings, board, web, mount_routes(web)


@pytest.fixture
def platform(infected, database, clock, monkeypatch):
    """The infected platform; calls into the plague have very little time."""
    FAULT.at("", "")
    settings, board, web, _ = infected
    platform = build_platform(settings, database, clock=clock, board=board, templates=web.templates)
    run = platform.dispatch.apart.run

    async def hurried(plugin_id, call, limit):
        if plugin_id == ID and FAULT.way in LATE:
            limit = LIMIT
        try:
            return await run(plugin_id, call, limit)
        except Exception as error:
            FAULT.problems.append(repr(error))
            raise

    monkeypatch.setattr(platform.dispatch.apart, "run", hurried)
    monkeypatch.setattr(mounting, "log", SimpleNamespace(error=lambda *_, **__: None))
    monkeypatch.setattr(apart, "_HEAR_SECONDS", 0.03)
    yield platform
    platform.dispatch.close()


@pytest.fixture
def app(infected, platform):
    platform.live.stop()
    return attach(infected[3], platform)


class World(msgspec.Struct, frozen=True, kw_only=True):
    """A structure where everything can happen, and who looks at it."""

    platform: object
    client: object
    structure: object
    advisor: object
    account: object
    coordinator: object
    appointment: object

    @property
    def database(self):
        return self.platform.db

    async def snapshot(self):
        return await self.platform.plugins.fresh()

    async def context(self):
        return self.platform.context(ID, await self.snapshot(), self.structure)

    def owned(self, kind, key=None):
        """What the plague registered of a kind."""
        return next(
            one
            for one in self.platform.board.owned[kind]
            if one.plugin_id == ID and key in (None, one.item.key)
        )


@pytest.fixture
async def world(platform, client, database):
    structure = await make_structure(database, slug="ici")
    advisor = await make_advisor(database, structure, role="manager")
    await make_opening(database, advisor, structure, channels=["phone"])
    appointment = await make_appointment(
        database,
        advisor,
        structure,
        MONDAY + timedelta(days=9),
        created_at=MONDAY,
        channel=f"{ID}:InterviewChannel",
    )
    return World(
        platform=platform,
        client=client,
        structure=structure,
        advisor=advisor,
        account=await account_of(database, advisor),
        coordinator=await make_account(database, region_role="coordinator"),
        appointment=appointment,
    )


# One driver an entry: it does what the platform does, and tells whether the failure showed as its policy says.


async def supply(world, effect):
    await refresh(world.platform, [world.advisor])
    rows = await world.database.fetch("SELECT source, effect FROM supply_problem")
    slots = await world.database.fetch_value("SELECT count(*) FROM slot")
    found = {row["effect"] for row in rows if row["source"].startswith(ID)}
    assert found <= {effect}
    assert (slots == 0) == (effect == "hidden" and bool(found))
    return bool(found)


async def meeting(world, kind):
    handler = channels.PrepareMeeting()
    snapshot = await world.snapshot()
    context: PluginContext = world.platform.context("core", snapshot, world.structure)
    event = {AppointmentCancelled: {"sequence": 1}}.get(kind, {})
    told = kind(structure_id=world.structure, at=MONDAY, appointment_id=world.appointment, **event)
    try:
        await handler.handle(context, told)
    except SoMobiliteError as error:
        return ID in str(error)
    return False


async def strategy(world, key):
    """Judged and explained, as a ranking does."""
    owned = world.owned("matching_strategies", f"{ID}:{key}")
    asked = await asking.judge(
        world.platform, await world.snapshot(), owned, world.structure, need=NEED, catalogue=SHEETS
    )
    if asked.problem:
        return True
    return await asking.explain(world.platform, asked, [0], ["sheet"]) is None


async def crowd(world):
    owned = world.owned("matching_strategies", f"{ID}:TwoWayStrategy")
    asked = await asking.judge_crowd(
        world.platform,
        await world.snapshot(),
        owned,
        world.structure,
        crowd=Crowd(revision="", needs=(NEED,)),
        programme=SHEETS.programmes[0],
        catalogue=SHEETS,
    )
    return bool(asked.problem)


async def export(world):
    await signed_in(world.platform, world.client, world.coordinator)
    answer = await world.client.get(
        f"/exports/{ID}:Exporter", params={"du": "2027-01-01", "au": "2027-12-31"}
    )
    assert answer.status_code in {200, 422}
    return answer.status_code == 422


async def rule(world):
    snapshot = await world.snapshot()
    request = BookingRequest(
        structure=snapshot.structures[world.structure],
        channel="phone",
        mode="phone",
        starts_at=MONDAY + timedelta(days=9),
        youth_name="Alix",
        email="alix@example.org",
        phone="+33612345678",
        birth_date=date(2006, 5, 31),
    )
    try:
        await judge_booking(world.platform, snapshot, request, MONDAY)
    except RulesRefused as refused:
        return "ne répond pas" in refused.message
    return False


async def partner(world):
    return any(key.startswith(ID) for key in (await partners.reconcile(world.platform)).problems)


async def notice(world):
    await world.database.execute("DELETE FROM receipt")
    await service.plan_all(world.platform)
    while await service.deliver_due(world.platform):
        pass
    rows = await world.database.fetch(
        "SELECT carrier, state FROM receipt WHERE kind = 'confirmation'"
    )
    ends = {row["carrier"]: row["state"] for row in rows}
    assert ends["notifications_email:email"] == "kept"
    return ends.get(f"{ID}:NoticeCarrier") != "sent"


async def told(world, kind, ending):
    """A slot that is kept, a week: as the worker brings them once it knows what they are about."""
    item = world.owned(kind).item
    ready = Ready(
        plugin_id=ID,
        structures=[world.structure],
        carries=lambda context: getattr(item, f"carries_{ending}")(context, None),
        send=lambda context: getattr(item, f"send_{ending}")(context, None),
    )
    context = await world.context()
    end = await delivery._declined(world.platform, ready, context) or await delivery._sent(
        world.platform, ready, context
    )
    assert end.state in {"due", "sent"}
    return end.state == "due"


async def message(world):
    text = await texts.open_text(world.platform, f"{ID}:text", "fr")
    samples = await readings.samples_of(world.platform, text)
    previews = await readings.previews_of(world.platform, text, text.source, samples)
    return not previews


async def page(world):
    answer = await world.client.get(f"/p/{ID}/page")
    assert answer.status_code in {200, 503}, (FAULT.way, answer.status_code)
    assert "on purpose" not in answer.text
    return answer.status_code == 503


async def block(world):
    await refresh(world.platform, [world.advisor])
    answer = await world.client.get("/creneaux/ici")
    assert answer.status_code == 200
    return "Bloc de la peste" not in answer.text


async def job(world):
    before = failures(world.platform)
    await Worker(world.platform)._run_for_plugin(world.owned("jobs"))
    return failures(world.platform) > before


async def command(world):
    try:
        return await run_command(world.platform, f"{ID}:command", ()) != "done"
    except PluginError:
        return True


async def erase(world):
    youth = await make_youth(world.database)
    try:
        await retention.anonymise(world.platform, [youth])
    except retention.NotErased:
        refused = True
    else:
        refused = False
    stays = await world.database.fetch_value(
        "SELECT anonymised_at IS NULL FROM youth WHERE id = $1", youth
    )
    assert stays == refused
    return refused


async def read(world):
    owner = await holdings.read_owner(world.platform, world.appointment)
    held = await holdings.list_holdings(world.platform, owner)
    return wording.unknown(f"{ID}:ReadablePersonalData") in held


async def health(world):
    lines = [one for one in await check_health(world.platform) if one.plugin_id == ID]
    return [line.health.state for line in lines] == ["failing"]


async def event(world):
    await world.database.execute("DELETE FROM outbox_delivery")
    booked = AppointmentBooked(
        structure_id=world.structure, at=MONDAY, appointment_id=world.appointment
    )
    async with world.database.atomic():
        await events.emit(world.platform, booked)
    while await events.deliver_due(world.platform):
        pass
    return await world.database.fetch_value(
        "SELECT state <> 'done' FROM outbox_delivery WHERE handler = $1", f"{ID}:EventHandler"
    )


async def turned(world, *, is_on):
    owned = world.platform.board.switch_reactions[f"{ID}:SwitchReaction"]
    event = PluginTurned(plugin_id=ID, structure_id=world.structure, at=MONDAY, is_on=is_on)
    return bool(await reactions._ask(world.platform, owned, await world.snapshot(), event))


async def settings_tried(world):
    snapshot = await world.snapshot()
    verdict = await check_settings(
        world.platform, snapshot, ID, world.structure, plague.PlagueSettings()
    )
    return bool(verdict.failing)


async def settings_migrated(world):
    await world.database.execute(
        'INSERT INTO plugin_settings (plugin, "values", version, changed_at) VALUES ($1, \'{"a": 1}\', 1, now())'
        " ON CONFLICT DO NOTHING",
        ID,
    )
    world.platform.plugins._snapshot = None
    world.platform.plugins._read.clear()
    snapshot = await world.snapshot()
    return bool(snapshot.settings[ID, None].problems)


DRIVERS = {
    ("slot_providers", "list_open"): lambda world: supply(world, "stale"),
    ("busy_sources", "list_busy"): lambda world: supply(world, "hidden"),
    ("publication_gates", "closed"): lambda world: supply(world, "hidden"),
    ("interview_channels", "prepare"): lambda world: meeting(world, AppointmentBooked),
    ("interview_channels", "release"): lambda world: meeting(world, AppointmentCancelled),
    ("matching_strategies", "rank"): lambda world: strategy(world, "MatchingStrategy"),
    ("matching_strategies", "judge"): lambda world: strategy(world, "QuickStrategy"),
    ("matching_strategies", "explain"): lambda world: strategy(world, "QuickStrategy"),
    ("matching_strategies", "read_edition"): lambda world: strategy(world, "EditedStrategy"),
    ("matching_strategies", "judge_crowd"): crowd,
    ("exporters", "export"): export,
    ("booking_rules", "check"): rule,
    ("partner_networks", "list_structures"): partner,
    ("notice_carriers", "carries"): notice,
    ("notice_carriers", "send"): notice,
    ("offer_carriers", "carries_offer"): lambda world: told(world, "offer_carriers", "offer"),
    ("offer_carriers", "send_offer"): lambda world: told(world, "offer_carriers", "offer"),
    ("digest_carriers", "carries_digest"): lambda world: told(world, "digest_carriers", "digest"),
    ("digest_carriers", "send_digest"): lambda world: told(world, "digest_carriers", "digest"),
    ("account_carriers", "carries_account"): lambda world: told(
        world, "account_carriers", "account"
    ),
    ("account_carriers", "send_account"): lambda world: told(world, "account_carriers", "account"),
    ("message_templates", "samples"): message,
    ("message_templates", "preview"): message,
    ("routes", "handlers"): page,
    ("page_blocks", "values"): block,
    ("jobs", "run"): job,
    ("commands", "run"): command,
    ("personal_data", "erase"): erase,
    ("personal_data", "export"): read,
    ("health_checks", "check"): health,
    ("event_handlers", "handle"): event,
    ("switch_reactions", "enabled"): lambda world: turned(world, is_on=True),
    ("switch_reactions", "disabled"): lambda world: turned(world, is_on=False),
    ("settings", "check_settings"): settings_tried,
    ("settings", "migrate"): settings_migrated,
}
TOLD = {("settings", "migrate")}
"""What it raises or makes of the values is told as a fault of the values: the call itself is counted as answered."""


def failures(platform):
    return sum(
        tally.failures
        for (plugin_id, _), tally in platform.dispatch.tallies.items()
        if plugin_id == ID
    )


def test_every_entry_has_a_driver_and_every_kind_an_object(infected):
    assert set(plague.entries()) == set(DRIVERS)
    registered = {
        kind for kind, owned in infected[1].owned.items() if any(o.plugin_id == ID for o in owned)
    }
    assert registered == set(KINDS)
    assert {kind for kind, _ in DRIVERS} == (set(KINDS) | {"settings"}) - plague.DATA
    further = {one for found in plague.FURTHER.values() for one in found}
    optional = {
        one
        for one in vars(hookspecs).values()
        if getattr(one, "_is_runtime_protocol", False) and plague.functions_of(one)
    }
    assert optional <= further


async def let_go(platform):
    """Waits for the calls that were abandoned to end: each way is met with all that the plugin may have."""
    async with asyncio.timeout(15):
        for thread in platform.dispatch.apart._left.get(ID, ()):
            await asyncio.to_thread(thread._thread.join)


async def beat(gaps):
    while True:
        started = time.perf_counter()
        await asyncio.sleep(0.005)
        gaps.append(time.perf_counter() - started)


@pytest.mark.parametrize("entry", DRIVERS, ids="-".join)
async def test_no_way_to_fail_at_an_entry_goes_beyond_it(world, entry):
    await DRIVERS[entry](world)  # what is made once is made
    assert failures(world.platform) == 0
    for way in WAYS:
        world.platform.dispatch._breakers.clear()
        FAULT.at(entry, way)
        await let_go(world.platform)
        before, gaps = failures(world.platform), []
        beating = asyncio.create_task(beat(gaps))
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            noticed = await DRIVERS[entry](world)
        beating.cancel()
        assert noticed == (way != "leaks"), way
        assert max(gaps, default=0) < HELD_UP, way
        assert "still busy" not in "".join(FAULT.problems[:1])
        if entry not in TOLD or way in LATE:
            assert (failures(world.platform) > before) == noticed, way
        await asyncio.sleep(0.01)
        assert all(task.done() for task in FAULT.left), way
    assert FAULT.left


async def test_a_broken_migration_takes_every_entry_away_and_nothing_else(world, tmp_path, client):
    migrations = tmp_path / "migrations"
    migrations.mkdir()
    (migrations / "0001_initial.sql").write_text("NONSENSE")
    platform, board = world.platform, Board()
    record = copy(platform.board.plugins[ID])
    record.candidate = msgspec.structs.replace(record.candidate, folder=tmp_path)
    board.plugins = {**platform.board.plugins, ID: record}
    board.owned = dict(platform.board.owned)
    platform.board = platform.plugins._board = board
    assert await leave_out_unmigrated(platform) == [ID]
    platform.plugins._snapshot = None
    for kind in KINDS:
        assert ID not in {owned.plugin_id for owned in board.owned[kind]}, kind
    FAULT.at(("busy_sources", "list_busy"), "raises")
    assert not await supply(world, "hidden")
    assert (await client.get(f"/p/{ID}/page")).status_code == 404
    assert (await client.get("/creneaux/ici")).status_code == 200
    assert failures(platform) == 0
