"""The demonstration's closed interviews and roadmaps, with reasons computed by the structure's real strategy."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import msgspec

from core.contracts.matching import Need
from core.demo.appointments import Meeting
from core.demo.rows import insert
from core.demo.stories import as_json
from core.interviews.kept import ranked_sheets
from core.interviews.ranking import Ranking, rank
from core.interviews.roadmap import store_sending
from core.platform import Platform

LATEST, EVERY = 24, 8
"""Which interviews have a roadmap: the latest ones, and one of so many before: enough to see, quick to rank."""

_WORDS = (
    "Vous avez une idée claire : avancez une démarche par semaine et tout se mettra en place.",
    "Votre envie est là. Commencez par le niveau de langue, le reste suivra.",
    "Deux pistes solides et une plus audacieuse : gardez les trois jusqu’au printemps.",
    "Parlez-en autour de vous et revenez me voir avec vos questions, même petites.",
)
_NEXT_STEPS = (
    "Lire la fiche officielle et noter trois questions.",
    "Demander un rendez-vous au service des relations internationales.",
    "Préparer un CV en anglais et me l’envoyer.",
    "Vérifier les dates de dépôt et réunir les pièces.",
    "Écrire à deux anciens participants.",
)
_PRAISES = (
    "",
    "",
    "La piste la plus réaliste pour vous.",
    "Votre coup de cœur pendant l’entretien.",
)
_NOTES = (
    "Très motivé·e, à relancer dans un mois.",
    "Budget à consolider, penser aux aides régionales.",
    "Famille rassurée, deuxième entretien proposé.",
    "",
)


async def write_interviews(platform: Platform, meetings: Sequence[Meeting]) -> None:
    """Files for the closed appointments, prepared answers for some to come, roadmaps for the latest."""
    await _blend(platform)
    chance = Random(35)  # noqa: S311 - the same demonstration each time, no secret
    held = sorted(
        (meeting for meeting in meetings if meeting.status == "honoured"),
        key=lambda meeting: meeting.starts_at,
        reverse=True,
    )
    told = [*held[:LATEST], *held[LATEST::EVERY]]
    rankings = await _rank(platform, told)
    rows = []
    for meeting in meetings:
        if meeting.closed:
            rows.append(_closed(meeting, chance, rankings.get(meeting.number)))
        elif meeting.status == "booked" and chance.random() < 0.35:
            rows.append(_prepared(meeting))
    await insert(platform.db, "interview", rows)
    kept = [row for m in told for row in _kept(m, chance, rankings[m.number])]
    await insert(platform.db, "kept_programme", kept)
    await insert(platform.db, "interview_ranking", [_ranked(m, rankings[m.number]) for m in told])
    for row in rows:
        if row["roadmap_sent_at"] is not None:
            await store_sending(platform, row["appointment"], row["roadmap_sent_at"], None)


async def _blend(platform: Platform) -> None:
    """The regional centre ranks by rules and, a little, by the youths' own words."""
    await platform.db.execute(
        "UPDATE structure SET blend = $1 WHERE name LIKE 'Info Jeunes Nouvelle-Aquitaine%' AND status = 'active'",
        {"matching_rules:rules": 75, "matching_text:words": 25},
    )


async def _rank(platform: Platform, meetings: Sequence[Meeting]) -> dict[int, Ranking]:
    snapshot = await platform.plugins.current()
    rankings = {}
    for meeting in meetings:
        need = Need(
            profile=meeting.story.profile,
            project=meeting.story.project,
            today=meeting.starts_at.astimezone(platform.zone).date(),
        )
        rankings[meeting.number] = await rank(platform, snapshot, meeting.host.structure_id, need)
    return rankings


def _file(meeting: Meeting) -> dict[str, Any]:
    return {
        "appointment": meeting.appointment_id,
        "profile": as_json(meeting.story.profile),
        "project": as_json(meeting.story.project),
        "prepared": None,
        "prepared_at": None,
        "revision": 1,
        "notes": "",
        "advisor_word": "",
        "strategy": "",
        "fallback": False,
        "outcome": None,
        "closed_at": None,
        "roadmap_sent_at": None,
    }


def _closed(meeting: Meeting, chance: Random, ranking: Ranking | None) -> dict[str, Any]:
    closed_at = meeting.ends_at + timedelta(minutes=chance.randint(2, 15))
    row = {**_file(meeting), "outcome": meeting.status, "closed_at": closed_at}
    if meeting.status == "honoured":
        row["notes"] = chance.choice(_NOTES)
    if ranking is not None:
        row |= {
            "advisor_word": chance.choice(_WORDS),
            "strategy": ranking.strategy,
            "fallback": ranking.fallback,
            "roadmap_sent_at": closed_at,
        }
    return row


def _prepared(meeting: Meeting) -> dict[str, Any]:
    """What a youth wrote before the interview: who they are; the project is talked over."""
    row = _file(meeting)
    answers = {"profile": row["profile"], "project": row["project"]}
    return {
        **row,
        "prepared": answers,
        "prepared_at": meeting.created_at + timedelta(minutes=20),
    }


def _ranked(meeting: Meeting, ranking: Ranking) -> dict[str, Any]:
    return {
        "appointment": meeting.appointment_id,
        "made_at": meeting.ends_at - timedelta(minutes=10),
        "made_by": msgspec.to_builtins(ranking.parts),
        "fallback": ranking.fallback,
        "sheets": msgspec.to_builtins(ranked_sheets(ranking)),
    }


def _kept(meeting: Meeting, chance: Random, ranking: Ranking) -> Iterator[dict[str, Any]]:
    """The first that fit, and one set aside."""
    fitting = [verdict for verdict in ranking.verdicts if not verdict.excluded]
    count = chance.randint(2, 4)
    for position, verdict in enumerate(fitting[: count + 1], start=1):
        kept = position <= count
        yield {
            "appointment": meeting.appointment_id,
            "programme": verdict.programme_id,
            "version": ranking.programmes[verdict.programme_id].version,
            "state": "kept" if kept else "set_aside",
            "position": position,
            "word": chance.choice(_PRAISES) if kept else "",
            "next_step": chance.choice(_NEXT_STEPS) if kept else "",
            "verdict": msgspec.to_builtins(verdict),
            "strategy": ranking.strategy,
            "kept_at": meeting.ends_at - timedelta(minutes=10),
            "made_by": msgspec.to_builtins(ranking.parts),
            "place": position,
            "among": len(fitting),
        }
