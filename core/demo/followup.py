"""After the demonstration's interviews: boxes that were ticked, words that were written back, and where the youths are a month later."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from core.demo.appointments import Meeting
from core.demo.rows import demo_id, insert
from core.interviews.roadmap import read_roadmap
from core.platform import Platform

_ANSWERS, _SHARES = ("left", "applied", "changed", "help"), (24, 44, 17, 15)
_SAID = {
    "left": ("Je pars le mois prochain !",),
    "applied": ("Dossier envoyé, j’attends la réponse.", "Candidature faite avec ma prof."),
    "changed": ("Finalement je termine mon année d’abord.",),
    "help": ("Je ne comprends pas quel formulaire remplir.", "Ma candidature est refusée, que faire ?"),
}  # fmt: skip
_THREADS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("youth", "Bonjour, j’ai trouvé deux associations. Laquelle me conseillez-vous ?"),),
    (
        ("youth", "La date limite est-elle bien à la fin du mois ?"),
        ("staff", "Oui, et le dossier se remplit en ligne. Relisez-le à deux avant de l’envoyer."),
        ("youth", "Merci ! C’est parti, je vous tiens au courant."),
    ),
    (
        ("youth", "J’ai été prise en service civique à Lisbonne !"),
        ("staff", "Bravo ! Racontez-nous le départ quand vous y serez."),
    ),
)
_TICKED, _TALKED = 12, 9
"""How many of the latest roadmaps have ticked boxes, and how many of them a thread."""


async def write_followup(platform: Platform, meetings: Sequence[Meeting]) -> None:
    """Half of the answers a month later, and for the latest roadmaps some boxes and some words."""
    chance = Random(30)  # noqa: S311 - the same demonstration each time, no secret
    now = platform.clock.now()
    held = sorted((m for m in meetings if m.status == "honoured"), key=lambda m: m.starts_at)
    answers = list(_check_ins(held, chance, now))
    await insert(platform.db, "check_in", answers)
    latest = [m for m in held if m.ends_at + timedelta(days=1) < now][-_TICKED:]
    await insert(
        platform.db, "roadmap_tick", [r for m in latest for r in await _ticks(platform, m)]
    )
    helped = [row["appointment"] for row in answers if row["answer"] == "help"]
    waiting = {row["appointment"]: row["answered_at"] for row in answers if row["answer"] == "help"}
    talked = {m.appointment_id: list(_words(m, place)) for place, m in enumerate(latest[:_TALKED])}
    rows = [_thread(id_, words, None) for id_, words in talked.items()]
    rows += [_thread(id_, [], waiting[id_]) for id_ in helped[-3:] if id_ not in talked]
    await insert(platform.db, "follow_up", rows)
    await insert(platform.db, "follow_up_message", [w for words in talked.values() for w in words])


def _check_ins(held: Sequence[Meeting], chance: Random, now: datetime) -> Iterator[dict[str, Any]]:
    for meeting in held:
        answered_at = meeting.ends_at + timedelta(days=30, hours=chance.randint(2, 60))
        if answered_at > now or chance.random() < 0.45:
            continue
        answer = chance.choices(_ANSWERS, _SHARES)[0]
        yield {
            "appointment": meeting.appointment_id,
            "answer": answer,
            "words": chance.choice(_SAID[answer]) if chance.random() < 0.4 else "",
            "answered_at": answered_at,
        }


async def _ticks(platform: Platform, meeting: Meeting) -> list[dict[str, Any]]:
    """The first box of a roadmap."""
    roadmap = await read_roadmap(platform, meeting.appointment_id)
    return [
        {
            "appointment": meeting.appointment_id,
            "task": task.key,
            "ticked_at": meeting.ends_at + timedelta(hours=20),
        }
        for task in (roadmap.tasks[:1] if roadmap else ())
    ]


def _words(meeting: Meeting, place: int) -> Iterator[dict[str, Any]]:
    """A thread as if it had been written in the hours after the interview."""
    for number, (author, words) in enumerate(_THREADS[place % len(_THREADS)]):
        yield {
            "id": demo_id("follow_up", f"{meeting.number}:{number}"),
            "appointment": meeting.appointment_id,
            "author": author,
            "account": demo_id("account", meeting.host.person.first_name)
            if author == "staff"
            else None,
            "words": words,
            "written_at": meeting.ends_at + timedelta(hours=1 + number),
        }


def _thread(
    appointment_id: Any, words: Sequence[dict[str, Any]], waiting_since: datetime | None
) -> dict[str, Any]:
    """How it stands: who spoke last decides whether the youth waits."""
    answered = [word["written_at"] for word in words if word["author"] == "staff"]
    if words and words[-1]["author"] == "youth":
        waiting_since = words[-1]["written_at"]
    return {
        "appointment": appointment_id,
        "waiting_since": waiting_since,
        "answered_at": answered[-1] if answered else None,
        "closed_at": None,
    }
