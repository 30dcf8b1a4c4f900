import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

import hookspecs
import plugins as bundled
from core.authoring import documents
from core.authoring.checking import board_of, examine, find_candidate
from core.authoring.parts import PARTS, choose
from core.authoring.rules.contracts import CONTRACTS
from core.authoring.scaffold import check_name, write_plugin
from core.cli import cli
from core.errors import SettingsError
from core.extension.board import KINDS
from tests.authoring.documents import ROOT, ruff


@pytest.fixture
def plugins(tmp_path):
    """A folder of plugins that the platform can import from, for the time of a test."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    yield folder
    bundled.__path__[:] = [path for path in bundled.__path__ if path != str(folder)]
    for name in [name for name in sys.modules if name.startswith("plugins.fresh")]:
        del sys.modules[name]


@pytest.mark.parametrize("name", ["fr", "fresh_" + "x" * 34])
def test_what_is_written_is_clean_whatever_its_name_and_its_parts(plugins, name):
    write_plugin(name, list(PARTS.values()), plugins)
    for part in PARTS.values():
        write_plugin(f"only_{part.name}", choose([part.name]), plugins)
    shutil.copy(ROOT / "pyproject.toml", plugins.parent)
    assert ruff(plugins.parent, "check") == ""
    assert ruff(plugins.parent, "format", "--check") == ""


def test_a_package_is_clean_by_its_own_rules(tmp_path):
    target = write_plugin("fresh", list(PARTS.values()), tmp_path, package=True)
    assert ruff(target, "check") == ""
    assert ruff(target, "format", "--check") == ""


def test_the_types_of_what_is_written_are_right(tmp_path):
    target = write_plugin("fresh", list(PARTS.values()), tmp_path, package=True)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", "--package", "fresh"],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": str(target)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_hook_has_a_part_and_every_part_its_hook():
    hooks = {name for name in vars(hookspecs) if name.startswith("register_")}
    assert {f"register_{part.kind}" for part in PARTS.values()} == hooks
    for part in PARTS.values():
        assert not part.contract or part.contract in CONTRACTS[part.kind]


def test_each_part_alone_and_all_together_are_gold_at_once(plugins):
    write_plugin("fresh_whole", list(PARTS.values()), plugins)
    for name in PARTS:
        write_plugin(f"fresh_{name}", choose([name]), plugins)
    board = board_of([find_candidate(str(folder)) for folder in plugins.iterdir()])
    assert {one.id: one.reason for one in board.plugins.values() if one.reason} == {}
    owned = {kind for kind in KINDS if any(o.plugin_id == "fresh_whole" for o in board.owned[kind])}
    assert owned | {"settings"} == {part.kind for part in PARTS.values()}
    for record in board.loaded[1:]:
        report = examine(board, record.id)
        missing = [one.problems for one in report.findings if one.problems]
        assert (record.id, report.level, missing) == (record.id, "gold", [])


def test_a_part_brings_those_that_it_needs():
    assert [part.name for part in choose(["menu"])] == ["staff", "menu"]
    for part in PARTS.values():
        assert set(part.needs) <= set(PARTS)


def test_texts_are_gathered_and_what_has_no_english_is_told(plugins):
    target = write_plugin("fresh_texts", choose(["gate", "settings"]), plugins)
    command = ["plugin", "texts", str(target)]
    assert "Every text has its English" in CliRunner().invoke(cli, command).output
    gate = target / "gate.py"
    gate.write_text(gate.read_text().replace("pouvoir vous appeler.", "vous joindre."))
    said = CliRunner().invoke(cli, command).output
    assert "→ Ajoutez un numéro de téléphone : les jeunes doivent vous joindre." in said
    assert "1 without English" in said
    po = target / "locale" / "en" / "LC_MESSAGES" / "messages.po"
    assert "Word of welcome" in po.read_text()
    assert "appeler" not in po.read_text()


def test_nothing_is_ever_overwritten(tmp_path):
    (tmp_path / "fresh").mkdir()
    with pytest.raises(SettingsError, match="there already"):
        write_plugin("fresh", choose(["exporter"]), tmp_path)
    assert list((tmp_path / "fresh").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("My-Plugin", "'my_plugin' would do"),
        ("9lives", "'lives' would do"),
        ("é", "a letter first"),
        ("x" * 41, "2 to 40"),
        ("class", "taken by Python"),
        ("json", "taken by Python"),
        ("core", "taken by Python or by the platform"),
        ("visio_jitsi", "exists already"),
    ],
)
def test_a_name_that_cannot_be_says_which_one_could(name, words):
    with pytest.raises(SettingsError) as caught:
        check_name(name)
    assert words in str(caught.value)


def test_a_part_that_does_not_exist_is_told_the_others():
    with pytest.raises(SettingsError, match="carrier: choose among matching, slots, busy"):
        choose(["carrier"])
    with pytest.raises(SettingsError, match="say what it brings"):
        choose([])


def test_the_command_writes_and_says_what_comes_next(tmp_path):
    words = [
        "plugin",
        "new",
        "fresh_by_command",
        "--with",
        "exporter, block",
        "--in",
        str(tmp_path),
    ]
    answer = CliRunner().invoke(cli, words)
    assert answer.exit_code == 0
    assert "plugin check" in answer.output
    assert (tmp_path / "fresh_by_command" / "templates" / "block.html").exists()


def test_outside_a_working_copy_a_plugin_is_a_package_in_the_present_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(documents, "_HOME", tmp_path)
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(cli, ["plugin", "new", "fresh_away", "--with", "exporter"])
    assert "pip install --no-deps --editable . && pytest" in answer.output
    assert (tmp_path / "fresh_away" / "pyproject.toml").exists()


def test_the_command_says_the_level_and_what_is_missing_for_the_next(plugins):
    target = write_plugin("fresh_checked", choose(["exporter", "rule"]), plugins)
    whole = CliRunner().invoke(cli, ["plugin", "check", str(target)])
    assert (whole.exit_code, "fresh_checked: gold" in whole.output) == (0, True)
    (target / "README.md").unlink()
    (target / "exporter.py").write_text(
        (target / "exporter.py")
        .read_text()
        .replace("import csv", "import core.settings\nimport csv")
    )
    for name in [name for name in sys.modules if name.startswith("plugins.fresh_checked")]:
        del sys.modules[name]
    broken = CliRunner().invoke(cli, ["plugin", "check", str(target)])
    assert broken.exit_code == 1
    for words in (
        "not yet bronze",
        "README.md is missing",
        "imports core.settings",
        "docs/levels.md#",
        "Explained by: somobilite plugin docs levels",
    ):
        assert words in broken.output


def test_a_target_that_is_nothing_is_told_what_there_is(tmp_path):
    with pytest.raises(SettingsError, match="visio_jitsi"):
        find_candidate("nowhere")
    with pytest.raises(SettingsError, match=r"no plugin\.toml"):
        find_candidate(str(tmp_path))
