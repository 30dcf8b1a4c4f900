"""The journal of a sheet: who did what, when, with what word. The audit trail keeps the same deeds for the whole platform."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from core.accounts.access import CurrentUser
from core.catalogue.editing.labels import status_label
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _

Kind = Literal[
    "created", "edited", "submitted", "withdrawn", "sent_back", "commented", "approved", "published",
    "discarded", "restored", "imported", "verified", "assigned", "status",
]  # fmt: skip


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done. `who` is empty for the platform itself, or for somebody who is no longer known."""

    at: datetime
    kind: Kind
    who: str = ""
    version: int | None = None
    word: str = ""
    """What they said; of a change of status, the status."""


async def note(
    platform: Platform,
    user: CurrentUser | None,
    programme_id: str,
    kind: Kind,
    *,
    version: int | None = None,
    word: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Keeps a deed, in the transaction of the deed, in the journal and in the audit trail."""
    await platform.db.execute(
        "INSERT INTO programme_deed (programme, at, account, kind, version, word)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        programme_id,
        platform.clock.now(),
        user.account_id if user else None,
        kind,
        version,
        word,
    )
    if kind not in {"commented", "status"}:
        said = {"version": version} if version is not None else {}
        await audit.record(
            platform,
            user,
            f"programme.{kind}",
            target=programme_id,
            detail={**said, **(detail or {})},
        )


async def read_journal(platform: Platform, programme_id: str, most: int = 60) -> Sequence[Deed]:
    """The last deeds, newest first."""
    return await platform.db.structs(
        Deed,
        "SELECT d.at, d.kind, coalesce(a.name, '') AS who, d.version, d.word FROM programme_deed d"
        " LEFT JOIN account a ON a.id = d.account WHERE d.programme = $1 ORDER BY d.id DESC LIMIT $2",
        programme_id,
        most,
    )


def deed_label(deed: Deed) -> str:
    """What was done, in words."""
    words: Mapping[Kind, str] = {
        "created": _("a commencé la fiche"),
        "edited": _("a modifié le brouillon"),
        "submitted": _("a demandé une relecture"),
        "withdrawn": _("a repris le brouillon"),
        "sent_back": _("a renvoyé le brouillon"),
        "commented": _("a laissé un mot"),
        "approved": _("a approuvé le brouillon"),
        "published": _("a publié la version %(version)d") % {"version": deed.version or 0},
        "discarded": _("a abandonné le brouillon"),
        "restored": _("a repris la version %(version)d dans un brouillon")
        % {"version": deed.version or 0},
        "imported": _("a importé la fiche"),
        "verified": _("a confirmé que tout est exact"),
        "assigned": _("a changé la personne qui en répond"),
        "status": _("a passé la fiche à l’état « %(status)s »")
        % {"status": status_label(deed.word) if deed.kind == "status" else ""},
    }
    return words[deed.kind]
