"""The thread of an interview: the youth writes back by their link, the structure answers, until it closes the thread.

Lock order: the appointment, then its thread.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

import msgspec
from msgspec import Meta

from core.accounts.access import CurrentUser
from core.contracts.booking import AppointmentView
from core.contracts.events import FollowUpWritten
from core.errors import NotFound, Refused
from core.extension.events import emit
from core.interviews import service as interviews
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _

LONGEST = 2000
Words = Annotated[str, Meta(min_length=1, max_length=LONGEST)]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One word of the thread. `name` is whoever wrote it for the structure; empty for the youth."""

    id: UUID
    author: Literal["youth", "staff"]
    name: str
    words: str
    written_at: datetime


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """The thread as it stands, the first word first; empty and open while nobody wrote."""

    appointment_id: UUID
    waiting_since: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    messages: tuple[Message, ...] = ()


async def read_thread(platform: Platform, appointment_id: UUID) -> Thread:
    """The thread of an appointment, whoever asks."""
    thread = await platform.db.struct(
        Thread,
        "SELECT appointment AS appointment_id, waiting_since, answered_at, closed_at FROM follow_up WHERE appointment = $1",
        appointment_id,
    )
    if thread is None:
        return Thread(appointment_id=appointment_id)
    messages = await platform.db.structs(
        Message,
        "SELECT m.id, m.author, coalesce(c.name, '') AS name, m.words, m.written_at FROM follow_up_message m"
        " LEFT JOIN account c ON c.id = m.account WHERE m.appointment = $1 ORDER BY m.written_at, m.id",
        appointment_id,
    )
    return msgspec.structs.replace(thread, messages=tuple(messages))


async def write(platform: Platform, view: AppointmentView, words: str) -> None:
    """Adds a word of the youth's; the structure is told. Raises `Refused` before the interview was held, or once closed."""
    if view.status != "honoured":
        raise Refused(
            _(
                "Vous pourrez écrire ici après l’entretien. D’ici là, la structure répond au téléphone."
            )
        )
    async with platform.db.atomic():
        await interviews.lock(platform, view.id)
        thread = await read_thread(platform, view.id)
        if thread.closed_at is not None:
            raise Refused(
                _("Cet échange est terminé. Pour en reparler, reprenez rendez-vous."),
                field="words",
            )
        if _is_again(thread, "youth", words):
            return
        await wait_for_answer(platform, view.id)
        await _add(platform, view.id, "youth", None, words)
        await _tell(platform, view.structure.id, view.id)


async def wait_for_answer(platform: Platform, appointment_id: UUID) -> None:
    """From now on the youth waits for an answer, if they did not already; a closed thread opens again."""
    await platform.db.execute(
        "INSERT INTO follow_up (appointment, waiting_since) VALUES ($1, $2) ON CONFLICT (appointment) DO UPDATE"
        " SET waiting_since = coalesce(follow_up.waiting_since, excluded.waiting_since), closed_at = NULL",
        appointment_id,
        platform.clock.now(),
    )


async def open_thread(platform: Platform, user: CurrentUser, appointment_id: UUID) -> Thread:
    """The thread, for who may answer it: the appointment's advisor and the managers of its structure, and nobody else.

    The opening leaves the same trace as that of the interview's file. Raises `NotFound`.
    """
    await _admit(platform, user, appointment_id)
    return await read_thread(platform, appointment_id)


async def answer(platform: Platform, user: CurrentUser, appointment_id: UUID, words: str) -> None:
    """Adds a word of the structure's; the youth is told, and waits no more. Raises `NotFound`, or `Refused` once closed."""
    async with platform.db.atomic():
        await interviews.lock(platform, appointment_id)
        structure_id = await _admit(platform, user, appointment_id)
        thread = await read_thread(platform, appointment_id)
        if thread.closed_at is not None:
            raise Refused(_("Cet échange est clos : rouvrez-le pour répondre."), field="words")
        if _is_again(thread, "staff", words):
            return
        now = platform.clock.now()
        await platform.db.execute(
            "INSERT INTO follow_up (appointment, answered_at) VALUES ($1, $2) ON CONFLICT (appointment) DO UPDATE"
            " SET waiting_since = NULL, answered_at = excluded.answered_at",
            appointment_id,
            now,
        )
        await _add(platform, appointment_id, "staff", user.account_id, words)
        await _trace(platform, user, structure_id, appointment_id, "answered")
        await _tell(platform, structure_id, appointment_id)


async def close(platform: Platform, user: CurrentUser, appointment_id: UUID) -> None:
    """Ends the thread: nothing waits any more, and the youth writes no more. Raises `NotFound`."""
    async with platform.db.atomic():
        await interviews.lock(platform, appointment_id)
        structure_id = await _admit(platform, user, appointment_id)
        closed = await platform.db.execute(
            "INSERT INTO follow_up (appointment, closed_at) VALUES ($1, $2) ON CONFLICT (appointment) DO UPDATE"
            " SET waiting_since = NULL, closed_at = $2 WHERE follow_up.closed_at IS NULL",
            appointment_id,
            platform.clock.now(),
        )
        if closed:
            await _trace(platform, user, structure_id, appointment_id, "closed")
            await _tell(platform, structure_id, appointment_id)


async def reopen(platform: Platform, user: CurrentUser, appointment_id: UUID) -> None:
    """Lets the youth write again. Raises `NotFound`."""
    async with platform.db.atomic():
        await interviews.lock(platform, appointment_id)
        structure_id = await _admit(platform, user, appointment_id)
        opened = await platform.db.execute(
            "UPDATE follow_up SET closed_at = NULL WHERE appointment = $1 AND closed_at IS NOT NULL",
            appointment_id,
        )
        if opened:
            await _trace(platform, user, structure_id, appointment_id, "reopened")


async def _admit(platform: Platform, user: CurrentUser, appointment_id: UUID) -> UUID:
    """The structure of an appointment whose thread the user may open. The coordination may not: these are private words."""
    interview = await interviews.read_interview(platform, appointment_id)
    if not any(m.structure_id == interview.structure_id for m in user.memberships):
        raise NotFound("a thread of another structure")
    await interviews.open_to_write(platform, user, appointment_id)
    return interview.structure_id


def _is_again(thread: Thread, author: str, words: str) -> bool:
    """Whether the latest word says just this: a form sent twice is one message."""
    last = thread.messages[-1] if thread.messages else None
    return last is not None and (last.author, last.words) == (author, words)


async def _add(
    platform: Platform, appointment_id: UUID, author: str, account_id: UUID | None, words: str
) -> None:
    await platform.db.execute(
        "INSERT INTO follow_up_message (id, appointment, author, account, words, written_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        uuid4(),
        appointment_id,
        author,
        account_id,
        words,
        platform.clock.now(),
    )


async def _trace(
    platform: Platform, user: CurrentUser, structure_id: UUID, appointment_id: UUID, deed: str
) -> None:
    await audit.record(
        platform, user, f"follow_up.{deed}", structure_id=structure_id, target=str(appointment_id)
    )


async def _tell(platform: Platform, structure_id: UUID, appointment_id: UUID) -> None:
    """Whoever is to be told of it follows from how the thread stands."""
    await emit(
        platform,
        FollowUpWritten(
            structure_id=structure_id, at=platform.clock.now(), appointment_id=appointment_id
        ),
    )
