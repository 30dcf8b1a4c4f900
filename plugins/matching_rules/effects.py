"""What other rules would have changed: past needs and the invented youths ranked by both, and the difference told."""

from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np

from hookspecs import Catalogue, Example, Need, PastNeed
from plugins.matching_rules.judgement import judge
from plugins.matching_rules.rulebook import Rules
from plugins.matching_rules.sheets import Sheets, compile_sheets
from plugins.matching_rules.youths import columns

FIRST = 10
_CASES = 8


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """One need whose first sheets are not the same: those that come in, and those that go."""

    need: Need
    enter: tuple[str, ...]
    leave: tuple[str, ...]


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """What a sheet gains and loses: in how many rankings it enters the first ten or leaves them, is shut out or let in."""

    programme: str
    enters: int
    leaves: int
    shut: int
    opened: int

    @property
    def weight(self) -> int:
        """How much moves."""
        return self.enters + self.leaves + self.shut + self.opened


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """The invented youths: expected sheets found among the first ten, and sheets proposed that must not be."""

    expected: int
    found: int
    wrong: int
    missed: tuple[tuple[str, str], ...]


class Effects(msgspec.Struct, frozen=True, kw_only=True):
    """The difference. `changed` counts the needs whose first ten are not the same, `moved` shows some of them."""

    needs: int
    changed: int
    shifts: Sequence[Shift]
    moved: Sequence[Moved]
    before: Check
    after: Check


class _Ranked(msgspec.Struct, frozen=True, kw_only=True):
    first: tuple[str, ...]
    proposed: frozenset[str]


def effects(
    catalogue: Catalogue,
    past: Sequence[PastNeed],
    examples: Sequence[Example],
    now: Rules,
    then: Rules,
) -> Effects:
    """What the rules `then` change of what the rules `now` say."""
    sheets = catalogue.derive("matching_rules", lambda: compile_sheets(catalogue.programmes))
    pairs = [
        (one.need, _rank(one.need, sheets, now), _rank(one.need, sheets, then)) for one in past
    ]
    moved = [
        Moved(
            need=need,
            enter=tuple(id_ for id_ in after.first if id_ not in before.first),
            leave=tuple(id_ for id_ in before.first if id_ not in after.first),
        )
        for need, before, after in pairs
        if set(before.first) != set(after.first)
    ]
    known = set(sheets.ids)
    different = {(one.enter, one.leave): one for one in moved}
    return Effects(
        needs=len(pairs),
        changed=len(moved),
        shifts=_shifts([(before, after) for _, before, after in pairs]),
        moved=sorted(different.values(), key=lambda one: -len(one.enter) - len(one.leave))[:_CASES],
        before=_check(examples, sheets, now, known),
        after=_check(examples, sheets, then, known),
    )


def _rank(need: Need, sheets: Sheets, rules: Rules) -> _Ranked:
    found = judge(columns([need], rules.horizon_months), sheets, rules, rules.weights)
    order = np.argsort(np.where(found.excluded, 1.0, -found.scores), kind="stable").tolist()
    proposed = [sheets.ids[place] for place in order if not found.excluded[place]]
    return _Ranked(first=tuple(proposed[:FIRST]), proposed=frozenset(proposed))


def _shifts(pairs: Sequence[tuple[_Ranked, _Ranked]]) -> list[Shift]:
    """Each sheet that something happens to, what moves most first."""
    enters: Counter[str] = Counter()
    leaves: Counter[str] = Counter()
    shut: Counter[str] = Counter()
    opened: Counter[str] = Counter()
    for before, after in pairs:
        enters.update(set(after.first) - set(before.first))
        leaves.update(set(before.first) - set(after.first))
        shut.update(before.proposed - after.proposed)
        opened.update(after.proposed - before.proposed)
    found = [
        Shift(
            programme=id_,
            enters=enters[id_],
            leaves=leaves[id_],
            shut=shut[id_],
            opened=opened[id_],
        )
        for id_ in {*enters, *leaves, *shut, *opened}
    ]
    return sorted(found, key=lambda one: (-one.weight, one.programme))


def _check(examples: Sequence[Example], sheets: Sheets, rules: Rules, known: set[str]) -> Check:
    ranked = [(example, _rank(example.need, sheets, rules)) for example in examples]
    expected = [(e.id, id_, r) for e, r in ranked for id_ in e.expected if id_ in known]
    missed = tuple((case, id_) for case, id_, r in expected if id_ not in r.first)
    return Check(
        expected=len(expected),
        found=len(expected) - len(missed),
        wrong=sum(id_ in r.proposed for e, r in ranked for id_ in e.must_exclude),
        missed=missed,
    )
