"""Every entry of the host, against every way to fail; and the surfaces that only need a small plugin to show."""

import asyncio
import re
import threading
import time
from pathlib import Path

import httpx
import msgspec
import pytest

from core.agenda.service import refresh
from core.app import build_app, build_platform
from core.errors import PluginError
from core.extension.board import KINDS
from core.extension.commands import list_commands, run_command
from core.extension.dispatch import Dispatcher
from core.extension.policies import POLICIES
from core.settings import PluginPolicy
from core.testing.factories import (
    account_of,
    make_account,
    make_advisor,
    make_opening,
    make_site,
    make_structure,
    signed_in,
)

CORE = Path(__file__).parents[2] / "core"


def test_every_kind_that_is_asked_has_a_policy_and_every_policy_is_somebodys():
    asked = {kind.replace("strategies", "strategys").removesuffix("s") for kind in KINDS}
    assert asked - {"nav_item", "permission", "sealed_column"} == set(POLICIES) - {
        "reaction",
        "settings",
    }


def test_the_core_asks_under_the_names_of_the_policies():
    source = "\n".join(path.read_text() for path in CORE.rglob("*.py"))
    asked = set(re.findall(r'(?:dispatch\.ask|self\._ask)\(\s*[\w.]+,\s*"([a-z_]+)"', source))
    assert {"job", "page_block"} <= asked <= set(POLICIES)


def raises():
    raise RuntimeError("on purpose")


def leaves():
    raise SystemExit(1)


def blocks():
    time.sleep(0.4)
    return "late"


def leaks():
    """Answers, and leaves a thread behind."""
    threading.Thread(target=time.sleep, args=(0.2,), daemon=True).start()
    return object()


async def hangs():
    await asyncio.Event().wait()


async def leaves_later():
    await asyncio.sleep(0)
    raise SystemExit(1)


async def breaks_off():
    await asyncio.sleep(0)
    raise ValueError("half way")


WAYS = (raises, leaves, leaves_later, blocks, leaks, hangs, breaks_off, object, lambda: None)


@pytest.mark.parametrize("capability", sorted(POLICIES))
async def test_no_entry_lets_a_fault_through_nor_waits_for_it(capability):
    dispatch = Dispatcher(timeout_seconds=0.05)
    for number, way in enumerate(WAYS):
        started = time.perf_counter()
        ticks = 0

        async def ask(way=way, number=number):
            return await dispatch.ask(f"p{number}", capability, way, int)

        asking = asyncio.create_task(ask())
        while not asking.done():
            await asyncio.sleep(0.005)
            ticks += 1
        outcome = await asking
        assert not outcome.ok
        assert outcome.problem
        assert time.perf_counter() - started < 2
        assert ticks


SMALL = """
SIGNED = set()

class Gate:
    key, label = "small:charter", "Charte"

    async def closed(self, context, structures):
        if "fail" in SIGNED:
            raise OSError("away")
        return {one: "La charte n’est pas signée." for one in structures if one not in SIGNED}

@hookimpl
def register_publication_gates():
    return [Gate()]

async def count(context, words):
    if words == ("refuse",):
        raise FriendlyError("Dites combien.")
    return f"{len(context.structures)} {' '.join(words)}"

@hookimpl
def register_commands():
    return [CommandSpec(key="small:count", summary="Counts structures.", run=count)]

@hookimpl
def register_permissions():
    return [Permission(key="small:look", label="Regarder", access="manager")]

from litestar import get

@get("/page")
async def look() -> str:
    return "vu"

@hookimpl
def register_routes():
    return [RouteSet(handlers=[look], access="advisor", permission="small:look")]
"""


@pytest.fixture
async def small(workshop, settings, database, clock):
    """The platform with one small plugin, on everywhere."""
    workshop.add("small", SMALL)
    settings = msgspec.structs.replace(
        settings, plugin={**settings.plugin, "small": PluginPolicy(policy="default_on")}
    )

    def build(**changes):
        own = msgspec.structs.replace(settings, **changes)
        board = workshop.board(strict=True)
        return build_platform(own, database, clock=clock, board=board)

    return build


async def slots(platform, advisor):
    await refresh(platform, [advisor])
    rows = await platform.db.fetch("SELECT starts_at FROM slot WHERE advisor = $1", advisor)
    problems = await platform.db.fetch(
        "SELECT source, effect, reason FROM supply_problem WHERE advisor = $1", advisor
    )
    return len(rows), [tuple(row) for row in problems]


async def test_a_gate_closes_a_structure_says_why_and_a_gate_that_fails_stays_closed(
    small, database
):
    platform = small()
    structure = await make_structure(database)
    site = await make_site(database, structure)
    advisor = await make_advisor(database, structure)
    await make_opening(database, advisor, structure, site=site)
    closed = [("small:charter", "hidden", "La charte n’est pas signée.")]
    assert await slots(platform, advisor) == (0, closed)
    module = platform.board.plugins["small"].module
    module.SIGNED.add(structure)
    count, problems = await slots(platform, advisor)
    assert count > 0
    assert problems == []
    module.SIGNED.add("fail")
    count, problems = await slots(platform, advisor)
    assert (count, problems[0][1]) == (0, "hidden")


async def test_a_command_runs_where_its_plugin_is_on_and_says_what_is_wrong(small, database):
    platform = small()
    assert list_commands(platform) == "small:count  Counts structures."
    with pytest.raises(PluginError, match="on in no structure"):
        await run_command(platform, "small:count", [])
    await make_structure(database)
    platform.plugins._snapshot = None
    assert await run_command(platform, "small:count", ("a", "b")) == "1 a b"
    with pytest.raises(PluginError, match="Dites combien"):
        await run_command(platform, "small:count", ("refuse",))
    with pytest.raises(PluginError, match="There are"):
        await run_command(platform, "small:other", ())


@pytest.fixture
def serve(small):
    """A client of the small platform, with these settings for the plugin."""

    def open_(**changes):
        platform = small(**changes)
        transport = httpx.ASGITransport(app=build_app(platform))
        return platform, httpx.AsyncClient(transport=transport, base_url="http://test")

    return open_


async def test_a_permission_asks_for_more_and_a_deployment_may_change_it(serve, settings, database):
    structure = await make_structure(database)
    advisor, manager = [
        await account_of(database, await make_advisor(database, structure, role=role))
        for role in ("advisor", "manager")
    ]
    for granted, account, expected in (
        ({}, advisor, 404),
        ({}, manager, 200),
        ({"look": "advisor"}, advisor, 200),
        ({"look": "coordinator"}, manager, 404),
    ):
        policy = PluginPolicy(policy="default_on", permissions=granted)
        platform, client = serve(plugin={**settings.plugin, "small": policy})
        async with client:
            await signed_in(platform, client, account)
            answer = await client.get("/p/small/page")
        assert answer.status_code == expected, (granted, expected)


async def test_two_applications_in_one_process_stay_apart(serve, client, platform, database):
    structure = await make_structure(database)
    account = await account_of(database, await make_advisor(database, structure, role="manager"))
    own, other = serve()
    async with other:
        await signed_in(own, other, account)
        await signed_in(platform, client, account)
        assert (await other.get("/p/small/page")).status_code == 200
        assert (await client.get("/p/small/page")).status_code == 404
        for _ in range(3):
            await own.dispatch.ask("visio_jitsi", "page_block", raises, str)
        assert own.dispatch.open_circuits()
        assert not platform.dispatch.open_circuits()
        assert "small" in own.board.plugins
        assert "small" not in platform.board.plugins
        assert (await other.get("/recherche")).status_code == 200
        assert (await client.get("/recherche")).status_code == 200


async def test_the_hooks_are_told_at_run_time_with_who_registered_and_how_it_goes(platform, client):
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    await platform.dispatch.ask("visio_jitsi", "page_block", raises, str)
    told = (await client.get("/-/hooks.json")).json()
    by_name = {hook["name"]: hook for hook in told["hooks"]}
    assert set(by_name) == {f"register_{kind}" for kind in (*KINDS, "settings")}
    assert ["core", "core:openings"] in by_name["register_slot_providers"]["registered"]
    assert all(hook["summary"].endswith(".") for hook in told["hooks"])
    call = next(line for line in told["calls"] if line["plugin_id"] == "visio_jitsi")
    assert (call["failures"], call["last_problem"]) == (1, "RuntimeError: on purpose")
    page = await client.get("/-/hooks")
    assert "RuntimeError: on purpose" in page.text
