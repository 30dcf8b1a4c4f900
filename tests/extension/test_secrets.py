"""Keys that follow each other: the first one seals, each one opens, and a rotation leaves nothing under the old ones."""

from pathlib import Path

import pytest

from core import keys
from core.errors import SealError
from core.extension.plugin_settings import SEALED, sealing_purpose
from core.extension.secrets import rotate
from core.keys import Keyring

SETTINGS = sealing_purpose("canary")


def test_the_first_key_seals_each_one_opens_and_links_stay_signed():
    old, both, new = Keyring("site"), Keyring("site", ["new"]), Keyring("site", ["new", "older"])
    sealed = old.seal("purpose", "secret")
    assert both.unseal("purpose", sealed) == "secret"
    again = both.reseal("purpose", sealed)
    assert again is not None
    assert both.reseal("purpose", again) is None
    assert new.unseal("purpose", again) == "secret"
    with pytest.raises(SealError):
        old.unseal("purpose", again)
    assert old.sign("link", "x") == new.sign("link", "x")


@pytest.fixture
async def sealed(canary_platform):
    """A secret of the settings and two of the canary's own table, under the key of the site; one text that was never sealed."""
    platform = canary_platform
    await platform.db.execute(
        "CREATE TABLE canary_nest (place text PRIMARY KEY, secret text NOT NULL)"
    )
    await platform.db.execute(
        "INSERT INTO plugin_settings (plugin, \"values\", version, changed_at) VALUES ('canary', $1, 2, now())",
        {"seed": {SEALED: platform.keys.seal(SETTINGS, "tournesol")}, "volume": 3},
    )
    for place in ("haut", "bas"):
        await platform.db.execute(
            "INSERT INTO canary_nest VALUES ($1, $2)",
            place,
            platform.services.seal(f"canary:{place}", f"nid {place}"),
        )
    await platform.db.execute("INSERT INTO canary_nest VALUES ('clair', 'https://jamais.scelle')")
    yield platform
    await platform.db.execute("DROP TABLE canary_nest")


async def test_a_rotation_seals_everything_under_the_first_key_and_the_old_one_may_go(sealed):
    sealed.keys = Keyring("a key for tests only", ["fresh"])
    done = await rotate(sealed)
    assert (done.sealed, done.already, done.lost) == (3, 0, ())
    again = await rotate(sealed)
    assert (again.sealed, again.already, again.lost) == (0, 3, ())
    without_the_old = Keyring("another site", ["fresh"])
    values = await sealed.db.fetch_value('SELECT "values" FROM plugin_settings')
    assert without_the_old.unseal(SETTINGS, values["seed"][SEALED]) == "tournesol"
    assert values["volume"] == 3
    for place in ("haut", "bas"):
        token = await sealed.db.fetch_value(
            "SELECT secret FROM canary_nest WHERE place = $1", place
        )
        assert without_the_old.unseal(f"plugin:canary:{place}", token) == f"nid {place}"
    clear = await sealed.db.fetch_value("SELECT secret FROM canary_nest WHERE place = 'clair'")
    assert clear == "https://jamais.scelle"


async def test_what_no_key_opens_is_named_and_left_as_it_is(sealed):
    sealed.keys = Keyring("another site", ["fresh"])
    before = await sealed.db.fetch("SELECT * FROM canary_nest ORDER BY place")
    done = await rotate(sealed)
    assert done.sealed == 0
    assert done.lost == ("plugin_settings canary.seed", "canary_nest.secret", "canary_nest.secret")
    assert await sealed.db.fetch("SELECT * FROM canary_nest ORDER BY place") == before


async def test_whoever_seals_says_where(platform, board):
    """A plugin that seals and keeps it elsewhere than it says would lose it at the next rotation."""
    declared = {owned.plugin_id for owned in board.sealed_columns}
    sealing = {
        record.id
        for record in board.loaded
        for path in record.candidate.folder.glob("*.py")
        if record.id != "core" and "services.seal(" in path.read_text("utf-8")
    }
    core = Path(keys.__file__).parent
    passing_on = {
        "keys.py",
        "services.py",
        "extension/plugin_settings.py",
        "network/feature_pages/sent.py",
    }
    ours = {
        str(path.relative_to(core))
        for path in core.rglob("*.py")
        if "keys.seal(" in path.read_text("utf-8")
    }
    known = {"interviews/private.py", "accounts/second_factor.py"}
    assert ours - passing_on == known, "say in core/builtin.py where it is kept"
    assert sealing | {"core"} == declared
    for owned in board.sealed_columns:
        column = owned.item
        rows = await platform.db.fetch(f'SELECT "{column.column}" FROM "{column.table}"')
        assert rows == []
    assert (await rotate(platform)).lost == ()
