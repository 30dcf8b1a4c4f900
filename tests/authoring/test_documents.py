"""The documentation is true: what the code writes is up to date, links lead somewhere, every name exists."""

import inspect
import re
import shutil

import pytest
from click.testing import CliRunner

import hookspecs
import plugins as bundled
from core.authoring import documents as guides
from core.authoring.checking import board_of, examine, find_candidate
from core.authoring.reference import pages as written
from core.authoring.rules import RULES
from core.authoring.rules.contracts import CONTRACTS
from core.cli import cli
from core.errors import SettingsError
from core.extension.board import KINDS
from core.testing import contracts
from tests.authoring.documents import DOCS, ROOT, assemble, pages, ruff, samples

_LINK = re.compile(r"\]\((?!https?://)([^)#]*)(?:#([^)]+))?\)")


def anchors(text):
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    slugs = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


def test_the_pages_that_the_code_writes_are_up_to_date():
    for name, text in written().items():
        assert pages()[name] == text, f"{name}: run `python -m core.authoring.reference docs`"


def test_every_link_leads_somewhere():
    for name, text in pages().items():
        for path, anchor in _LINK.findall(text):
            target = (DOCS / path).resolve() if path else DOCS / name
            assert target.exists(), f"{name}: {path}"
            if anchor and target.suffix == ".md":
                assert anchor in anchors(target.read_text("utf-8")), f"{name}: {path}#{anchor}"


def test_every_hook_is_described_with_what_it_returns_and_what_a_failure_does():
    reference = pages()["hooks.md"]
    for kind in (*KINDS, "settings"):
        assert f"### register_{kind}\n" in reference
        said = inspect.getdoc(getattr(hookspecs, f"register_{kind}"))
        assert len(said.split()) > 3, kind


def test_every_rule_links_to_its_explanation():
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        path, _, anchor = rule.link.partition("#")
        assert anchor in anchors((ROOT / path).read_text("utf-8"))


def test_every_contract_is_in_the_list_and_holds_a_kind():
    listed = set(re.findall(r"`(\w+Contract)`", pages()["contracts.md"]))
    known = {name for name in contracts.__all__ if name.endswith("Contract") and name != "Contract"}
    assert listed == known
    assert {one for names in CONTRACTS.values() for one in names} | {"PluginContract"} == known


def test_each_guide_is_a_whole_plugin():
    folders = {name.split("/")[1] for name in samples()}
    assert len(folders) >= 5
    for folder in folders:
        for file in ("plugin.toml", "__init__.py", "README.md", "tests/test_contract.py"):
            assert f"plugins/{folder}/{file}" in samples()


def test_every_guide_ends_with_a_plugin_that_is_gold(tmp_path):
    folder = assemble(tmp_path)
    board = board_of([find_candidate(str(path)) for path in sorted(folder.iterdir())])
    found = {path.name: examine(board, path.name) for path in folder.iterdir()}
    missing = {
        name: [one.problems for one in report.findings if one.problems]
        for name, report in found.items()
        if report.level != "gold"
    }
    bundled.__path__.remove(str(folder))
    assert missing == {}


def test_every_sample_is_clean(tmp_path):
    assemble(tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert ruff(tmp_path, "check") == ""
    assert ruff(tmp_path, "format", "--check") == ""


def test_every_guide_is_read_at_the_command_line_and_each_rule_leads_to_its_own():
    listed = CliRunner().invoke(cli, ["plugin", "docs"]).output
    for name, text in pages().items():
        assert f"  {name.removesuffix('.md')} " in listed
        assert guides.title_of(text) in listed
    said = CliRunner().invoke(cli, ["plugin", "docs", "calendar"]).output
    assert said.strip() == pages()["calendar.md"].strip()
    assert guides.read_guide(RULES[0].link) == pages()["levels.md"]
    with pytest.raises(SettingsError, match="they are README, calendar"):
        guides.read_guide("nowhere")


def test_a_package_without_the_guides_still_has_those_that_the_code_writes(monkeypatch, tmp_path):
    monkeypatch.setattr(guides, "_HOME", tmp_path)
    monkeypatch.setattr(guides, "_INSTALLED", tmp_path / "share")
    assert set(guides.read_guides()) == {"hooks", "levels"}
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "mine.md").write_text("# Mine")
    assert guides.read_guide("mine") == "# Mine"
