"""`somobilite plugin new`, `texts`, `check` and `docs`."""

import sys
from pathlib import Path

import click

from core.authoring.checking import Report, board_of, examine, find_candidate
from core.authoring.documents import (
    guides_folder,
    is_working_copy,
    read_guide,
    read_guides,
    title_of,
)
from core.authoring.english import po_path, update
from core.authoring.parts import PARTS, choose
from core.authoring.rule import LEVELS
from core.authoring.scaffold import write_plugin
from core.extension.discovery import bundled_folder, discover

_COLOURS = {"gold": "yellow", "silver": "white", "bronze": "cyan"}


@click.command("new")
@click.argument("name")
@click.option(
    "--with",
    "parts",
    required=True,
    metavar="PART,…",
    help=f"What it brings: {', '.join(PARTS)}.",
)
@click.option(
    "--package",
    is_flag=True,
    help="A pip package of its own, in the present folder: the rule outside a working copy.",
)
@click.option(
    "--in",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to write it [default: plugins/, or the present folder for a package].",
)
def new_plugin(name: str, parts: str, folder: Path | None, *, package: bool) -> None:
    """Write a new plugin, whole and tested.

    Each part is a module with a small example that works, and a contract test that says when yours does. Nothing is ever
    overwritten.
    """
    chosen = choose([word.strip() for word in parts.split(",") if word.strip()])
    package = package or (folder is None and not is_working_copy())
    where = folder or (Path() if package else bundled_folder())
    target = write_plugin(name, chosen, where, package=package)
    click.echo(f"Written: {target}")
    click.echo("Next:")
    if package:
        click.echo(f"  cd {target} && pip install --no-deps --editable . && pytest")
    else:
        click.echo(f"  pytest {target}")
    click.echo(f"  somobilite plugin check {target}")
    click.echo(
        f"  switch it on for a structure at /reseau/fonctionnalites, or in plugins.toml: [{name}]"
    )


@click.command("texts")
@click.argument("target", metavar="ID|PATH")
def plugin_texts(target: str) -> None:
    """Gather a plugin's French texts and compile its English.

    Each text between _("…") goes to locale/en/LC_MESSAGES/messages.po, what was translated stays. Write what is missing there, and
    run it again.
    """
    folder = find_candidate(target).folder
    missing = update(folder)
    for text in missing:
        click.echo(f"  → {text}")
    if missing:
        click.echo(f"{len(missing)} without English: write it in {po_path(folder)}, run again.")
    else:
        click.echo("Every text has its English.")


@click.command("check")
@click.argument("target", required=False, metavar="[ID|PATH]")
def check_plugin(target: str | None) -> None:
    """Say how good a plugin is: bronze, silver or gold.

    Bronze may be switched on, silver may be shown to youths, gold is an example for others. Says what is missing, why it
    matters and where it is explained. Without a plugin, all of them. Exit code: 1 when one is not even bronze.
    """
    candidates = [find_candidate(target)] if target else discover()
    needed = {candidate.id: candidate for candidate in [*discover(), *candidates]}
    board = board_of(list(needed.values()))
    reports = [examine(board, candidate.id) for candidate in candidates]
    for report in reports:
        _show(report, whole=target is not None)
    sys.exit(0 if all(report.level for report in reports) else 1)


@click.command("docs")
@click.argument("name", required=False, metavar="[GUIDE]")
def plugin_docs(name: str | None) -> None:
    """Read the guides for plugin authors.

    Without a name, lists them and says where they are.
    """
    if name:
        click.echo_via_pager(read_guide(name))
        return
    guides = read_guides()
    width = max(map(len, guides))
    for guide, text in guides.items():
        click.echo(f"  {guide:<{width}}  {title_of(text)}")
    where = guides_folder()
    click.echo(
        f"somobilite plugin docs GUIDE reads one{f'; they are in {where}' if where else ''}."
    )


def _show(report: Report, *, whole: bool) -> None:
    level = report.level
    name = click.style(level or "not yet bronze", fg=_COLOURS.get(level or "", "red"), bold=True)
    click.echo(f"{report.plugin_id}: {name}")
    if level == LEVELS[-1]:
        return
    following = LEVELS[0] if level is None else LEVELS[LEVELS.index(level) + 1]
    click.echo(f"  For {following}:")
    for finding in report.missing(following):
        click.echo(f"  ✗ {finding.rule.title} ({finding.rule.link})")
        click.echo(f"    {finding.rule.reason}")
        for problem in finding.problems:
            click.echo(f"    → {problem}")
    click.echo("  Explained by: somobilite plugin docs levels")
    rest = [one for upper in LEVELS if upper != following for one in report.missing(upper)]
    if whole and rest:
        click.echo(f"  And then: {', '.join(one.rule.title for one in rest)}.")
