"""Exporters: tables that staff can download."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Protocol
from uuid import UUID

import msgspec

from core.contracts.context import PluginContext


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A half-open period of civil days, and the structures that the asker may see and where the exporter is on."""

    starts_on: date
    ends_on: date
    structure_ids: tuple[UUID, ...]


class Exporter(Protocol):
    """Writes one file. Never names a person; never shows a structure outside the request."""

    key: str
    label: str
    media_type: str
    file_name: str

    def export(self, context: PluginContext, request: ExportRequest) -> AsyncIterator[bytes]:
        """The file, in pieces. A failure fails this export alone."""
        ...
