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
from tests.bench.table import at_most

SIZE = region.Size(name="switches", advisors=300, appointments=4_000)
PLUGINS, ROUNDS = 20, 40
FLIP = at_most(50)
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
        for plugin, what in (("stats_export", "without slots"), ("visio_jitsi", "a channel")):
            times = []
            for number in range(ROUNDS):
                wish = wish_of("off" if number % 2 == 0 else "on")
                began = time.perf_counter()
                await turning.turn(platform, user, plugin, everyone[:1], wish)
                times.append(time.perf_counter() - began)
            table.times(f"flip, {what}: the service", times, p95=FLIP)
        cookies = {COOKIE: (await open_session(platform, account)).value}
        transport = httpx.ASGITransport(app=build_app(platform))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://bench", cookies=cookies
        ) as client:
            await through_the_application(table, client, everyone)
        times = []
        for switch in ("off", "on", "off", "on"):
            wish = wish_of(switch)
            began = time.perf_counter()
            await foresee(
                platform,
                await platform.plugins.fresh(),
                "visio_jitsi",
                everyone,
                turning.to_switch(wish),
            )
            middle = time.perf_counter()
            await turning.turn(platform, user, "visio_jitsi", everyone, wish)
            times.append((middle - began, time.perf_counter() - middle))
        what = f"a channel's turn in {len(everyone)} structures"
        table.times(f"{what}: what it would do", [t[0] for t in times])
        turned = f"{what}, {SIZE.advisors} advisors: the turn"
        table.times(turned, [t[1] for t in times], p95=at_most(1000))


async def through_the_application(table, client, everyone):
    """A flip as a form is sent, and the pages."""
    await client.get("/healthz")
    token = client.cookies["somobilite_csrf"]
    for plugin, what in (("stats_export", "without slots"), ("visio_jitsi", "a channel")):
        times = []
        for number in range(ROUNDS):
            turn = f"{plugin}:{everyone[0].slug}:{'off' if number % 2 == 0 else 'on'}"
            form = {"turn": turn, "confirmed": "true", "insists": "true", "reason": "Banc"}
            began = time.perf_counter()
            answer = await client.post(PAGE, data={**form, "_csrf_token": token})
            times.append(time.perf_counter() - began)
            assert answer.status_code == 303, answer.text
        table.times(f"flip, {what}: the request", times, p95=FLIP)
    for name, path in (("the table", PAGE), ("one plugin", f"{PAGE}/visio_jitsi"), ("one structure", f"/reseau/{everyone[0].slug}/fonctionnalites")):  # fmt: skip
        times = []
        for _ in range(10):
            began = time.perf_counter()
            answer = await client.get(path)
            times.append(time.perf_counter() - began)
            assert answer.status_code == 200
        table.times(f"page, {name} ({len(answer.content) / 1000:.0f} kB)", times)


def wish_of(switch):
    """A wish that stands although the video server of the defaults is only an example, as the check before it says."""
    return Turn(switch=switch, reason="Banc", insists=True)
