"""Who turned what, when and why: read from the audit trail, on the page and as a file."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.network.overview import visible_ids
from core.platform import Platform

_ACTIONS = ("plugin.switched", "plugin.policy_changed", "plugin.settings_changed")
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One deed. `structure` is None for a rule or settings of the region; `detail` is the audit trail's."""

    at: datetime
    who: str | None
    action: str
    plugin_id: str
    structure: str | None
    detail: dict[str, Any]

    @property
    def reason(self) -> str:
        """The word that went with it."""
        return str(self.detail.get("reason", ""))

    @property
    def overruled(self) -> str:
        """The check that failed and was overruled, if any."""
        return str(self.detail.get("overruled", ""))


async def list_deeds(
    platform: Platform,
    user: CurrentUser,
    *,
    plugin_id: str = "",
    structure_id: UUID | None = None,
    plugins: Sequence[str],
    most: int = 50,
    skip: int = 0,
) -> list[Deed]:
    """What was done to `plugins`, the latest first: everything for the coordination, own structures for a manager."""
    return await platform.db.structs(
        Deed,
        "SELECT t.at, c.name AS who, t.action, t.object AS plugin_id, s.name AS structure, t.detail"
        " FROM audit t LEFT JOIN account c ON c.id = t.account LEFT JOIN structure s ON s.id = t.structure"
        " WHERE t.action LIKE 'plugin.%' AND t.action = ANY($1) AND t.object = ANY($2)"
        " AND ($3::uuid IS NULL OR t.structure = $3 OR t.structure IS NULL)"
        " AND ($4::uuid[] IS NULL OR t.structure = ANY($4) OR t.structure IS NULL)"
        " ORDER BY t.id DESC LIMIT $5 OFFSET $6",
        list(_ACTIONS),
        [plugin_id] if plugin_id else list(plugins),
        structure_id,
        visible_ids(user),
        most,
        skip,
    )


def as_csv(rows: Iterable[Iterable[object]]) -> bytes:
    """A file that French spreadsheets open as it is; what they would take for a formula is made a text."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerows([[_safe(value) for value in row] for row in rows])
    return buffer.getvalue().encode("utf-8-sig")


def _safe(value: object) -> object:
    if isinstance(value, str) and value.startswith(_STARTS_A_FORMULA):
        return f"'{value}"
    return value
