"""One environment for all: what the scaffold writes and what a stranger wrote, built as wheels, installed, tested and served.

The plugins of the documentation are put together there too, and run their own tests.
"""

import contextlib
import re
import shutil

import httpx
import pytest

from core.authoring.parts import PARTS
from core.authoring.scaffold import write_plugin
from core.testing.factories import (
    form_token,
    make_account,
    make_advisor,
    make_appointment,
    make_structure,
    signed_in,
)
from core.testing.plugin import MONDAY
from tests.authoring.documents import ROOT, assemble
from tests.authoring.environment import build_wheel, make_environment, run
from tests.serving import Processes

OUTSIDE = ROOT / "tests" / "outside" / "chat"
SOMOBILITE = ("-c", "from core.cli import main; main()")
_INI = """[pytest]
addopts = -p core.testing.plugin --import-mode=importlib -q -p no:cacheprovider
asyncio_mode = auto
asyncio_default_fixture_loop_scope = session
asyncio_default_test_loop_scope = session
filterwarnings = error
"""
pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("fresh_environment")]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with two projects of packages, and the plugins of the documentation."""
    folder = tmp_path_factory.mktemp("fresh")
    write_plugin("breeze", list(PARTS.values()), folder, package=True)
    shutil.copytree(OUTSIDE, folder / "chat")
    assemble(folder)
    (folder / "pytest.ini").write_text(_INI, "utf-8")
    return folder


@pytest.fixture(scope="module")
def python(place):
    """The interpreter of the environment, the wheels installed."""
    (place / "wheels").mkdir()
    wheels = [build_wheel(place / name, place / "wheels") for name in ("breeze", "chat")]
    return make_environment(place / "environment", wheels)


def test_every_plugin_passes_its_own_tests_at_once(place, python):
    said = run(
        [
            str(python),
            "-m",
            "pytest",
            "--rootdir",
            ".",
            "--plugins-in",
            "plugins",
            "breeze",
            "chat",
            "plugins",
        ],
        place,
        PYTHONPATH=f"{place / 'breeze'}:{place / 'chat'}",
    )
    assert int(re.search(r"(\d+) passed", said)[1]) > 90


def test_the_stranger_is_gold(python):
    said = run([str(python), *SOMOBILITE, "plugin", "check", str(OUTSIDE)])
    assert "chat_interviews: gold" in said


async def test_the_platform_runs_with_the_installed_wheels(
    python, platform, database, database_url
):
    here = await make_structure(database, "Info Jeunes Brise", phone="05 56 00 00 00")
    advisor = await make_advisor(database, here)
    await make_appointment(database, advisor, here, MONDAY)
    for plugin in ("breeze", "chat_interviews"):
        await database.execute(
            "INSERT INTO plugin_policy (plugin, policy) VALUES ($1, 'mandatory')", plugin
        )
    boss = await make_account(database, region_role="coordinator")
    processes = Processes(database_url, str(python), SOMOBILITE_PLUGINS_STRICT="true")
    run([str(python), *SOMOBILITE, "migrate"], **processes.environment)
    said = run(
        [str(python), *SOMOBILITE, "run", "breeze:structures"],
        **processes.environment,
    )
    assert said.strip() == "Info Jeunes Brise"
    with contextlib.closing(processes):
        _, address = await processes.server()
        async with httpx.AsyncClient(base_url=address, timeout=30) as client:
            await signed_in(platform, client, boss)
            await shown(client)


async def shown(client):
    """The plugins are listed, and what they bring answers."""
    plugins = {one["id"]: one for one in (await client.get("/-/plugins.json")).json()["plugins"]}
    for name in ("breeze", "chat_interviews"):
        assert (plugins[name]["state"], plugins[name]["reason"]) == ("loaded", "")
        assert plugins[name]["on_in"] == ["Info Jeunes Brise"]
    assert "Breeze" in (await client.get("/-/plugins")).text
    assert "Info Jeunes Brise" in (await client.get("/p/breeze/")).text
    files = await client.get("/exports")
    assert "Rendez-vous par structure" in files.text
    assert "Entretiens par écrit" in files.text
    period = {"du": "2027-01-01", "au": "2027-12-31"}
    file = await client.get("/exports/breeze:count", params=period)
    assert file.text.splitlines()[1] == "Info Jeunes Brise;1"
    assert (await client.get("/p/chat_interviews/guessed")).status_code == 404
    assert await form_token(client)
