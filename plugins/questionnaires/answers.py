"""Answers, kept without anything that leads to who gave them: the key is made from the appointment under the platform's key.

The same person may change their answers; who reads the database alone cannot tell whose they are.
"""

from datetime import date
from uuid import UUID

import msgspec

from hookspecs import PluginContext

from .questions import Answers, Audience
from .versions import Version, read_version, stored

_PURPOSE = "questionnaires:answer"


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """Answers that were given, to the questions of their version."""

    version: UUID
    answers: dict[str, int | str]


def key_of(context: PluginContext, audience: Audience, appointment_id: UUID) -> str:
    """The key of the answers about an appointment: the same each time, and made by nobody without the platform's key."""
    return context.services.sign(_PURPOSE, f"{audience}:{appointment_id}")


async def read(
    context: PluginContext, audience: Audience, appointment_id: UUID
) -> tuple[Version, Answers] | None:
    """What was answered about an appointment, and to which questions; None before."""
    given = await context.services.database.struct(
        Given,
        "SELECT version, answers FROM questionnaires_answer WHERE key = $1",
        key_of(context, audience, appointment_id),
    )
    version = await read_version(context, given.version) if given else None
    return (version, given.answers) if given and version else None


async def save(
    context: PluginContext,
    version: Version,
    appointment_id: UUID,
    month: date,
    answers: Answers,
) -> None:
    """Keeps answers about an interview of the context's structure, in the place of earlier ones."""
    assert context.structure is not None
    await context.services.database.execute(
        "INSERT INTO questionnaires_answer (key, version, structure, month, answers) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (key) DO UPDATE SET version = excluded.version, answers = excluded.answers",
        key_of(context, version.audience, appointment_id),
        await stored(context, version),
        context.structure.id,
        month.replace(day=1),
        dict(answers),
    )
