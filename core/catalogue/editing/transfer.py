"""Import and export of sheets. An import is tried first, line by line, then applied: as drafts, or published at once."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec.structs import replace

from core.accounts.access import CurrentUser
from core.catalogue.editing import drafts, versions
from core.catalogue.editing.checks import faults, missing
from core.catalogue.editing.compare import Change, compare
from core.catalogue.editing.records import Record, read_record
from core.catalogue.taxonomy import fold
from core.contracts.matching import Programme
from core.errors import FriendlyError, Refused
from core.platform import Platform
from core.web.i18n import _

What = Literal["created", "changed", "unchanged", "refused"]
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_decoder = msgspec.json.Decoder(Programme)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one record: `changes` of a sheet that is known, `reason` of a refusal and how to mend it."""

    number: int
    id: str
    title: str
    what: What
    changes: tuple[Change, ...] = ()
    reason: str = ""
    facts: Programme | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What an import needs to know of the sheets that are here. `drafted`: those with a draft that is open."""

    public: dict[str, Programme]
    drafted: frozenset[str]
    titles: dict[str, str]


async def list_public(platform: Platform) -> Sequence[Programme]:
    """Every sheet that was published once, at its current version, by id: what an export holds."""
    rows = await platform.db.fetch(
        "SELECT v.facts::text AS facts FROM programme p"
        " JOIN programme_version v ON v.programme = p.id AND v.version = p.version ORDER BY p.id"
    )
    return [_decoder.decode(row["facts"]) for row in rows]


async def try_import(
    platform: Platform, records: Sequence[Record], *, publish: bool
) -> Sequence[Line]:
    """What an import would do, record by record. Writes nothing."""
    known = await _read_known(platform)
    return judge(records, known, publish=publish)


async def apply_import(
    platform: Platform, user: CurrentUser, records: Sequence[Record], *, publish: bool
) -> Sequence[Line]:
    """Does it: all that can be done, each record apart; what is refused is said and changes nothing."""
    async with platform.db.atomic():
        lines = await try_import(platform, records, publish=publish)
        return [await _apply(platform, user, line, publish=publish) for line in lines]


def judge(records: Sequence[Record], known: Known, *, publish: bool) -> Sequence[Line]:
    """What becomes of each record, given what is here. Pure."""
    twice = {id_ for id_, count in Counter(map(_id_of, records)).items() if id_ and count > 1}
    return [
        _judge(number, record, known, twice, publish=publish)
        for number, record in enumerate(records, 1)
    ]


def _judge(number: int, record: Record, known: Known, twice: set[str], *, publish: bool) -> Line:
    id_, title = _id_of(record), record.get("title_fr")
    before = known.public.get(id_)
    line = Line(
        number=number,
        id=id_,
        title=title if isinstance(title, str) else before.title_fr if before else "",
        what="refused",
    )
    try:
        facts = _read(record, before, known, twice)
        if before is not None and facts == before:
            return replace(line, what="unchanged", facts=facts)
        _check(facts, known, publish=publish)
    except Refused as refusal:
        return replace(line, reason=refusal.message)
    if before is None:
        return replace(line, what="created", facts=facts)
    return replace(line, what="changed", facts=facts, changes=compare(before, facts))


def _read(record: Record, before: Programme | None, known: Known, twice: set[str]) -> Programme:
    id_ = _id_of(record)
    if id_ in twice:
        raise Refused(_("Cet identifiant est deux fois dans le fichier : gardez une seule ligne."))
    if id_ and (not _ID.fullmatch(id_) or len(id_) > 60 or id_ in drafts.RESERVED):
        raise Refused(
            _(
                "« %(id)s » ne peut pas servir d’identifiant : des lettres sans accent, des chiffres, des tirets."
            )
            % {"id": id_}
        )
    facts = read_record(record, before)
    same = known.titles.get(fold(facts.title_fr))
    if before is None and not id_ and same:
        raise Refused(
            _("Une fiche porte déjà ce titre : ajoutez son identifiant (id) : %(id)s.")
            % {"id": same}
        )
    return facts


def _check(facts: Programme, known: Known, *, publish: bool) -> None:
    if facts.id in known.drafted:
        raise Refused(
            _(
                "Un brouillon de cette fiche est ouvert : publiez-le ou abandonnez-le, puis importez de nouveau."
            )
        )
    wrong = {**faults(facts), **(missing(facts) if publish else {})}
    if wrong:
        raise Refused(" ".join(wrong.values()))


async def _apply(platform: Platform, user: CurrentUser, line: Line, *, publish: bool) -> Line:
    if line.facts is None or line.what in {"unchanged", "refused"}:
        return line
    try:
        async with platform.db.atomic():
            if line.what == "created":
                draft = await drafts.create(platform, user, line.facts, kind="imported")
            else:
                draft = await drafts.save(platform, user, line.facts, 0, kind="imported")
            if publish:
                await versions.publish(platform, user, draft.programme_id)
            return replace(line, id=draft.programme_id)
    except FriendlyError as refusal:
        return replace(line, what="refused", reason=refusal.message)


def _id_of(record: Record) -> str:
    id_ = record.get("id")
    return id_.strip() if isinstance(id_, str) else ""


async def _read_known(platform: Platform) -> Known:
    rows = await platform.db.fetch(
        "SELECT p.id, p.title, d.programme IS NOT NULL AS drafted FROM programme p"
        " LEFT JOIN programme_draft d ON d.programme = p.id"
    )
    return Known(
        public={one.id: one for one in await list_public(platform)},
        drafted=frozenset(row["id"] for row in rows if row["drafted"]),
        titles={fold(row["title"]): row["id"] for row in rows},
    )
