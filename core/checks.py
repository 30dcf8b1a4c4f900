"""`somobilite check`: is everything in place to serve? Each line that is not well says how to mend it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import msgspec

from core.extension.overview import check_health
from core.extension.stored import migration_sets
from core.platform import Platform
from core.storage.migrate import pending


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One finding; `hint` says how to mend it, and is empty when there is nothing to mend."""

    name: str
    state: Literal["ok", "degraded", "failing"]
    detail: str
    hint: str = ""


async def check(platform: Platform) -> AsyncIterator[Line]:
    """Settings, key, accounts, database, schema, reference data, plugins and what the plugins say of themselves."""
    yield _settings(platform)
    yield _key(platform)
    yield _accounts(platform)
    yield await _database(platform)
    schema = await _schema(platform)
    yield schema
    if schema.state != "ok":
        return
    yield await _reference(platform)
    for record in platform.board.plugins.values():
        if record.state in {"failed", "incompatible"}:
            yield Line(
                name=f"plugin {record.id}",
                state="failing",
                detail=f"{record.state}: {record.reason}",
                hint=f"mend the plugin, or deny it: [plugins] denied = [{record.id!r}]",
            )
        for announcement in record.deprecated:
            yield Line(
                name=f"plugin {record.id}",
                state="degraded",
                detail=announcement,
                hint="update the plugin, or ask its author to",
            )
    loaded = [record.id for record in platform.board.loaded if record.id != "core"]
    yield Line(name="plugins", state="ok", detail=f"{len(loaded)} loaded: {', '.join(loaded)}")
    for line in await check_health(platform):
        health = line.health
        yield Line(
            name=f"{line.plugin_id}: {health.name}",
            state=health.state,
            detail=health.detail,
            hint=health.hint,
        )


def _settings(platform: Platform) -> Line:
    settings = platform.settings
    detail = f"links start with {settings.public_url}"
    if settings.demo and not settings.public_url.startswith(("http://127.", "http://localhost")):
        return Line(
            name="settings",
            state="failing",
            detail="demonstration mode under a public address: anyone may sign in",
            hint="set demo = false",
        )
    if not settings.demo and not settings.server.public_url:
        return Line(
            name="settings",
            state="degraded",
            detail=detail,
            hint='people cannot follow such links from elsewhere: set [server] public_url = "https://…"',
        )
    return Line(name="settings", state="ok", detail=detail)


def _key(platform: Platform) -> Line:
    if platform.settings.secret_key:
        if len(platform.settings.secret_key) < 32:
            return Line(
                name="key",
                state="degraded",
                detail="secret_key is short",
                hint="use 32 characters or more: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'",
            )
        return Line(name="key", state="ok", detail="secret_key, from the settings")
    path = Path(platform.settings.data_dir) / "secret_key"
    if path.stat().st_mode & 0o077:
        return Line(
            name="key",
            state="degraded",
            detail=f"{path} can be read by others",
            hint=f"chmod 600 {path}",
        )
    return Line(name="key", state="ok", detail=f"generated, in {path}")


def _accounts(platform: Platform) -> Line:
    asked = platform.settings.accounts.second_factor
    if asked == "required" or platform.settings.demo:
        return Line(name="accounts", state="ok", detail=f"second factor {asked} (coordination)")
    return Line(
        name="accounts",
        state="degraded",
        detail=f"second factor {asked}: a password alone opens the whole network",
        hint='ask the coordination for a second factor: [accounts] second_factor = "required"',
    )


async def _database(platform: Platform) -> Line:
    version = await platform.db.fetch_value("SHOW server_version")
    name = await platform.db.fetch_value("SELECT current_database()")
    number = int(await platform.db.fetch_value("SHOW server_version_num"))
    if number < 150_000:
        return Line(
            name="database",
            state="failing",
            detail=f"PostgreSQL {version}",
            hint="PostgreSQL 15 or newer is needed",
        )
    return Line(name="database", state="ok", detail=f"PostgreSQL {version}, {name}")


async def _schema(platform: Platform) -> Line:
    missing = await pending(platform.db, migration_sets(platform.board))
    if missing:
        return Line(
            name="schema",
            state="failing",
            detail=f"{len(missing)} migrations to apply, from {missing[0].owner}/{missing[0].name}",
            hint="run: somobilite migrate",
        )
    return Line(name="schema", state="ok", detail="up to date")


async def _reference(platform: Platform) -> Line:
    row = await platform.db.fetch_one(
        "SELECT (SELECT count(*) FROM commune) AS communes, (SELECT count(*) FROM programme) AS programmes,"
        " (SELECT count(*) FROM structure WHERE status = 'active') AS active"
    )
    if row is None or not row["communes"] or not row["programmes"]:
        return Line(
            name="reference data",
            state="failing",
            detail="communes or programme sheets are missing",
            hint="run: somobilite migrate",
        )
    return Line(
        name="reference data",
        state="ok",
        detail=f"{row['communes']} communes, {row['programmes']} programme sheets,"
        f" {row['active']} active structures",
    )
