"""The sheets that the advisor keeps for the youth, in order, each with a word and a next step; and those set aside."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from core.contracts.matching import Verdict
from core.errors import NotFound, Refused
from core.interviews.ranking import Ranking
from core.interviews.tables import Interview, KeptProgramme
from core.matching.asking import Part
from core.platform import Platform
from core.web.i18n import _


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What the advisor says of one sheet."""

    word: str = ""
    next_step: str = ""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet kept or set aside: its version and the verdict at that moment, by what, where it stood among how many, and the
    `current` version.
    """

    programme: str
    version: int
    title: str
    state: Literal["kept", "set_aside"]
    position: int
    word: str
    next_step: str
    verdict: Verdict | None
    strategy: str
    made_by: tuple[Part, ...] = ()
    place: int | None = None
    among: int | None = None
    current: int = 0

    @property
    def is_outdated(self) -> bool:
        """Whether the sheet was published anew since it was kept; the youth reads the version that was."""
        return self.current > self.version

    @property
    def words(self) -> Words:
        """What the advisor says of it."""
        return Words(word=self.word, next_step=self.next_step)


class RankedSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet in a ranking that is kept, at its version."""

    programme: str
    version: int
    score: float
    excluded: bool


async def list_kept(platform: Platform, appointment_id: UUID) -> list[Kept]:
    """The kept sheets in order, then those set aside."""
    return await platform.db.structs(
        Kept,
        """
        SELECT k.programme, k.version, v.facts ->> 'title_fr' AS title, k.state, k.position, k.word, k.next_step,
            k.verdict, k.strategy, k.made_by, k.place, k.among, p.version AS current
        FROM kept_programme k JOIN programme_version v ON v.programme = k.programme AND v.version = k.version
        JOIN programme p ON p.id = k.programme
        WHERE k.appointment = $1 ORDER BY k.state, k.position, k.kept_at
        """,
        appointment_id,
    )


async def put(
    platform: Platform,
    appointment_id: UUID,
    programme_id: str,
    state: Literal["kept", "set_aside"],
    ranking: Ranking,
) -> None:
    """Keeps a sheet or sets it aside, with its version and verdict in `ranking`. Again: the last word counts.

    The file must have its row. Raises `NotFound` for a sheet that was not ranked, `Refused` for keeping one that a
    hard rule excludes.
    """
    programme, verdict = ranking.programmes.get(programme_id), ranking.verdict(programme_id)
    if programme is None or verdict is None:
        raise NotFound("this sheet is not published")
    if state == "kept" and verdict.excluded:
        raise Refused(
            _(
                "Une règle exclut « %(title)s ». Si elle ne s’applique pas, corrigez d’abord le profil."
            )
            % {"title": programme.title_fr}
        )
    now = platform.clock.now()
    await platform.db.execute(
        """
        INSERT INTO kept_programme
            (appointment, programme, version, state, position, verdict, strategy, kept_at, made_by, place, among)
        SELECT $1, $2, $3, $4, coalesce(max(position), 0) + 1, $5, $6, $7, $8, $9, $10
        FROM kept_programme WHERE appointment = $1
        ON CONFLICT (appointment, programme) DO UPDATE SET version = $3, state = $4, verdict = $5, strategy = $6,
            kept_at = $7, position = excluded.position, made_by = $8, place = $9, among = $10
        """,
        appointment_id,
        programme_id,
        programme.version,
        state,
        verdict,
        ranking.strategy,
        now,
        ranking.parts,
        ranking.place(programme_id),
        ranking.proposed,
    )
    await store_ranking(platform, appointment_id, now, ranking)


async def store_ranking(
    platform: Platform, appointment_id: UUID, at: datetime, ranking: Ranking
) -> None:
    """Keeps by what the sheets were ranked, at which versions, and in which order, so that it can be told years later."""
    await platform.db.execute(
        "INSERT INTO interview_ranking (appointment, made_at, made_by, fallback, sheets) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (appointment) DO UPDATE SET made_at = $2, made_by = $3, fallback = $4, sheets = $5",
        appointment_id,
        at,
        ranking.parts,
        ranking.fallback,
        ranked_sheets(ranking),
    )
    await Interview.update(
        {Interview.strategy: ranking.strategy, Interview.fallback: ranking.fallback}
    ).where(Interview.appointment == appointment_id)


def ranked_sheets(ranking: Ranking) -> list[RankedSheet]:
    """The sheets in order, with their versions and scores."""
    return [
        RankedSheet(
            programme=verdict.programme_id,
            version=ranking.programmes[verdict.programme_id].version,
            score=round(verdict.score, 4),
            excluded=verdict.excluded,
        )
        for verdict in ranking.verdicts
    ]


async def remove(platform: Platform, appointment_id: UUID, programme_id: str) -> None:
    """Forgets that a sheet was kept or set aside; it is ranked again among the others."""
    await KeptProgramme.delete().where(
        KeptProgramme.appointment == appointment_id, KeptProgramme.programme == programme_id
    )


async def shift(platform: Platform, appointment_id: UUID, programme_id: str, by: int) -> None:
    """Moves a kept sheet up (`by` -1) or down (+1), as far as the list goes. Raises `NotFound`."""
    order = [k.programme for k in await list_kept(platform, appointment_id) if k.state == "kept"]
    if programme_id not in order:
        raise NotFound("this sheet is not kept")
    place = order.index(programme_id)
    order.insert(max(0, place + by), order.pop(place))
    await platform.db.execute_many(
        "UPDATE kept_programme SET position = $3 WHERE appointment = $1 AND programme = $2",
        [(appointment_id, id_, number) for number, id_ in enumerate(order, start=1)],
    )


async def write_words(platform: Platform, appointment_id: UUID, words: Mapping[str, Words]) -> None:
    """Writes the words beside the sheets that are still there."""
    for programme_id, said in words.items():
        await KeptProgramme.update(
            {KeptProgramme.word: said.word, KeptProgramme.next_step: said.next_step}
        ).where(
            KeptProgramme.appointment == appointment_id, KeptProgramme.programme == programme_id
        )
