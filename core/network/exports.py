"""Exports: what plugins can write as a file, for whom, and the stream of one."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.clock import local_date
from core.contracts.exports import ExportRequest
from core.errors import NotFound, Refused
from core.network.overview import visible_ids
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _

_TIMEOUT_SECONDS = 60
_LONGEST = timedelta(days=366 * 10)


class ExportOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An export that a user may ask for; `structures` counts those that it would cover."""

    key: str
    label: str
    file_name: str
    structures: int


class ExportFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file on its way: the first piece was already written, so a failing exporter is known before the answer begins; a failure in
    the middle breaks the connection, so that a cut file is never taken for a whole one.
    """

    file_name: str
    media_type: str
    pieces: AsyncIterator[bytes]


async def list_exports(platform: Platform, user: CurrentUser) -> list[ExportOffer]:
    """The exports that are on for one structure of the user at least, by label."""
    offers = [
        ExportOffer(
            key=key,
            label=_(owned.item.label),
            file_name=owned.item.file_name,
            structures=len(await _structures(platform, user, owned.plugin_id)),
        )
        for key, owned in platform.board.exporters.items()
    ]
    return sorted((offer for offer in offers if offer.structures), key=lambda offer: offer.label)


async def open_export(
    platform: Platform, user: CurrentUser, key: str, first: date, last: date
) -> ExportFile:
    """Begins an export of the days from `first` to `last`, both inclusive, and writes it to the audit trail.

    Raises `NotFound` for an export that is not the user's, `Refused` (field `au`) for a period that cannot be, or when
    the exporter fails.
    """
    if last < first:
        raise Refused(_("La fin vient avant le début."), field="au")
    if last - first > _LONGEST:
        raise Refused(_("Demandez dix ans au plus."), field="au")
    owned = platform.board.exporters.get(key)
    ids = await _structures(platform, user, owned.plugin_id) if owned else []
    if owned is None or not ids:
        raise NotFound("no such export")
    request = ExportRequest(
        starts_on=first, ends_on=last + timedelta(days=1), structure_ids=tuple(ids)
    )
    snapshot = await platform.plugins.current()
    beginning = await platform.dispatch.stream(
        owned.plugin_id,
        "exporter",
        partial(owned.item.export, platform.context(owned.plugin_id, snapshot), request),
        bytes,
        timeout_seconds=_TIMEOUT_SECONDS,
    )
    if beginning.value is None:
        raise Refused(
            _("Ce fichier n’a pas pu être écrit. Réessayez, ou prévenez l’assistance technique.")
        )
    await audit.record(
        platform,
        user,
        "export.downloaded",
        target=key,
        detail={"from": first, "to": last, "structures": len(ids)},
    )
    return ExportFile(
        file_name=owned.item.file_name,
        media_type=owned.item.media_type,
        pieces=beginning.value,
    )


def default_period(platform: Platform) -> tuple[date, date]:
    """The present civil year, up to its end."""
    year = local_date(platform.clock.now(), platform.zone).year
    return date(year, 1, 1), date(year, 12, 31)


async def _structures(platform: Platform, user: CurrentUser, plugin_id: str) -> Sequence[UUID]:
    """Where the plugin is on, of what the user may see."""
    snapshot = await platform.plugins.current()
    ids = visible_ids(user)
    return [ref.id for ref in snapshot.structures_with(plugin_id) if ids is None or ref.id in ids]
