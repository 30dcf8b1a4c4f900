"""Which questions are asked where: every version stays, so that what was answered can be read for ever."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from hookspecs import PluginContext

from .questions import Audience, Question, shipped

SHIPPED = 0


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """Published questions. `structure_id` is None for the region's; no `id`: those that travel with the plugin, not stored yet."""

    id: UUID | None
    structure_id: UUID | None
    audience: Audience
    version: int
    questions: tuple[Question, ...]
    author: str = ""
    published_at: datetime | None = None


_VERSIONS = """
    SELECT v.id, v.structure AS structure_id, v.audience, v.version, v.questions, coalesce(a.name, '') AS author,
        v.published_at
    FROM questionnaires_version v LEFT JOIN account a ON a.id = v.author
"""


async def latest(
    context: PluginContext, structure_id: UUID | None, audience: Audience
) -> Version | None:
    """The last version of a structure, or of the region; None when it never published any."""
    return await context.services.database.struct(
        Version,
        f"{_VERSIONS} WHERE v.structure IS NOT DISTINCT FROM $1 AND v.audience = $2 ORDER BY v.version DESC LIMIT 1",
        structure_id,
        audience,
    )


async def in_force(context: PluginContext, structure_id: UUID, audience: Audience) -> Version:
    """What is asked about an interview of a structure: its own questions, else the region's, else the shipped ones."""
    own = await latest(context, structure_id, audience)
    return own if own is not None and own.questions else await of_region(context, audience)


async def of_region(context: PluginContext, audience: Audience) -> Version:
    """What is asked where a structure has no questions of its own."""
    found = await latest(context, None, audience)
    return found or Version(
        id=None,
        structure_id=None,
        audience=audience,
        version=SHIPPED,
        questions=shipped(audience),
    )


async def list_versions(
    context: PluginContext, structure_id: UUID | None, audience: Audience
) -> Sequence[Version]:
    """Every version of a structure, or of the region, the latest first."""
    return await context.services.database.structs(
        Version,
        f"{_VERSIONS} WHERE v.structure IS NOT DISTINCT FROM $1 AND v.audience = $2 ORDER BY v.version DESC",
        structure_id,
        audience,
    )


async def read_version(context: PluginContext, version_id: UUID) -> Version | None:
    """One version by its id."""
    return await context.services.database.struct(
        Version, f"{_VERSIONS} WHERE v.id = $1", version_id
    )


async def publish(
    context: PluginContext,
    structure_id: UUID | None,
    audience: Audience,
    questions: Sequence[Question],
    account_id: UUID,
) -> None:
    """Puts questions in force; the same again changes nothing. None: a structure returns to the region's, the region asks nothing."""
    database = context.services.database
    async with database.atomic():
        # There may be no row yet to lock: whoever publishes at the same moment waits here.
        await database.execute("LOCK TABLE questionnaires_version IN SHARE ROW EXCLUSIVE MODE")
        before = await latest(context, structure_id, audience)
        if before is not None and before.questions == tuple(questions):
            return
        await _insert(
            context,
            structure_id,
            audience,
            questions,
            number=before.version + 1 if before else 1,
            author=account_id,
        )


async def stored(context: PluginContext, version: Version) -> UUID:
    """The id of a version; the shipped questions are stored when they are first answered."""
    if version.id is not None:
        return version.id
    await _insert(context, None, version.audience, version.questions, number=SHIPPED)
    found: UUID = await context.services.database.fetch_value(
        "SELECT id FROM questionnaires_version WHERE structure IS NULL AND audience = $1 AND version = $2",
        version.audience,
        SHIPPED,
    )
    return found


async def _insert(
    context: PluginContext,
    structure_id: UUID | None,
    audience: Audience,
    questions: Sequence[Question],
    *,
    number: int,
    author: UUID | None = None,
) -> None:
    await context.services.database.execute(
        "INSERT INTO questionnaires_version (id, structure, audience, version, questions, author, published_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        uuid4(),
        structure_id,
        audience,
        number,
        list(questions),
        author,
        context.now,
    )
