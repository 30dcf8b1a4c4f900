"""`somobilite programmes` and `match`: the sheets, and how they are matched."""

import sys
from collections import Counter
from typing import IO

import click

from core import serve as server
from core.accounts.sessions import read_user
from core.catalogue.editing import records, transfer
from core.catalogue.editing.compare import in_a_line
from core.cli.running import require_schema, settings_from, with_platform
from core.errors import SettingsError
from core.matching import lab
from core.platform import Platform


@click.group()
def programmes() -> None:
    """Move programme sheets in and out."""


@programmes.command("export")
@click.argument("file", type=click.File("wb"), default="-")
@click.option(
    "--format", "kind", type=click.Choice(["json", "csv"]), default="json", show_default=True
)
def programmes_export(file: IO[bytes], kind: str) -> None:
    """Write every sheet that was published once, at its current version.

    To standard output unless a FILE is named. Imported as it is, it changes nothing.
    """

    async def export(platform: Platform) -> None:
        await require_schema(platform.db)
        sheets = await transfer.list_public(platform)
        file.write(records.to_csv(sheets) if kind == "csv" else records.to_json(sheets))

    with server.running_database(settings_from()) as running:
        with_platform(running, export)


@programmes.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--apply", "email", metavar="EMAIL", help="Do it, in the name of this coordinator.")
@click.option("--publish", is_flag=True, help="Publish at once instead of leaving drafts.")
def programmes_import(file: IO[bytes], *, email: str | None, publish: bool) -> None:
    """Read sheets from a JSON or CSV file, and say line by line what becomes of them.

    Nothing is written without --apply. Exit code: 1 when a line is refused.
    """

    async def bring_in(platform: Platform) -> bool:
        await require_schema(platform.db)
        found = records.read_file(file.read())
        if email is None:
            lines = await transfer.try_import(platform, found, publish=publish)
        else:
            user = await read_user(platform, email)
            if user is None or not user.is_coordination:
                raise SettingsError(f"{email} is not the address of a coordinator's account")
            lines = await transfer.apply_import(platform, user, found, publish=publish)
        for line in lines:
            if line.what != "unchanged":
                said = [line.reason] if line.reason else map(in_a_line, line.changes)
                click.echo(
                    f"{line.number:>4}  {line.what:<9}  {line.id}  {' · '.join(said)}".rstrip()
                )
        counts = Counter(line.what for line in lines)
        click.echo(", ".join(f"{count} {what}" for what, count in counts.items()))
        return not counts["refused"]

    with server.running_database(settings_from()) as running:
        fine = with_platform(running, bring_in)
    sys.exit(0 if fine else 1)


@click.group()
def match() -> None:
    """Try the ways in which sheets are matched with youths."""


@match.command("lab")
@click.option("--past", is_flag=True, help="On past interviews instead of the invented youths.")
@click.option(
    "--strategy",
    "strategies",
    multiple=True,
    metavar="KEY[:WEIGHT]…",
    help="Only these; several joined by + are a blend: matching_rules:rules=70+matching_text:words=30.",
)
def match_lab(*, past: bool, strategies: tuple[str, ...]) -> None:
    """Compare the strategies side by side: what each finds, what it must not show, how long it takes.

    A curve tells the share of the expected sheets among the first 1 to 20. Exit code: 1 when a strategy fails.
    """

    async def compare(platform: Platform) -> bool:
        await require_schema(platform.db)
        cases = await (lab.past_cases(platform) if past else lab.example_cases(platform))
        known = platform.board.strategies
        report = await lab.compare(platform, cases, lab.entrants(strategies or tuple(known), known))
        click.echo(
            f"{report.cases} youths, {report.expected} expected sheets, {report.sheets} published\n"
        )
        width = max(len(result.label) for result in report.results)
        for result in report.results:
            if result.problem:
                click.secho(f"{result.label:<{width}}  {result.problem}", fg="red")
                continue
            wrong = f"{len(result.violations):>3} shown wrongly"
            click.echo(
                f"{result.label:<{width}}  {result.found:>4} found in {lab.FIRST}  {lab.sparkline(result)}"
                f"  {click.style(wrong, fg='red' if result.violations else 'green')}"
                f"  {1000 * result.seconds:6.2f} ms"
            )
        return not any(result.problem for result in report.results)

    with server.running_database(settings_from()) as running:
        fine = with_platform(running, compare)
    sys.exit(0 if fine else 1)
