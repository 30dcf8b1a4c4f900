"""What the demonstration's youths said of their interviews, and what its advisors were told of last week: nothing left."""

from collections.abc import Sequence
from datetime import time, timedelta
from random import Random

from core.agenda.recurrence import instant
from core.demo.appointments import Meeting
from core.demo.rows import demo_id, insert
from core.demo.staff import Host
from core.interviews.feedback import answer_id
from core.notices.weekly import iso_week, monday_of
from core.platform import Platform

_MOODS, _SHARES = (4, 3, 2, 1), (52, 34, 10, 4)
_WORDS = {
    4: (
        "On m’a vraiment écouté·e, je repars avec deux pistes.",
        "Je ne savais pas que j’avais droit à une bourse. Merci !",
    ),
    3: ("Très clair. J’aurais aimé un exemple de lettre.",),
    2: ("Un peu rapide pour moi, mais la feuille de route aide.",),
    1: ("La visio a coupé deux fois.",),
}


async def write_feedback(platform: Platform, meetings: Sequence[Meeting]) -> None:
    """Two answers in five, about interviews that were held."""
    chance = Random(4)  # noqa: S311 - the same demonstration each time, no secret
    rows = []
    for meeting in meetings:
        if meeting.status != "honoured" or chance.random() > 0.4:
            continue
        mood = chance.choices(_MOODS, _SHARES)[0]
        month = meeting.starts_at.astimezone(platform.zone).date().replace(day=1)
        rows.append(
            {
                "id": answer_id(platform, meeting.appointment_id),
                "structure": meeting.host.structure_id,
                "channel": meeting.channel,
                "month": month,
                "mood": mood,
                "words": chance.choice(_WORDS[mood]) if chance.random() < 0.1 else "",
            }
        )
    await insert(platform.db, "appointment_feedback", rows)


async def write_digests(platform: Platform, hosts: Sequence[Host]) -> None:
    """Last Monday's summaries, kept and not sent, to whoever works already."""
    monday = monday_of(platform.clock.now(), platform.zone) - timedelta(days=7)
    morning = instant(monday, time(8), platform.zone)
    rows = [
        {
            "id": demo_id("digest", host.email),
            "account": demo_id("account", host.person.first_name),
            "kind": "week",
            "audience": "staff",
            "revision": iso_week(monday),
            "carrier": "notifications_email:email",
            "state": "kept",
            "recipient": host.email,
            "detail": "Démonstration : rien n’est parti",
            "attempts": 1,
            "due_at": morning,
            "created_at": morning,
            "done_at": morning,
        }
        for host in hosts
        if host.person.accepted
    ]
    await insert(platform.db, "receipt", rows)
