import re
from datetime import date
from pathlib import Path
from uuid import uuid4

from core.app import load_board
from core.contracts.exports import ExportRequest

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


async def test_the_plugin_of_the_readme_loads_and_exports(settings, tmp_path, monkeypatch):
    folder = tmp_path / "readme_plugins" / "lundis"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "plugin.toml").write_text(blocks("toml")[0], "utf-8")
    (folder / "__init__.py").write_text(blocks("python")[0], "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    board = load_board(settings, [folder.parent])
    exporter = board.exporters["lundis:structures"].item
    one, other = uuid4(), uuid4()
    request = ExportRequest(
        starts_on=date(2027, 1, 1), ends_on=date(2028, 1, 1), structure_ids=(one, other)
    )
    pieces = [piece async for piece in exporter.export(None, request)]
    assert b"".join(pieces).decode() == f"{one}\n{other}"


def test_the_commands_of_the_readme_exist():
    makefile = (Path(__file__).parents[1] / "Makefile").read_text("utf-8")
    for target in set(re.findall(r"(?:`|^)make ([a-z-]+)", README, re.M)):
        assert re.search(rf"^{target}:", makefile, re.M), target
