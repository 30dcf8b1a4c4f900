"""A word on how it went: given by the youth's link, kept without anything that leads to them.

The id of an answer is made from the appointment under the platform's key: the same person may change their answer, and who reads
the database alone cannot tell whose it is.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.clock import local_date
from core.contracts.booking import AppointmentView
from core.contracts.context import PluginContext
from core.contracts.personal import Holding, Traces
from core.errors import Refused
from core.platform import Platform, platform_behind
from core.web.i18n import _

Mood = Literal[1, 2, 3, 4]
"""From « pas du tout » to « très bien »."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was said."""

    mood: Mood
    words: Annotated[str, Meta(max_length=1000)] = ""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Answers of a period: how many, and how many of each mood, the happiest last."""

    total: int
    moods: tuple[int, int, int, int]

    @property
    def happy(self) -> int:
        """The share of the two happier moods, in per cent."""
        return round(100 * (self.moods[2] + self.moods[3]) / self.total) if self.total else 0


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Words that somebody left, with the mood and the month of the interview: no name, no day, no advisor."""

    month: date
    structure: str
    mood: Mood
    words: str


async def given(platform: Platform, appointment_ids: Collection[UUID]) -> set[UUID]:
    """Those of the appointments whose youth said how it went."""
    keys = {
        answer_id(platform, appointment_id): appointment_id for appointment_id in appointment_ids
    }
    rows = await platform.db.fetch(
        "SELECT id FROM appointment_feedback WHERE id = ANY($1::uuid[])", list(keys)
    )
    return {keys[row["id"]] for row in rows}


async def read_answer(platform: Platform, appointment_id: UUID) -> Answer | None:
    """What the youth said, if they did."""
    return await platform.db.struct(
        Answer,
        "SELECT mood, words FROM appointment_feedback WHERE id = $1",
        answer_id(platform, appointment_id),
    )


async def say(platform: Platform, appointment: AppointmentView, answer: Answer) -> None:
    """Keeps the answer, in the place of an earlier one. Raises `Refused` for an interview that was not held."""
    if appointment.status != "honoured":
        raise Refused(
            _("Cet entretien n’a pas encore eu lieu : revenez ensuite, votre avis compte.")
        )
    day = local_date(appointment.starts_at, platform.zone)
    await platform.db.execute(
        "INSERT INTO appointment_feedback (id, structure, channel, month, mood, words)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET mood = excluded.mood, words = excluded.words",
        answer_id(platform, appointment.id),
        appointment.structure.id,
        appointment.channel,
        day.replace(day=1),
        answer.mood,
        answer.words,
    )


async def read_figures(platform: Platform, since: date) -> Figures:
    """The answers of the region about interviews held in the month of `since` or later."""
    row = await platform.db.fetch_one(
        "SELECT count(*) AS total, count(*) FILTER (WHERE mood = 1) AS one, count(*) FILTER (WHERE mood = 2) AS two,"
        " count(*) FILTER (WHERE mood = 3) AS three, count(*) FILTER (WHERE mood = 4) AS four"
        " FROM appointment_feedback WHERE month >= $1",
        since.replace(day=1),
    )
    assert row is not None
    return Figures(total=row["total"], moods=(row["one"], row["two"], row["three"], row["four"]))


async def list_words(platform: Platform, since: date, limit: int = 60) -> list[Said]:
    """The words that were left, the latest months first; within a month in no order that could tell when."""
    return await platform.db.structs(
        Said,
        "SELECT f.month, s.name AS structure, f.mood, f.words FROM appointment_feedback f"
        " JOIN structure s ON s.id = f.structure WHERE f.month >= $1 AND f.words <> ''"
        " ORDER BY f.month DESC, f.id LIMIT $2",
        since.replace(day=1),
        limit,
    )


def answer_id(platform: Platform, appointment_id: UUID) -> UUID:
    """The id of the answer about an appointment: the same each time, and made by nobody without the platform's key."""
    return UUID(hex=platform.keys.derive(f"feedback:{appointment_id}")[:32])


class SaidWords:
    """The words that a youth left, when they go."""

    key = "core:feedback"

    async def erase(self, context: PluginContext, traces: Traces) -> None:
        """Removes the words about these appointments; the moods say nothing of who they are, and stay."""
        platform = platform_behind(context)
        await platform.db.execute(
            "UPDATE appointment_feedback SET words = '' WHERE id = ANY($1::uuid[])",
            [answer_id(platform, appointment_id) for appointment_id in traces.appointment_ids],
        )

    async def export(self, context: PluginContext, traces: Traces) -> Sequence[Holding]:
        """What they said."""
        platform = platform_behind(context)
        said = [
            await read_answer(platform, appointment_id) for appointment_id in traces.appointment_ids
        ]
        return [
            Holding(
                title=_("Votre avis sur l’entretien"),
                lines=((_("Note"), f"{one.mood}/4"), (_("Votre mot"), one.words)),
                data=one,
            )
            for one in said
            if one is not None
        ]
