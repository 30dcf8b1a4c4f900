"""A platform on which the fault plugin is loaded in each of its ways, on everywhere, beside the bundled ones."""

from pathlib import Path

import msgspec
import pytest

from core.app import build_platform, load_board
from core.catalogue.service import load_programmes
from core.network.communes import load_communes
from core.settings import PluginPolicy
from core.testing.factories import (
    make_advisor,
    make_opening,
    make_site,
    make_structure,
)

MODES = ("raises", "hangs", "nonsense")
SOURCE = Path(__file__).with_name("plugin.py")
RULES = """

@hookimpl
def register_booking_rules():
    return [Rule("rule")]
"""
MANIFEST = 'id = "{id}"\nname = "{id}"\nsummary = "Fails on purpose."\nversion = "1.0.0"\n'


@pytest.fixture(scope="package")
def plugins(tmp_path_factory):
    """The folder of the plugins: `fault_<mode>`, and `rule_<mode>` whose booking rule fails too."""
    root = tmp_path_factory.mktemp("faults") / "faulty_plugins"
    root.mkdir()
    (root / "__init__.py").touch()
    for mode in MODES:
        for kind, more in (("fault", ""), ("rule", RULES)):
            folder = root / f"{kind}_{mode}"
            folder.mkdir()
            (folder / "plugin.toml").write_text(MANIFEST.format(id=folder.name))
            (folder / "__init__.py").write_text(SOURCE.read_text("utf-8") + more, "utf-8")
    return root


@pytest.fixture(scope="package")
def faulty(settings, plugins):
    """Settings and board: the faults are on by default, the failing rules until asked for, off."""
    policies = {f"fault_{mode}": PluginPolicy(policy="default_on") for mode in MODES}
    settings = msgspec.structs.replace(
        settings,
        plugin={**settings.plugin, **policies},
        plugins=msgspec.structs.replace(settings.plugins, timeout_seconds=0.25),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(plugins.parent))
        return settings, load_board(settings, [plugins])


@pytest.fixture
async def faulty_platform(faulty, database, clock):
    """The whole platform with its faults, and the reference data that pages need."""
    settings, board = faulty
    platform = build_platform(settings, database, clock=clock, board=board)
    await load_communes(platform)
    await load_programmes(platform)
    return platform


@pytest.fixture
def platform(request):
    """What the shared fixtures `app` and `client` stand on: here, the faulty one; real processes have their own."""
    if request.node.get_closest_marker("processes"):
        return request.getfixturevalue("sound_platform")
    return request.getfixturevalue("faulty_platform")


@pytest.fixture
async def sound_platform(settings, database, board):
    """The platform without faults, on the machine's own clock: the one that real processes read."""
    return build_platform(settings, database, board=board)


@pytest.fixture
async def place(platform):
    """A structure with a site, an advisor and an opening: Tuesday 2 February 2027, 14:00 to 17:00."""
    structure = await make_structure(platform.db, "Structure Solide")
    site = await make_site(platform.db, structure)
    advisor = await make_advisor(platform.db, structure)
    await make_opening(platform.db, advisor, structure, site=site)
    return structure, advisor
