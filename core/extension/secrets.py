"""Sealing anew, under the first key, whatever is kept sealed: the secrets of settings, and the columns that the core and the plugins named."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from core.contracts.surfaces import SealedColumn
from core.errors import SealError
from core.extension.plugin_settings import SEALED, sealing_purpose
from core.platform import Platform


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the secrets: `sealed` anew, `already` under the first key, `lost`: no key opens them, and where."""

    sealed: int = 0
    already: int = 0
    lost: tuple[str, ...] = ()


async def rotate(platform: Platform) -> Rotation:
    """Seals everything under the first key, in one transaction. May be run again at any time, also while serving."""
    sealed = already = 0
    lost: list[str] = []
    async with platform.db.atomic():
        for found in (*await _of_settings(platform), *await _of_plugins(platform)):
            sealed += found.sealed
            already += found.already
            lost += found.lost
    return Rotation(sealed=sealed, already=already, lost=tuple(lost))


async def _of_settings(platform: Platform) -> list[Rotation]:
    rows = await platform.db.fetch(
        'SELECT plugin, structure, "values" FROM plugin_settings ORDER BY plugin FOR UPDATE'
    )
    done = []
    for row in rows:
        values = dict(row["values"])
        for name, token in _sealed_in(values):
            where = f"plugin_settings {row['plugin']}.{name}"
            rotation, anew = _again(platform, sealing_purpose(row["plugin"]), token, where)
            done.append(rotation)
            if anew is not None:
                values[name] = {SEALED: anew}
        if values != row["values"]:
            await platform.db.execute(
                'UPDATE plugin_settings SET "values" = $3 WHERE plugin = $1 AND structure IS NOT DISTINCT FROM $2',
                row["plugin"],
                row["structure"],
                values,
            )
    return done


def _sealed_in(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, dict) and value.keys() == {SEALED}:
            yield name, str(value[SEALED])


async def _of_plugins(platform: Platform) -> list[Rotation]:
    return [
        rotation
        for owned in platform.board.sealed_columns
        for rotation in await seal_column(
            platform, owned.item, "" if owned.plugin_id == "core" else "plugin:"
        )
    ]


async def seal_column(platform: Platform, column: SealedColumn, prefix: str) -> list[Rotation]:
    """Seals one column anew, row by row; `prefix` is what `Services.seal` puts before a plugin's purposes."""
    # The names are those that a loaded plugin declared: code of ours, as trusted as any statement.
    table, name = column.table, column.column
    rows = await platform.db.fetch(f'SELECT * FROM "{table}" WHERE "{name}" <> \'\' FOR UPDATE')  # noqa: S608
    done = []
    for row in rows:
        token = row[name]
        if not token.startswith(
            "gAAAA"
        ):  # how every Fernet token begins: the rest was never sealed
            continue
        purpose = prefix + column.purpose.format_map(dict(row))
        rotation, anew = _again(platform, purpose, token, f"{table}.{name}")
        done.append(rotation)
        if anew is not None:
            await platform.db.execute(
                f'UPDATE "{table}" SET "{name}" = $2 WHERE "{name}" = $1',  # noqa: S608
                token,
                anew,
            )
    return done


def _again(platform: Platform, purpose: str, token: str, where: str) -> tuple[Rotation, str | None]:
    try:
        anew = platform.keys.reseal(purpose, token)
    except SealError:
        return Rotation(lost=(where,)), None
    return (Rotation(sealed=1), anew) if anew is not None else (Rotation(already=1), None)
