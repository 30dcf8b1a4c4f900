"""Structures × plugins: what a flip costs, alone and through the application, and the table of 100 structures × 20 plugins."""

import sys
import time

import httpx

from core.accounts.access import CurrentUser
from core.accounts.sessions import COOKIE, open_session
from core.app import build_app, build_platform, load_board
from core.network.switches import turning
from core.network.switches.foresight import foresee
from core.network.switches.turning import Turn
from core.testing.factories import make_account
from tests.bench import region
from tests.bench.start import list_cpu
from tests.bench.table import at_most

SIZE = region.Size(name="switches", advisors=300, appointments=4_000)
PLUGINS, ROUNDS = 20, 40
FLIP = at_most(50)
CHANNEL = "visio_jitsi"
FLIPPED = {"stats_export": "without slots", CHANNEL: "a channel"}
PAGE = "/reseau/fonctionnalites"
MANIFEST = 'id = "{id}"\nname = "Fonctionnalité {n}"\nsummary = "Measured."\nversion = "1.0.0"\n'
CODE = """
from datetime import timedelta
from hookspecs import JobSpec, NavItem, hookimpl

NAME = __name__.rpartition(".")[2]


async def run(context):
    return None

@hookimpl
def register_jobs():
    return [JobSpec(key=NAME + ":job", every=timedelta(hours=1), run=run, scope="structure")]

@hookimpl
def register_nav_items():
    return [NavItem(label="Mesure", path="/p/x", access="coordinator")]
"""


def board_of_twenty(settings, folder):
    """The bundled plugins, and small ones until there are twenty; each second one needs the one before it."""
    root = folder / "measured_plugins"
    root.mkdir()
    (root / "__init__.py").touch()
    bundled = len(load_board(settings).loaded) - 1
    for number in range(PLUGINS - bundled):
        plugin = root / f"measured_{number:02d}"
        plugin.mkdir()
        needs = f'requires = ["measured_{number - 1:02d}"]\n' if number % 2 else ""
        (plugin / "plugin.toml").write_text(MANIFEST.format(id=plugin.name, n=number) + needs)
        (plugin / "__init__.py").write_text(CODE)
    sys.path.insert(0, str(folder))
    board = load_board(settings, [root])
    assert len(board.loaded) == PLUGINS + 1, [one.reason for one in board.plugins.values()]
    return board


async def switches(table, platform, folder):
    """Flips alone and through the application. `platform` is on an empty migrated database."""
    board = board_of_twenty(platform.settings, folder)
    platform = build_platform(platform.settings, platform.db, board=board)
    with platform.db.bound():
        await region.fill(platform, SIZE)
        account = await make_account(platform.db, region_role="coordinator", name="Banc")
        user = CurrentUser(account_id=account, name="Banc", email="", region_role="coordinator")
        snapshot = await platform.plugins.fresh()
        everyone = sorted(snapshot.structures.values(), key=lambda ref: ref.name)
        table.group(f"switches: {len(everyone)} structures × {len(board.loaded) - 1} plugins")
        for plugin, what in FLIPPED.items():

            async def flip(number, plugin=plugin):
                await turning.turn(platform, user, plugin, everyone[:1], wish_of(number))

            await measured(table, platform, f"flip, {what}: the service", flip, p95=FLIP)
        cookies = {COOKIE: (await open_session(platform, account)).value}
        transport = httpx.ASGITransport(app=build_app(platform))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://bench", cookies=cookies
        ) as client:
            await through_the_application(table, platform, client, everyone)
        what = f"a channel's turn in {len(everyone)} structures"

        async def look(number):
            change = turning.to_switch(wish_of(number))
            await foresee(platform, await platform.plugins.fresh(), CHANNEL, everyone, change)

        async def turn(number):
            await turning.turn(platform, user, CHANNEL, everyone, wish_of(number))

        await measured(table, platform, f"{what}: what it would do", look, rounds=6)
        slots = f"{what} and the slots of {SIZE.advisors} advisors"
        await measured(table, platform, slots, turn, rounds=6, p95=at_most(1000))


async def through_the_application(table, platform, client, everyone):
    """A flip as a form is sent, and the pages."""
    await client.get("/healthz")
    token = client.cookies["somobilite_csrf"]
    for plugin, what in FLIPPED.items():

        async def flip(number, plugin=plugin):
            turn = f"{plugin}:{everyone[0].slug}:{wish_of(number).switch}"
            form = {"turn": turn, "confirmed": "true", "insists": "true", "reason": "Banc"}
            answer = await client.post(PAGE, data={**form, "_csrf_token": token})
            assert answer.status_code == 303, answer.text

        await measured(table, platform, f"flip, {what}: the request", flip, p95=FLIP)
    for name, path in (("the table", PAGE), ("one plugin", f"{PAGE}/{CHANNEL}"), ("one structure", f"/reseau/{everyone[0].slug}/fonctionnalites")):  # fmt: skip
        times = []
        for _ in range(10):
            began = time.perf_counter()
            answer = await client.get(path)
            times.append(time.perf_counter() - began)
            assert answer.status_code == 200
        table.times(f"page, {name} ({len(answer.content) / 1000:.0f} kB)", times)


async def measured(table, platform, name, act, *, rounds=ROUNDS, p95=None):
    """Rows of an act done again and again, with the CPU time that it takes here and in the database: what a busy machine does not change much."""
    rows = await platform.db.fetch("SELECT pid FROM pg_stat_activity WHERE pid IS NOT NULL")
    backends = {row["pid"] for row in rows}

    def in_database():
        return sum(seconds for pid, _, seconds in list_cpu() if pid in backends)

    times = []
    here, there = time.process_time(), in_database()
    for number in range(rounds):
        began = time.perf_counter()
        await act(number)
        times.append(time.perf_counter() - began)
    here, there = time.process_time() - here, in_database() - there
    note = f"CPU {1000 * here / rounds:.1f} ms, database {1000 * there / rounds:.1f} ms"
    table.times(name, times, p95=p95, note=note)


def wish_of(number):
    """Off, on, off… A wish that stands although the video server of the defaults is only an example, as the check before it says."""
    return Turn(switch="on" if number % 2 else "off", reason="Banc", insists=True)
