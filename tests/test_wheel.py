import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist()), wheel


@pytest.mark.parametrize(
    "pattern",
    [
        "hookspecs.py",
        "core/app.py",
        "core/plugin.toml",
        "core/storage/migrations/*.sql",
        "core/web/templates/*.html",
        "core/web/static/*.css",
        "core/booking/templates/*.html",
        "core/locale/en/LC_MESSAGES/messages.mo",
        "config/somobilite.toml",
        "config/plugins.toml",
        "config/data/programmes.json",
        "config/data/*.csv",
        "config/data/SOURCES.md",
        "plugins/matching_rules/plugin.toml",
        "plugins/notifications_email/migrations/*.sql",
        "plugins/notifications_email/templates/*",
    ],
)
def test_the_wheel_carries_what_the_platform_needs(wheel_names, pattern):
    names, _ = wheel_names
    assert any(Path(name).match(pattern) for name in names)


def test_the_wheel_carries_no_tests_and_has_the_console_script(wheel_names):
    names, wheel = wheel_names
    assert not [name for name in names if "/tests/" in name]
    (entry_points,) = [name for name in names if name.endswith("entry_points.txt")]
    assert b"somobilite = core.cli:main" in zipfile.ZipFile(wheel).read(entry_points)


def test_every_python_file_and_asset_of_the_tree_is_in_the_wheel(wheel_names):
    names, _ = wheel_names
    tracked = subprocess.run(
        ["git", "ls-files", "core", "plugins", "config", "hookspecs.py"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    wanted = {name for name in tracked if "/tests/" not in name}
    assert wanted <= names
