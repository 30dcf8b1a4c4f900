"""What goes away is announced: to the tests of who uses it, to the board and its page, to the reference."""

import warnings

import pytest

import hookspecs
from core.authoring.reference import pages
from core.authoring.rules import deprecated
from core.authoring.subject import Subject
from core.checks import check
from core.contracts.deprecation import Deprecation
from core.errors import PluginError
from core.testing.factories import make_account, signed_in

ANNOUNCED = {
    "register_exporters": Deprecation(since=(1, 2), until=(2, 0), instead="use register_files"),
    "NavItem.order": Deprecation(since=(1, 3), until=(2, 0), instead="leave it out"),
    "Exporter.file_name": Deprecation(since=(1, 3), until=(2, 0), instead="say file"),
    "SettingsSpec.secrets": Deprecation(since=(1, 3), until=(2, 0), instead="use Secret"),
}
HOOK = "register_exporters is deprecated since API 1.2 and goes in 2.0: use register_files"
FIELD = "NavItem.order is deprecated since API 1.3 and goes in 2.0: leave it out"
EXPORTER = """
class File:
    key, label, media_type, file_name = "old:file", "Vieux", "text/csv", "vieux.csv"

    async def export(self, context, request):
        yield b""

@hookimpl
def register_exporters(): return [File()]
"""
MENU = "@hookimpl\ndef register_nav_items(): return [NavItem(label='M', path='/p/old/'{order})]"


@pytest.fixture
def announced(monkeypatch):
    monkeypatch.setattr(hookspecs, "DEPRECATED", ANNOUNCED)


def quiet_board(workshop, code, **options):
    workshop.add("old", code)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return workshop.board(**options)


def test_a_plugin_that_uses_what_goes_away_works_and_is_told(workshop, announced):
    board = quiet_board(workshop, EXPORTER + MENU.format(order=", order=7"))
    record = board.plugins["old"]
    assert record.state == "loaded"
    assert [announcement[:18] for announcement in record.deprecated] == [
        "register_exporters",
        "NavItem.order is d",
        "Exporter.file_name",
    ]
    assert HOOK in record.deprecated
    assert "old:file" in board.exporters
    assert set(record.deprecated) <= set(deprecated.find(Subject(board, "old")))


def test_what_stays_as_it_comes_uses_nothing(workshop, announced):
    assert quiet_board(workshop, MENU.format(order="")).plugins["old"].deprecated == ()


def test_its_own_tests_learn_it_first(workshop, announced):
    workshop.add("old", MENU.format(order=", order=7"))
    with pytest.raises(PluginError, match=r"DeprecationWarning: plugin old: NavItem\.order"):
        workshop.board(strict=True)


def test_the_reference_says_it_before_anything_else(announced):
    text = pages()["hooks.md"]
    hook = text.partition("### register_exporters\n")[2]
    said = HOOK.replace("register_exporters", "`register_exporters`")
    assert hook.lstrip().startswith(f"**Deprecated.** {said}")
    assert "`NavItem.order` is deprecated" in text.partition("class NavItem(")[2][:900]


async def test_the_page_and_the_check_say_which_plugin_to_update(
    monkeypatch, platform, client, database
):
    record = platform.board.plugins["stats_export"]
    monkeypatch.setattr(record, "deprecated", (HOOK,))
    await signed_in(platform, client, await make_account(database, region_role="coordinator"))
    assert HOOK in (await client.get("/-/plugins")).text
    plugins = (await client.get("/-/plugins.json")).json()["plugins"]
    assert {one["id"]: one["deprecated"] for one in plugins if one["deprecated"]} == {
        "stats_export": [HOOK]
    }
    lines = [line async for line in check(platform) if line.name == "plugin stats_export"]
    assert [(line.state, line.detail) for line in lines] == [("degraded", HOOK)]
