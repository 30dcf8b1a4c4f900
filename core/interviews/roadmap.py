"""The roadmap: what the youth leaves with. What was sent is what is read: later edits show once they are sent too."""

from datetime import datetime
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.catalogue import service as catalogue
from core.catalogue.reasons import worded
from core.contracts.events import RoadmapSent
from core.contracts.matching import Programme, Reason, Verdict
from core.errors import Refused
from core.extension.events import emit
from core.interviews import kept, service
from core.interviews.tables import Interview
from core.interviews.tasks import Task, tasks_of
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One kept sheet as it is stored: the sheet by id and version, the advisor's words, the verdict at that time."""

    programme: str
    version: int
    word: str = ""
    next_step: str = ""
    verdict: Verdict | None = None


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """A roadmap as it is stored."""

    advisor_word: str = ""
    items: tuple[Item, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One kept sheet as it is read, at the version that was kept."""

    programme: Programme
    word: str
    next_step: str
    reasons: tuple[Reason, ...]
    to_check: tuple[Reason, ...]
    tasks: tuple[Task, ...]


class Roadmap(msgspec.Struct, frozen=True, kw_only=True):
    """A roadmap as it is read. `number` counts the sendings; 0 and no date while it is a draft."""

    advisor_word: str
    steps: tuple[Step, ...]
    number: int = 0
    sent_at: datetime | None = None

    @property
    def programmes(self) -> tuple[Programme, ...]:
        """The kept sheets, in the advisor's order."""
        return tuple(step.programme for step in self.steps)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Every box, in order."""
        return tuple(task for step in self.steps for task in step.tasks)


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """One sending of the roadmap."""

    number: int
    sent_at: datetime
    content: Content


async def draft_roadmap(platform: Platform, appointment_id: UUID) -> Roadmap:
    """The roadmap as it would leave now. Raises `NotFound`."""
    return await _read(platform, await _content(platform, appointment_id))


async def read_roadmap(platform: Platform, appointment_id: UUID) -> Roadmap | None:
    """The roadmap that was sent last, or None before the first sending."""
    sendings = await list_sendings(platform, appointment_id)
    if not sendings:
        return None
    last = sendings[-1]
    roadmap = await _read(platform, last.content)
    return msgspec.structs.replace(roadmap, number=last.number, sent_at=last.sent_at)


async def list_sendings(platform: Platform, appointment_id: UUID) -> list[Sending]:
    """Every sending, the first one first."""
    return await platform.db.structs(
        Sending,
        "SELECT number, sent_at, content FROM roadmap WHERE appointment = $1 ORDER BY number",
        appointment_id,
    )


async def is_up_to_date(platform: Platform, appointment_id: UUID, last: Sending) -> bool:
    """Whether the last sending says all that the file says now."""
    return last.content == await _content(platform, appointment_id)


async def send_roadmap(platform: Platform, user: CurrentUser, appointment_id: UUID) -> None:
    """Lets the youth read the roadmap and has them told. May be done again after edits.

    Raises `NotFound`, or `Refused` when the interview was not held or there is nothing to send.
    """
    async with platform.db.atomic():
        await service.lock(platform, appointment_id)
        interview = await service.open_to_write(platform, user, appointment_id)
        if not interview.sendable:
            raise Refused(
                _("La feuille de route part après l’entretien : indiquez d’abord qu’il est honoré.")
            )
        if await _content(platform, appointment_id) == Content():
            raise Refused(_("La feuille de route est vide : gardez une fiche ou écrivez un mot."))
        now = platform.clock.now()
        number = await store_sending(platform, appointment_id, now, user.account_id)
        await audit.record(
            platform,
            user,
            "interview.roadmap_sent",
            structure_id=interview.structure_id,
            target=str(appointment_id),
            detail={"number": number},
        )
        await emit(
            platform,
            RoadmapSent(structure_id=interview.structure_id, at=now, appointment_id=appointment_id),
        )


async def store_sending(
    platform: Platform, appointment_id: UUID, sent_at: datetime, author: UUID | None
) -> int:
    """Keeps the roadmap as it is now as the one that was sent, and returns its number. Tells nobody."""
    number: int = await platform.db.fetch_value(
        "INSERT INTO roadmap (appointment, number, content, sent_at, author)"
        " SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4 FROM roadmap WHERE appointment = $1"
        " RETURNING number",
        appointment_id,
        await _content(platform, appointment_id),
        sent_at,
        author,
    )
    await Interview.update({Interview.roadmap_sent_at: sent_at}).where(
        Interview.appointment == appointment_id
    )
    return number


async def _content(platform: Platform, appointment_id: UUID) -> Content:
    interview = await service.read_interview(platform, appointment_id)
    return Content(
        advisor_word=interview.advisor_word,
        items=tuple(
            Item(
                programme=sheet.programme,
                version=sheet.version,
                word=sheet.word,
                next_step=sheet.next_step,
                verdict=sheet.verdict,
            )
            for sheet in await kept.list_kept(platform, appointment_id)
            if sheet.state == "kept"
        ),
    )


async def _read(platform: Platform, content: Content) -> Roadmap:
    steps = []
    for item in content.items:
        reasons = item.verdict.reasons if item.verdict else ()
        steps.append(
            Step(
                programme=await catalogue.read_programme(platform, item.programme, item.version),
                word=item.word,
                next_step=item.next_step,
                reasons=tuple(worded(r) for r in reasons if r.tone == "for"),
                to_check=tuple(worded(r) for r in reasons if r.tone == "to_check"),
                tasks=tasks_of(item.programme, item.next_step),
            )
        )
    return Roadmap(advisor_word=content.advisor_word, steps=tuple(steps))
