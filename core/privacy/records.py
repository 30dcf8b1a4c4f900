"""What the core's tables hold of one youth, row by row: the file that they take away.

Every table that names an appointment is read, so that one which is added later is in the file too.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.platform import Platform

_NOT_THEIRS = frozenset(
    {
        # keys of ours, and entrances that are the advisor's
        *("link_version", "hold", "meeting", "lease_until", "attempts", "due_at"),
        # other people: who of the staff did it, the worker who referred, somebody who is alike
        *("author", "account", "advisor", "reviewed_by", "worker_name", "worker_email"),
        *("worker_phone", "alike", "alike_state"),
        # the advisor's own notes: the screen promises that they are not shown
        *("notes", "sealed"),
    }
)
_TABLES = """
    SELECT c.table_name FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.column_name = 'appointment'
        AND c.data_type = 'uuid' AND NOT EXISTS (SELECT FROM schema_migration m
            WHERE m.owner <> 'core' AND starts_with(c.table_name, m.owner || '_'))
    ORDER BY c.table_name
"""


async def read_records(platform: Platform, youth_id: UUID) -> Mapping[str, list[dict[str, Any]]]:
    """Rows by table, the youth's own first; what is written to the staff, and what is not theirs, left out."""
    rows = {"youth": await _rows(platform, "youth", "id = $1", youth_id)}
    rows["appointment"] = await _rows(platform, "appointment", "youth = $1", youth_id)
    ids = [UUID(row["id"]) for row in rows["appointment"]]
    for table in await platform.db.fetch(_TABLES):
        name = table["table_name"]
        found = await _rows(platform, name, "appointment = ANY($1::uuid[])", ids)
        if found:
            rows[name] = [row for row in found if row.get("audience", "youth") == "youth"]
    return rows


async def _rows(platform: Platform, table: str, where: str, what: object) -> list[dict[str, Any]]:
    found = await platform.db.fetch(
        f"SELECT to_jsonb(t) AS row FROM {table} t WHERE {where}",  # noqa: S608 - names of the database's own
        what,
    )
    return [_theirs(row["row"]) for row in found]


def _theirs(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _theirs(one) for key, one in value.items() if key not in _NOT_THEIRS}
    return [_theirs(one) for one in value] if isinstance(value, list) else value
