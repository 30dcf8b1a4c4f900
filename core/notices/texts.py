"""The texts of messages: the default that a carrier declares, or the one that the coordination wrote instead; every version stays."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
import structlog

from core.accounts.access import CurrentUser
from core.contracts.messages import MessageTemplate, Written
from core.errors import Conflict, NotFound, SoMobiliteError
from core.notices.sandbox import RenderFault, faults, render
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _

log = structlog.get_logger("somobilite.notices")


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text in one language as it stands. `version` is 0 while nobody ever touched it; `is_broken`: it was rewritten, but can
    be used no more, and the default leaves instead.
    """

    plugin_id: str
    template: MessageTemplate
    locale: str
    source: Written
    version: int = 0
    is_default: bool = True
    is_broken: bool = False


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a text; without a body, a return to the default."""

    version: int
    author: str
    created_at: datetime
    subject: str
    body: str | None = None


async def list_texts(platform: Platform) -> list[Text]:
    """The texts of the plugins that are on somewhere, in every language, in the order in which they are declared. One query."""
    snapshot = await platform.plugins.current()
    rows = await platform.db.fetch(
        "SELECT DISTINCT ON (template, locale) template, locale, version, subject, body"
        " FROM message_template ORDER BY template, locale, version DESC"
    )
    stored = {(row["template"], row["locale"]): row for row in rows}
    return [
        _text(platform, key, locale, stored.get((key, locale)))
        for key, owned in platform.board.templates.items()
        if snapshot.on_somewhere(owned.plugin_id)
        for locale in owned.item.sources
    ]


async def open_text(platform: Platform, key: str, locale: str) -> Text:
    """One text, for who may rewrite it. Raises `NotFound`, also while its plugin is on nowhere."""
    text = await read_text(platform, key, locale)
    if not (await platform.plugins.current()).on_somewhere(text.plugin_id):
        raise NotFound("a template of a plugin that is off everywhere")
    return text


async def read_text(platform: Platform, key: str, locale: str) -> Text:
    """One text as it stands. Raises `NotFound` for a template or a language that no carrier has."""
    owned = platform.board.templates.get(key)
    if owned is None or locale not in owned.item.sources:
        raise NotFound("no such template")
    row = await platform.db.fetch_one(
        "SELECT version, subject, body FROM message_template WHERE template = $1 AND locale = $2"
        " ORDER BY version DESC LIMIT 1",
        key,
        locale,
    )
    return _text(platform, key, locale, row)


def _text(platform: Platform, key: str, locale: str, row: Mapping[str, Any] | None) -> Text:
    owned = platform.board.templates[key]
    template = owned.item
    text = Text(
        plugin_id=owned.plugin_id,
        template=template,
        locale=locale,
        source=template.sources[locale],
        version=row["version"] if row else 0,
    )
    if row is None or row["body"] is None:
        return text
    source = Written(subject=row["subject"], body=row["body"])
    wrong = faults(source.subject, template.variables) or faults(source.body, template.variables)
    return msgspec.structs.replace(text, source=source, is_default=False, is_broken=bool(wrong))


async def list_versions(platform: Platform, text: Text) -> list[Version]:
    """Every version of a text, the latest first."""
    return await platform.db.structs(
        Version,
        "SELECT t.version, coalesce(a.name, '') AS author, t.created_at, t.subject, t.body"
        " FROM message_template t LEFT JOIN account a ON a.id = t.author"
        " WHERE t.template = $1 AND t.locale = $2 ORDER BY t.version DESC",
        text.template.key,
        text.locale,
    )


async def save(platform: Platform, user: CurrentUser, text: Text, source: Written) -> None:
    """Puts a text that was checked in the place of the one that was read; the same again changes nothing.

    Raises `Conflict` when somebody else wrote one meanwhile.
    """
    if source != text.source:
        await _write(platform, user, text, source, "message_template.saved")


async def restore(platform: Platform, user: CurrentUser, text: Text) -> None:
    """Goes back to the default; what was written stays among the versions. Raises `Conflict`."""
    if not text.is_default:
        await _write(platform, user, text, None, "message_template.restored")


async def _write(
    platform: Platform, user: CurrentUser, text: Text, source: Written | None, deed: str
) -> None:
    key, version = text.template.key, text.version + 1
    try:
        async with platform.db.atomic():
            await platform.db.execute(
                "INSERT INTO message_template (template, locale, version, subject, body, author, created_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                key,
                text.locale,
                version,
                source.subject if source else "",
                source.body if source else None,
                user.account_id,
                platform.clock.now(),
            )
            detail = {"locale": text.locale, "version": version}
            await audit.record(platform, user, deed, target=key, detail=detail)
    except asyncpg.UniqueViolationError as error:
        raise Conflict(
            _(
                "Quelqu’un d’autre a changé ce texte entre-temps : le sien est affiché plus bas, le vôtre est resté ici."
            )
        ) from error


async def write_message(
    platform: Platform, key: str, values: Mapping[str, str], locale: str
) -> Written:
    """A message in words, by the text in force; one that cannot be used gives way to the default, for a message always leaves.

    Raises `SoMobiliteError` for a key that no carrier declared.
    """
    owned = platform.board.templates.get(key)
    if owned is None:
        raise SoMobiliteError(f"no template {key!r} is declared: see register_message_templates")
    sources = owned.item.sources
    text = await read_text(platform, key, locale if locale in sources else "fr")
    if not text.is_default:
        try:
            return fill(text.source, values)
        except RenderFault as fault:
            log.warning(
                "rewritten text unusable", template=key, locale=text.locale, problem=str(fault)
            )
    return fill(sources[text.locale], values)


def fill(source: Written, values: Mapping[str, str]) -> Written:
    """Both parts of a text with their values. Raises `RenderFault`."""
    return Written(subject=render(source.subject, values), body=render(source.body, values))
