"""The demonstration: reference data, then a lively network of invented people around the real places. Loaded once."""

from collections.abc import Callable
from datetime import datetime

from core.agenda import service as agenda
from core.booking.channels import PrepareMeeting
from core.catalogue.service import load_programmes
from core.contracts.events import AppointmentBooked
from core.demo.afterwards import write_digests, write_feedback
from core.demo.appointments import Meeting, draw, write_meetings
from core.demo.followup import write_followup
from core.demo.interviews import write_interviews
from core.demo.referrals import write_referrals
from core.demo.sheets import write_sheets
from core.demo.staff import write_network
from core.network.communes import load_communes
from core.network.service import load_structures
from core.notices import service as notices
from core.platform import Platform
from core.storage import outbox


async def prepare(platform: Platform, progress: Callable[[str], None]) -> None:
    """Loads what is missing of the reference data, and the demonstration where there is none: all of it or nothing.

    `progress` is told, in French, what is going on. Everything is laid around the present day.
    """
    progress("Communes, structures et fiches…")
    await load_communes(platform)
    await load_structures(platform)
    await load_programmes(platform)
    if await platform.db.fetch_value("SELECT EXISTS (SELECT FROM account WHERE is_demo)"):
        return
    now = platform.clock.now()
    async with platform.db.atomic():
        progress("Conseillers et conseillères, plages et absences…")
        hosts = await write_network(platform, now.astimezone(platform.zone).date())
        progress("Rendez-vous des dix dernières semaines et des quatre à venir…")
        meetings = draw(platform, hosts, await _communes(platform), now)
        await write_meetings(platform, meetings)
        await write_referrals(platform, meetings, now)
        progress("Entretiens et feuilles de route…")
        await write_interviews(platform, meetings)
        await write_feedback(platform, meetings)
        await write_followup(platform, meetings)
        await write_digests(platform, hosts)
        await write_sheets(platform)
        await _settle_notices(platform)
        await _prepare_meetings(platform, meetings, now)
    progress("Créneaux…")
    await agenda.refresh_all(platform)
    await _settle_notices(platform)  # what is told to staff depends on the slots
    # Until the server counts by itself, in a minute or so, it would take tables for empty and read them whole.
    await platform.db.execute("ANALYZE")


async def _communes(platform: Platform) -> dict[str, list[str]]:
    rows = await platform.db.fetch(
        "SELECT department, array_agg(insee ORDER BY population DESC) AS codes FROM commune GROUP BY department"
    )
    return {row["department"]: row["codes"] for row in rows}


async def _settle_notices(platform: Platform) -> None:
    """What is due now about seeded rows is planned as usual, then settled at once: nobody is written to."""
    await notices.plan_all(platform)
    await platform.db.execute(
        "UPDATE receipt SET state = 'kept', detail = $1, done_at = $2 WHERE state = 'due'",
        "Démonstration : rien n’est parti",
        platform.clock.now(),
    )


async def _prepare_meetings(platform: Platform, meetings: list[Meeting], now: datetime) -> None:
    """Asks the channels for the links of the coming interviews, the way a booking does, and nothing else."""
    for meeting in meetings:
        if meeting.status == "booked" and meeting.ends_at > now:
            event = AppointmentBooked(
                structure_id=meeting.host.structure_id,
                at=now,
                appointment_id=meeting.appointment_id,
            )
            await outbox.append(platform.db, event, [PrepareMeeting.key])
