"""The strategy `matching_rules:rules`: hard rules first, then a weighted mean of the criteria."""

from collections.abc import Sequence
from typing import Any

import msgspec

from hookspecs import Need, PluginContext, Programme, Reason, Verdict, use_locale
from plugins.matching_rules.facts import Sheet, Youth, prepare_sheet, prepare_youth
from plugins.matching_rules.hard import HARD_RULES
from plugins.matching_rules.rules import Rules, read_rules
from plugins.matching_rules.settings import MatchingSettings
from plugins.matching_rules.soft import CRITERIA
from plugins.matching_rules.words import Voice

_MOST_SHEETS = 20_000  # kept prepared; beyond, all are forgotten


class RulesStrategy:
    """Excludes by rules that never bend, orders the others by how close they are, and tells why."""

    key = "matching_rules:rules"
    label = "Règles et critères"

    def __init__(self, rules: Rules | None = None) -> None:
        self._rules = rules or read_rules()
        self._hard = [HARD_RULES[name] for name in self._rules.hard]
        self._voices: dict[str, Voice] = {}
        self._sheets: dict[tuple[str, int, str], Sheet] = {}

    def rank(
        self, context: PluginContext, need: Need, programmes: Sequence[Programme]
    ) -> Sequence[Verdict]:
        """A verdict for every programme: the closest first, the excluded last; equals by id."""
        settings = context.settings or MatchingSettings()
        weights: dict[str, Any] = msgspec.structs.asdict(settings.over(self._rules.weights))
        with use_locale(context.locale):
            voice = self._voices.setdefault(context.locale, Voice())
            youth = prepare_youth(need, self._rules.horizon_months, voice)
            verdicts = [
                self._judge(youth, self._prepared(programme, context.locale), weights)
                for programme in programmes
            ]
        return sorted(verdicts, key=lambda v: (v.excluded, -v.score, v.programme_id))

    def _prepared(self, programme: Programme, locale: str) -> Sheet:
        """The sheet, prepared once; a sheet of the same id and version with other facts is prepared again."""
        key = (programme.id, programme.version, locale)
        sheet = self._sheets.get(key)
        if sheet is None or (sheet.programme is not programme and sheet.programme != programme):
            if len(self._sheets) >= _MOST_SHEETS:
                self._sheets.clear()
            sheet = self._sheets[key] = prepare_sheet(programme, locale)
        return sheet

    def _judge(self, youth: Youth, sheet: Sheet, weights: dict[str, int]) -> Verdict:
        found = [reason for rule in self._hard if (reason := rule(youth, sheet)) is not None]
        refusals = tuple(reason for reason in found if reason.tone == "excluded")
        if refusals:
            return Verdict(
                programme_id=sheet.programme.id, score=0.0, excluded=True, reasons=refusals
            )
        doubts = [reason for reason in found if reason.tone == "to_check"]
        total = weights["certainty"]
        score = weights["certainty"] / (1 + len(doubts))
        told: list[Reason] = []
        for name, criterion in CRITERIA.items():
            marked = criterion(youth, sheet, self._rules) if weights[name] else None
            if marked is None:
                continue
            mark, reason = marked
            total += weights[name]
            score += weights[name] * mark
            if reason is not None:
                told.append(reason)
        met = [reason for reason in found if reason.tone == "for"]
        reasons = [
            *(reason for reason in told if reason.tone == "for"),
            *met,
            *(reason for reason in told if reason.tone == "against"),
            *doubts,
        ]
        return Verdict(
            programme_id=sheet.programme.id,
            score=min(1.0, score / total) if total else 0.0,
            reasons=tuple(reasons),
        )
