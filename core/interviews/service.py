"""The file of an interview: who may open it, what the advisor writes in it, how it closes.

A file exists for every appointment; its row is made by the first who writes in it. Lock order: the appointment, then the
interview.
"""

from datetime import date, datetime
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.booking import service as booking
from core.contracts.matching import Profile, Project
from core.errors import Conflict, NotFound, Refused
from core.interviews import kept, private
from core.interviews.preparation import (
    Answers,
    Booking,
    opening_answers,
    unsure_fields,
    youth_fields,
)
from core.interviews.returning import Before, known_fields, read_before
from core.interviews.tables import Interview as InterviewTable
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _


class Interview(msgspec.Struct, frozen=True, kw_only=True):
    """The file of one appointment as it stands.

    `from_youth` names the fields that still say what the youth said, `unsure` those that the youth said not to know and nobody has filled
    since, `from_before` those that still say what the last file said;
    `may_write`, `private_note` are about the user who opened it.
    """

    appointment_id: UUID
    structure_id: UUID
    advisor_id: UUID
    status: str
    revision: int
    profile: Profile
    project: Project
    notes: str
    advisor_word: str
    prepared_at: datetime | None
    from_youth: frozenset[str]
    unsure: frozenset[str] = frozenset()
    outcome: str | None
    closed_at: datetime | None
    roadmap_sent_at: datetime | None
    follow_up_on: date | None = None
    before: Before | None = None
    from_before: frozenset[str] = frozenset()
    may_write: bool = False
    private_note: str = ""

    @property
    def answers(self) -> Answers:
        """Profile and project together."""
        return Answers(profile=self.profile, project=self.project)

    @property
    def sendable(self) -> bool:
        """Whether the interview was held, so that a roadmap may leave."""
        return self.outcome == "honoured"


class StaleFile(Conflict):
    """The file changed since it was read."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What the advisor's screen sends: the whole file, and the words beside the kept sheets (by sheet)."""

    profile: Profile
    project: Project
    notes: str = ""
    advisor_word: str = ""
    follow_up_on: date | None = None
    private_note: str = ""
    words: dict[str, kept.Words] = {}


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    appointment_id: UUID
    structure_id: UUID
    advisor_id: UUID
    status: str
    booking: Booking
    started: bool
    revision: int
    stored: Answers
    prepared: Answers | None
    prepared_at: datetime | None
    unsure: frozenset[str]
    notes: str
    advisor_word: str
    outcome: str | None
    closed_at: datetime | None
    roadmap_sent_at: datetime | None
    follow_up_on: date | None


async def read_interview(platform: Platform, appointment_id: UUID) -> Interview:
    """The file, whoever asks. Raises `NotFound`."""
    row = await platform.db.struct(
        _Row,
        """
        SELECT a.id AS appointment_id, a.structure AS structure_id, a.advisor AS advisor_id, a.status,
            jsonb_build_object('birth_date', y.birth_date, 'department', c.department, 'wish', a.wish) AS booking,
            i.appointment IS NOT NULL AS started, coalesce(i.revision, 0) AS revision,
            jsonb_build_object('profile', coalesce(i.profile, '{}'), 'project', coalesce(i.project, '{}')) AS stored,
            i.prepared, i.prepared_at, coalesce(i.unsure, '{}') AS unsure, coalesce(i.notes, '') AS notes, coalesce(i.advisor_word, '') AS advisor_word,
            i.outcome, i.closed_at, i.roadmap_sent_at, i.follow_up_on
        FROM appointment a JOIN youth y ON y.id = a.youth LEFT JOIN commune c ON c.insee = y.commune
        LEFT JOIN interview i ON i.appointment = a.id
        WHERE a.id = $1
        """,
        appointment_id,
    )
    if row is None:
        raise NotFound("no such appointment")
    before = await read_before(platform, appointment_id)
    told = opening_answers(row.booking, row.prepared)
    opening = opening_answers(row.booking, row.prepared, before.answers if before else None)
    stored = row.stored if row.started else opening
    from_youth = youth_fields(stored, told)
    return Interview(
        appointment_id=row.appointment_id,
        structure_id=row.structure_id,
        advisor_id=row.advisor_id,
        status=row.status,
        revision=row.revision,
        profile=stored.profile,
        project=stored.project,
        notes=row.notes,
        advisor_word=row.advisor_word,
        prepared_at=row.prepared_at,
        from_youth=from_youth,
        unsure=unsure_fields(stored, row.unsure),
        follow_up_on=row.follow_up_on,
        before=before,
        from_before=known_fields(before.answers, stored) - from_youth if before else frozenset(),
        outcome=row.outcome,
        closed_at=row.closed_at,
        roadmap_sent_at=row.roadmap_sent_at,
    )


async def open_interview(platform: Platform, user: CurrentUser, appointment_id: UUID) -> Interview:
    """The file, for a member of staff; each opening leaves a trace, one an hour and person.

    The appointment's advisor, while they work there, and the managers of its structure may write; the coordination may
    read. To anyone else it does not exist: raises `NotFound`.
    """
    interview = await read_interview(platform, appointment_id)
    own = interview.advisor_id == user.advisor_id and user.sees(interview.structure_id)
    writes = own or any(
        m.structure_id == interview.structure_id and m.role == "manager" for m in user.memberships
    )
    if not writes and not user.is_coordination:
        raise NotFound("this interview is another's")
    await audit.record_hourly(
        platform,
        user,
        "interview.opened",
        structure_id=interview.structure_id,
        target=str(appointment_id),
        detail={"may": "write" if writes else "read"},
    )
    note = await private.read_note(platform, user, appointment_id)
    return msgspec.structs.replace(interview, may_write=writes, private_note=note)


async def open_to_write(platform: Platform, user: CurrentUser, appointment_id: UUID) -> Interview:
    """The same, for who is about to write. Raises `NotFound`, or `Refused` for who may only read."""
    interview = await open_interview(platform, user, appointment_id)
    if not interview.may_write:
        raise Refused(_("Seule la structure peut écrire dans ce dossier : vous pouvez le lire."))
    return interview


async def save(
    platform: Platform, user: CurrentUser, appointment_id: UUID, revision: int, draft: Draft
) -> Interview:
    """Keeps the whole draft and returns the file with its new revision.

    Raises `StaleFile` when the file changed since `revision` (unless it already says the same: a save sent twice is one save);
    nothing is written then.
    """
    async with platform.db.atomic():
        await lock(platform, appointment_id)
        now = await open_to_write(platform, user, appointment_id)
        if await _says(platform, now, draft):
            return now
        if now.revision != revision:
            raise StaleFile(
                _(
                    "Ce dossier a changé entre-temps : un autre onglet, un·e collègue ou le ou la jeune y a écrit."
                    " Rien de ce que vous avez saisi n’est perdu."
                )
            )
        await platform.db.execute(
            "INSERT INTO interview (appointment, profile, project, notes, advisor_word, follow_up_on, revision)"
            " VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT (appointment) DO UPDATE SET profile = $2, project = $3,"
            " notes = $4, advisor_word = $5, follow_up_on = $6, revision = interview.revision + 1",
            appointment_id,
            draft.profile,
            draft.project,
            draft.notes,
            draft.advisor_word,
            draft.follow_up_on,
        )
        await private.write_note(platform, user, appointment_id, draft.private_note)
        await kept.write_words(platform, appointment_id, draft.words)
        return await open_interview(platform, user, appointment_id)


async def close(
    platform: Platform, user: CurrentUser, appointment_id: UUID, outcome: booking.Outcome
) -> None:
    """Closes the interview: held (`honoured`) or not (`no_show`). Raises what the booking refuses."""
    async with platform.db.atomic():
        await lock(platform, appointment_id)
        interview = await open_to_write(platform, user, appointment_id)
        await booking.close_appointment(platform, appointment_id, outcome, user)
        await start(platform, interview)
        await InterviewTable.update(
            {
                InterviewTable.outcome: outcome,
                InterviewTable.closed_at: platform.clock.now(),
            }
        ).where(InterviewTable.appointment == appointment_id)


async def take_back(platform: Platform, user: CurrentUser, appointment_id: UUID) -> None:
    """Takes back what was said of the interview: it is to be filled in again, the file as it was.

    Raises `Refused` once the roadmap was sent: that interview was held; `Conflict` for a cancelled appointment.
    """
    async with platform.db.atomic():
        await lock(platform, appointment_id)
        interview = await open_to_write(platform, user, appointment_id)
        if interview.roadmap_sent_at is not None:
            raise Refused(
                _(
                    "La feuille de route est partie : cet entretien a eu lieu. Vous pouvez seulement dire qu’il est honoré."
                )
            )
        await booking.reset_outcome(platform, appointment_id, user)
        await platform.db.execute(
            "UPDATE interview SET outcome = NULL, closed_at = NULL WHERE appointment = $1",
            appointment_id,
        )


async def start(platform: Platform, interview: Interview) -> None:
    """Makes the file's row when nobody has written in it yet, with what is known."""
    await platform.db.execute(
        "INSERT INTO interview (appointment, profile, project) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        interview.appointment_id,
        interview.profile,
        interview.project,
    )


async def lock(platform: Platform, appointment_id: UUID) -> None:
    """Serialises the writers of one file, the youth's preparation among them."""
    await platform.db.execute("SELECT 1 FROM appointment WHERE id = $1 FOR UPDATE", appointment_id)


async def _says(platform: Platform, interview: Interview, draft: Draft) -> bool:
    """Whether the file already says what the draft says."""
    words = {k.programme: k.words for k in await kept.list_kept(platform, interview.appointment_id)}
    return (
        (interview.profile, interview.project) == (draft.profile, draft.project)
        and (interview.notes, interview.advisor_word) == (draft.notes, draft.advisor_word)
        and (interview.follow_up_on, interview.private_note)
        == (draft.follow_up_on, draft.private_note)
        and all(words.get(id_) == said for id_, said in draft.words.items() if id_ in words)
    )
