"""What the right-hand side of the screen shows: the ranking without the sheets already dealt with, and those sheets."""

from collections.abc import Sequence

import msgspec

from core.catalogue.reasons import worded
from core.contracts.matching import Programme, Reason, Verdict
from core.interviews.kept import Kept
from core.interviews.ranking import Ranking

_FIRST = 10


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One ranked sheet, its reasons by tone; `points` out of 100."""

    programme: Programme
    points: int
    pros: tuple[Reason, ...]
    cons: tuple[Reason, ...]
    to_check: tuple[Reason, ...]
    excluded_by: tuple[Reason, ...]


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """The lines to show at once, those behind « voir la suite », the excluded ones; and the kept and set aside."""

    ranking: Ranking
    first: tuple[Line, ...]
    others: tuple[Line, ...]
    excluded: tuple[Line, ...]
    kept: tuple[Kept, ...]
    set_aside: tuple[Kept, ...]
    now_excluded: dict[str, str]

    @property
    def scored(self) -> bool:
        """Whether the strategy scores at all: without, bars would say nothing."""
        return any(verdict.score for verdict in self.ranking.verdicts)


def arrange(ranking: Ranking, sheets: Sequence[Kept]) -> Panel:
    """Sorts a ranking for the eye. `now_excluded` tells which kept sheets a hard rule excludes since."""
    dealt_with = {sheet.programme for sheet in sheets}
    lines = [_line(ranking, v) for v in ranking.verdicts if v.programme_id not in dealt_with]
    open_lines = [line for line in lines if not line.excluded_by]
    kept = tuple(sheet for sheet in sheets if sheet.state == "kept")
    return Panel(
        ranking=ranking,
        first=tuple(open_lines[:_FIRST]),
        others=tuple(open_lines[_FIRST:]),
        excluded=tuple(line for line in lines if line.excluded_by),
        kept=kept,
        set_aside=tuple(sheet for sheet in sheets if sheet.state == "set_aside"),
        now_excluded={
            sheet.programme: " ".join(reason.text for reason in _reasons(verdict, "excluded"))
            for sheet in kept
            if (verdict := ranking.verdict(sheet.programme)) is not None and verdict.excluded
        },
    )


def _line(ranking: Ranking, verdict: Verdict) -> Line:
    excluded_by = _reasons(verdict, "excluded")
    if verdict.excluded and not excluded_by:
        excluded_by = (Reason(criterion="", tone="excluded"),)
    return Line(
        programme=ranking.programmes[verdict.programme_id],
        points=round(verdict.score * 100),
        pros=_reasons(verdict, "for"),
        cons=_reasons(verdict, "against"),
        to_check=_reasons(verdict, "to_check"),
        excluded_by=excluded_by if verdict.excluded else (),
    )


def _reasons(verdict: Verdict, tone: str) -> tuple[Reason, ...]:
    return tuple(worded(reason) for reason in verdict.reasons if reason.tone == tone)
