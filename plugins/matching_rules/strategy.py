"""The strategy `matching_rules:rules`: hard rules first, then a weighted mean of the criteria.

Scores come from the columns of all the sheets at once, and reasons are words put on those very answers: there is no second
definition of a rule that could say otherwise.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from hookspecs import Need, PluginContext, Programme, Reason, Verdict, use_locale
from plugins.matching_rules.arrays import Array
from plugins.matching_rules.catalogue import Catalogue, Reasons, compile_catalogue
from plugins.matching_rules.facts import Sheet, Youth, prepare_sheet, prepare_youth
from plugins.matching_rules.hard import EXCLUDED, HARD_RULES, MET, HardRule
from plugins.matching_rules.judging import Judgement, judge, order
from plugins.matching_rules.rules import Rules, read_rules
from plugins.matching_rules.settings import MatchingSettings
from plugins.matching_rules.soft import CRITERIA, Criterion
from plugins.matching_rules.words import Voice
from plugins.matching_rules.youths import Youths, prepare_youths

_MOST_CATALOGUES = (
    4  # kept compiled: the published sheets, before and after an edit, and a laboratory's
)
_MOST_SHEETS = 20_000  # kept worded; beyond, all are forgotten


class RulesStrategy:
    """Excludes by rules that never bend, orders the others by how close they are, and tells why."""

    key = "matching_rules:rules"
    label = "Règles et critères"

    def __init__(self, rules: Rules | None = None) -> None:
        self._rules = rules or read_rules()
        self._voices: dict[str, Voice] = {}
        self._sheets: dict[tuple[str, int, str], Sheet] = {}
        self._catalogues: list[Catalogue] = []

    def rank(
        self, context: PluginContext, need: Need, programmes: Sequence[Programme]
    ) -> Sequence[Verdict]:
        """A verdict for every programme: the closest first, the excluded last; equals by id."""
        return self.first(context, need, programmes, len(programmes))

    def first(
        self, context: PluginContext, need: Need, programmes: Sequence[Programme], most: int
    ) -> list[Verdict]:
        """As `rank`, but only the `most` first are given their reasons: the others are scored."""
        catalogue = self.compiled(programmes)
        judgement = self.judge(context, [need], catalogue)
        ordered = order(judgement, catalogue.ids)
        with use_locale(context.locale):
            told = _Telling(self, context.locale, need, catalogue, judgement)
            return [*map(told.verdict, ordered[:most]), *map(told.bare, ordered[most:])]

    def judge(
        self, context: PluginContext, needs: Sequence[Need] | Youths, catalogue: Catalogue
    ) -> Judgement:
        """Exclusions and scores of any number of youths and sheets, without a word.

        Youths who are judged again and again are better prepared once, by `prepare`.
        """
        youths = needs if isinstance(needs, Youths) else self.prepare(needs)
        settings = context.settings or MatchingSettings()
        weights: dict[str, Any] = msgspec.structs.asdict(settings.over(self._rules.weights))
        return judge(youths, catalogue, self._rules, weights)

    def prepare(self, needs: Sequence[Need]) -> Youths:
        """Many needs, in their order, as `judge` wants them."""
        return prepare_youths(needs, self._rules.horizon_months)

    def compiled(self, programmes: Sequence[Programme]) -> Catalogue:
        """The sheets for `judge`, compiled once: other facts, even under the same version, are compiled again."""
        given = tuple(programmes)
        for catalogue in self._catalogues:
            # Sheets that are the very same objects are compared by their addresses.
            if catalogue.programmes is given or catalogue.programmes == given:
                return catalogue
        catalogue = compile_catalogue(given)
        # A new list, not a change of the old: another thread may be reading it.
        self._catalogues = [catalogue, *self._catalogues[: _MOST_CATALOGUES - 1]]
        return catalogue

    def youth(self, need: Need, locale: str) -> Youth:
        """The need for the words, in the present language, which is `locale`."""
        voice = self._voices.setdefault(locale, Voice())
        return prepare_youth(need, self._rules.horizon_months, voice)

    def sheet(self, programme: Programme, locale: str) -> Sheet:
        """The sheet, worded once; a sheet of the same id and version with other facts is worded again."""
        key = (programme.id, programme.version, locale)
        sheet = self._sheets.get(key)
        if sheet is None or (sheet.programme is not programme and sheet.programme != programme):
            if len(self._sheets) >= _MOST_SHEETS:
                self._sheets.clear()
            sheet = self._sheets[key] = prepare_sheet(programme, locale)
        return sheet


class _Telling:
    """Words on the answers given to one youth. Sheets that share an answer share its reason."""

    def __init__(
        self,
        strategy: RulesStrategy,
        locale: str,
        need: Need,
        catalogue: Catalogue,
        judgement: Judgement,
    ) -> None:
        self._catalogue = catalogue
        self._excluded = judgement.excluded[0].tolist()
        self._scores = judgement.scores[0].tolist()
        youth = strategy.youth(need, locale)

        def row(name: str, rule: HardRule | Criterion, answers: Array) -> _Row:
            return _Row(
                answers=answers[0].tolist(),
                of=catalogue.facets[name].places,
                reasons=catalogue.reasons((locale, name, type(rule), rule.own(need))),
                word=lambda number, answer: rule.word(
                    youth, strategy.sheet(catalogue.programmes[number], locale), answer
                ),
            )

        self._codes = [row(n, HARD_RULES[n], code) for n, code in judgement.codes.items()]
        self._marks = [row(n, CRITERIA[n], mark) for n, mark in judgement.marks.items()]

    def bare(self, number: int) -> Verdict:
        """Without a reason."""
        return self._verdict(number, ())

    def verdict(self, number: int) -> Verdict:
        """With every reason: for, against, to check; or only those that exclude."""
        if self._excluded[number]:
            refusals = [row.told(number) for row in self._codes if row.code(number) == EXCLUDED]
            return self._verdict(number, tuple(reason for reason in refusals if reason))
        tones: dict[str, list[Reason]] = {"for": [], "against": [], "to_check": []}
        for row in self._marks:
            if (reason := row.told(number)) is not None:
                tones[reason.tone].append(reason)
        for row in self._codes:
            if row.code(number) != MET and (reason := row.told(number)) is not None:
                tones[reason.tone].append(reason)
        return self._verdict(number, (*tones["for"], *tones["against"], *tones["to_check"]))

    def _verdict(self, number: int, reasons: tuple[Reason, ...]) -> Verdict:
        return Verdict(
            programme_id=self._catalogue.ids[number],
            score=self._scores[number],
            excluded=self._excluded[number],
            reasons=reasons,
        )


class _Row:
    """What one rule answered for each facet, and the reasons worded so far."""

    __slots__ = ("_answers", "_of", "_reasons", "_word")

    def __init__(
        self,
        *,
        answers: list[Any],
        of: list[int],
        reasons: Reasons,
        word: Callable[[int, Any], Reason | None],
    ) -> None:
        self._answers, self._of, self._reasons, self._word = answers, of, reasons, word

    def code(self, number: int) -> int:
        """The answer of a hard rule on a sheet, whatever its ground."""
        return int(self._answers[self._of[number]] & 3)

    def told(self, number: int) -> Reason | None:
        """The reason on a sheet; None when there is nothing to say."""
        place = self._of[number]
        key = (place, self._answers[place])
        if key not in self._reasons:
            self._reasons[key] = self._word(number, key[1])
        return self._reasons[key]
