"""What the demonstration's youths said of their interviews: most are happy, some say why, one or two were not."""

from collections.abc import Sequence
from random import Random

from core.demo.appointments import Meeting
from core.demo.rows import insert
from core.interviews.feedback import answer_id
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
