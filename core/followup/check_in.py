"""« Où en êtes-vous ? », a month after the interview: one press by the link, a word if they like. The last answer counts."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.contracts.booking import AppointmentView
from core.contracts.events import FollowUpWritten
from core.errors import Refused
from core.extension.events import emit
from core.followup.thread import wait_for_answer
from core.interviews import service as interviews
from core.platform import Platform
from core.web.i18n import _

Where = Literal["left", "applied", "changed", "help"]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Where the youth is with it, and a word for the advisor."""

    answer: Where
    words: Annotated[str, Meta(max_length=1000)] = ""


class CheckIn(Answer, frozen=True, kw_only=True):
    """An answer that was given, and when."""

    answered_at: datetime


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Answers about interviews of a period: how many, of how many interviews held more than a month ago."""

    held: int
    left: int
    applied: int
    changed: int
    help: int

    @property
    def total(self) -> int:
        """Every answer."""
        return self.left + self.applied + self.changed + self.help

    @property
    def moving(self) -> int:
        """The share of those who left or applied, in per cent of the answers."""
        return round(100 * (self.left + self.applied) / self.total) if self.total else 0

    def count(self, where: Where) -> int:
        """How many gave this answer."""
        number: int = getattr(self, where)
        return number


def labels() -> dict[Where, str]:
    """The four answers, as the youth says them."""
    return {
        "left": _("Je suis parti·e, ou c’est sûr"),
        "applied": _("J’ai candidaté"),
        "changed": _("J’ai changé d’idée"),
        "help": _("J’ai besoin d’aide"),
    }


async def read_check_in(platform: Platform, appointment_id: UUID) -> CheckIn | None:
    """What the youth said last, if they did."""
    return await platform.db.struct(
        CheckIn,
        "SELECT answer, words, answered_at FROM check_in WHERE appointment = $1",
        appointment_id,
    )


async def say(platform: Platform, view: AppointmentView, answer: Answer) -> None:
    """Keeps the answer in the place of an earlier one. Who needs help waits for the advisor, who is told.

    Raises `Refused` for an interview that was not held.
    """
    if view.status != "honoured":
        raise Refused(_("Revenez nous dire où vous en êtes une fois l’entretien passé."))
    now = platform.clock.now()
    async with platform.db.atomic():
        await interviews.lock(platform, view.id)
        before = await read_check_in(platform, view.id)
        await platform.db.execute(
            "INSERT INTO check_in (appointment, answer, words, answered_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (appointment) DO UPDATE SET answer = $2, words = $3, answered_at = $4",
            view.id,
            answer.answer,
            answer.words,
            now,
        )
        again = before is not None and (before.answer, before.words) == (
            answer.answer,
            answer.words,
        )
        if answer.answer == "help" and not again:
            await wait_for_answer(platform, view.id)
            await emit(
                platform,
                FollowUpWritten(structure_id=view.structure.id, at=now, appointment_id=view.id),
            )


async def read_figures(platform: Platform, since: date, until: date) -> Figures:
    """The answers of the region about interviews held in [since, until)."""
    row = await platform.db.struct(
        Figures,
        """
        SELECT count(*) AS held, count(*) FILTER (WHERE c.answer = 'left') AS left,
            count(*) FILTER (WHERE c.answer = 'applied') AS applied,
            count(*) FILTER (WHERE c.answer = 'changed') AS changed, count(*) FILTER (WHERE c.answer = 'help') AS help
        FROM appointment_figures f LEFT JOIN check_in c ON c.appointment = f.appointment
        WHERE f.status = 'honoured' AND f.starts_on >= $1 AND f.starts_on < $2
        """,
        since,
        until,
    )
    assert row is not None
    return row
