"""The rules as they were published, and the draft of the next ones. What is published is never changed: another version follows."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from hookspecs import Edition, NotFound, PluginContext, Refused, _
from plugins.matching_rules.rulebook import Rules, read_rules

SHIPPED = 0
"""The version of the rules that travel with the plugin."""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A published version: by whom, when and why. The shipped one has neither author nor date."""

    version: int
    rules: Rules
    note: str = ""
    author: str = ""
    published_at: datetime | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The rules being prepared; another `id` at each save, so that what is published is what was tried."""

    id: UUID
    rules: Rules
    author: str
    saved_at: datetime


_PUBLISHED = """
    SELECT v.version, v.rules, v.note, coalesce(a.name, '') AS author, v.published_at
    FROM matching_rules_version v LEFT JOIN account a ON a.id = v.author WHERE v.version IS NOT NULL
"""


def shipped() -> Version:
    """The rules that travel with the plugin."""
    return Version(version=SHIPPED, rules=read_rules())


async def in_force(context: PluginContext) -> Version:
    """The latest published version, or the shipped one."""
    found = await context.services.database.struct(
        Version, f"{_PUBLISHED} ORDER BY v.version DESC LIMIT 1"
    )
    return found or shipped()


async def read_edition(context: PluginContext) -> Edition:
    """The version in force, as the core keeps it with what was ranked."""
    version = await in_force(context)
    return Edition(version=str(version.version), rules=version.rules)


async def list_versions(context: PluginContext) -> Sequence[Version]:
    """Every version, the latest first, the shipped one last."""
    found = await context.services.database.structs(
        Version, f"{_PUBLISHED} ORDER BY v.version DESC"
    )
    return [*found, shipped()]


async def read_version(context: PluginContext, number: int) -> Version:
    """One version. Raises `NotFound`."""
    if number == SHIPPED:
        return shipped()
    found = await context.services.database.struct(
        Version, f"{_PUBLISHED} AND v.version = $1", number
    )
    if found is None:
        raise NotFound(f"no version {number}")
    return found


async def read_draft(context: PluginContext) -> Draft | None:
    """The draft, if there is one."""
    return await context.services.database.struct(
        Draft,
        "SELECT v.id, v.rules, coalesce(a.name, '') AS author, v.saved_at FROM matching_rules_version v"
        " LEFT JOIN account a ON a.id = v.author WHERE v.version IS NULL",
    )


async def save_draft(context: PluginContext, rules: Rules, account_id: UUID) -> None:
    """Keeps the draft, in place of the former one."""
    database = context.services.database
    async with database.atomic():
        await discard(context)
        await database.execute(
            "INSERT INTO matching_rules_version (id, rules, author, saved_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT ((true)) WHERE version IS NULL DO UPDATE SET id = excluded.id, rules = excluded.rules,"
            " author = excluded.author, saved_at = excluded.saved_at",
            uuid4(),
            rules,
            account_id,
            context.now,
        )


async def discard(context: PluginContext) -> None:
    """Forgets the draft."""
    await context.services.database.execute(
        "DELETE FROM matching_rules_version WHERE version IS NULL"
    )


async def publish(context: PluginContext, draft_id: UUID, note: str, account_id: UUID) -> int:
    """Makes the draft the version in force, and returns its number.

    Raises `Refused` when the draft is not the one that was tried: somebody saved or published meanwhile.
    """
    number: int | None = await context.services.database.fetch_value(
        "UPDATE matching_rules_version SET note = $2, author = $3, published_at = $4, version ="
        " (SELECT coalesce(max(version), 0) + 1 FROM matching_rules_version)"
        " WHERE id = $1 AND version IS NULL RETURNING version",
        draft_id,
        note,
        account_id,
        context.now,
    )
    if number is None:
        raise Refused(
            _("Ce brouillon a changé depuis l’essai : relisez ce que les règles changeraient.")
        )
    return number
