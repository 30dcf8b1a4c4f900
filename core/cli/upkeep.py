"""`somobilite user`, `secrets` and `slots`: what an administrator does now and then."""

import sys
from typing import Literal

import click

from core import serve as server
from core.accounts import second_factor
from core.accounts import service as accounts
from core.accounts.forgotten import make_link
from core.accounts.links import path_of
from core.accounts.sessions import read_user
from core.agenda.service import rebuild
from core.cli.running import require_schema, settings_from, with_platform
from core.errors import NotFound, SettingsError
from core.extension.secrets import rotate
from core.network.members import add_member
from core.platform import Platform


@click.group()
def user() -> None:
    """Manage the accounts of staff."""


@user.command("create")
@click.option("--email", prompt="E-mail", help="The address to sign in with.")
@click.option("--name", prompt="Name", help="As colleagues read it.")
@click.option(
    "--role",
    type=click.Choice(["coordinator", "admin"]),
    help="For the region's coordination; leave it out for staff of a structure.",
)
@click.option("--structure", metavar="SLUG", help="Make them a member of this structure.")
@click.option(
    "--as",
    "place",
    type=click.Choice(["advisor", "manager"]),
    default="advisor",
    show_default=True,
    help="Their place in the structure.",
)
@click.option("--trained", is_flag=True, help="Their training is validated: youths may book them.")
@click.password_option(help="Asked for when left out, which is better.")
def user_create(
    *,
    email: str,
    name: str,
    role: Literal["coordinator", "admin"] | None,
    structure: str | None,
    place: Literal["advisor", "manager"],
    trained: bool,
    password: str,
) -> None:
    """Create an account, and its place in a structure."""

    async def create(platform: Platform) -> None:
        await require_schema(platform.db)
        async with platform.db.atomic():
            account_id = await accounts.create_account(
                platform, email=email, name=name, password=password, region_role=role
            )
            if structure is not None:
                await add_member(
                    platform, account_id, structure, role=place, name=name, trained=trained
                )
        click.echo(f"{name} may sign in at {platform.settings.public_url}/connexion")

    with server.running_database(settings_from()) as running:
        with_platform(running, create)


@user.command("reset-factor")
@click.argument("email")
def user_reset_factor(*, email: str) -> None:
    """Take away the second factor of EMAIL, who lost it.

    For when nobody else of the coordination can do it on their page. They are signed out everywhere, told by e-mail, and where
    a second factor is required set another up when they next sign in.
    """

    async def reset(platform: Platform) -> None:
        await require_schema(platform.db)
        person = await read_user(platform, email)
        if person is None:
            raise SettingsError(f"nobody signs in with {email}: check the address")
        try:
            await second_factor.reset(platform, None, person.account_id)
        except NotFound as error:
            raise SettingsError(f"{email} has no second factor: nothing to take away") from error
        click.echo(f"{person.name} signs in with the password alone, once.")

    with server.running_database(settings_from()) as running:
        with_platform(running, reset)


@user.command("password-link")
@click.argument("email")
def user_password_link(*, email: str) -> None:
    """Print a link by which EMAIL chooses a new password.

    For when no e-mail reaches them. It is good for an hour and once; hand it to nobody else. A second factor is still asked for.
    """

    async def link_for(platform: Platform) -> None:
        await require_schema(platform.db)
        link = await make_link(platform, email)
        if link is None:
            raise SettingsError(
                f"nobody signs in with {email}, or not yet: check the address, or send the invitation again"
            )
        click.echo(f"{link.name}: {platform.settings.public_url}{path_of(platform, link)}")

    with server.running_database(settings_from()) as running:
        with_platform(running, link_for)


@click.group()
def secrets() -> None:
    """Look after what is kept encrypted."""


@secrets.command("rotate")
def secrets_rotate() -> None:
    """Encrypt every kept secret anew, under the first of `sealing_keys`.

    Put the new key first in the settings of every process, restart them, run this, then take the old key away. Exit code: 1
    when a secret opens with none of the keys: it has to be typed again.
    """

    async def seal_anew(platform: Platform) -> bool:
        await require_schema(platform.db)
        done = await rotate(platform)
        click.echo(f"{done.sealed} secrets encrypted anew, {done.already} already were.")
        for where in done.lost:
            click.secho(f"{where}: no present key opens it; type it again.", fg="red")
        return not done.lost

    with server.running_database(settings_from()) as running:
        fine = with_platform(running, seal_anew)
    sys.exit(0 if fine else 1)


@click.group()
def slots() -> None:
    """Look after the times that are offered."""


@slots.command("rebuild")
def slots_rebuild() -> None:
    """Compute every advisor's times again, and say what changed.

    On a healthy database nothing does. Appointments are never touched. Exit code: 1 when an advisor could not be
    refreshed (the log says why).
    """

    async def refresh(platform: Platform) -> bool:
        await require_schema(platform.db)
        found = await rebuild(platform)
        done = [difference for difference in found if difference is not None]
        changed = [one for one in done if one.written or one.removed]
        for one in changed:
            click.echo(f"  {one.advisor}: {one.written} written, {one.removed} removed")
        click.echo(f"{len(done)} advisors refreshed, {len(changed)} changed.")
        if len(done) < len(found):
            click.secho(f"{len(found) - len(done)} advisors could not be refreshed.", fg="red")
        return len(done) == len(found)

    with server.running_database(settings_from()) as running:
        fine = with_platform(running, refresh)
    sys.exit(0 if fine else 1)
