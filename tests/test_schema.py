"""Piccolo's tables against the database: a column that is missing, of another type or of another nullability is a bug."""

import importlib
from pathlib import Path

import pytest
from piccolo.columns import ForeignKey
from piccolo.columns.base import Column
from piccolo.table import Table

from core.storage.engine import DB

ROOT = Path(__file__).parents[1]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("core", "plugins")
    for path in sorted((ROOT / folder).rglob("tables.py"))
]
NAMES = {
    "TEXT": "text",
    "UUID": "uuid",
    "INTEGER": "integer",
    "SMALLINT": "smallint",
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "TIMESTAMPTZ": "timestamp with time zone",
    "DATE": "date",
    "TIME": "time without time zone",
    "JSONB": "jsonb",
    "JSON": "json",
    "BYTEA": "bytea",
    "DOUBLE PRECISION": "double precision",
    "REAL": "real",
}


def tables():
    found = {}
    for module in MODULES:
        for value in vars(importlib.import_module(module)).values():
            if isinstance(value, type) and issubclass(value, Table) and value is not Table:
                found[value._meta.tablename] = value
    return found


def type_of(column: Column) -> str:
    if isinstance(column, ForeignKey):
        return type_of(column._foreign_key_meta.resolved_references._meta.primary_key)
    name = column.column_type.upper()
    if name.endswith("[]"):
        return NAMES[name.removesuffix("[]")] + "[]"
    return NAMES.get(name, name.lower())


def test_there_are_tables_to_hold():
    assert {"account", "structure", "slot"} & set(tables())


@pytest.mark.parametrize("name", sorted(tables()))
async def test_a_table_is_as_the_database_has_it(database, name):
    table = tables()[name]
    assert table._meta.db is DB
    rows = await database.fetch(
        "SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type, a.attnotnull AS required"
        " FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped",
        f'"{name}"',
    )
    assert rows, f"no table {name}"
    known = {row["name"]: (row["type"], row["required"]) for row in rows}
    for column in table._meta.columns:
        column_name = column._meta.db_column_name
        assert column_name in known, f"{name}.{column_name} is not in the database"
        type_, required = known[column_name]
        assert type_of(column) == type_, f"{name}.{column_name}"
        assert column._meta.null == (not required), f"{name}.{column_name}: null"


@pytest.mark.parametrize("name", sorted(tables()))
async def test_a_table_can_be_read_whole(database, name):
    assert await tables()[name].select().limit(1) == []
