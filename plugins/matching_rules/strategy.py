"""The strategy `matching_rules:rules`: hard rules first, then a weighted mean of the criteria."""

from collections.abc import Sequence

from hookspecs import (
    N_,
    Catalogue,
    Crowd,
    Edition,
    Judgement,
    Need,
    PluginContext,
    Programme,
    Verdict,
    catalogue_of,
)
from plugins.matching_rules import judgement
from plugins.matching_rules.crowd import CrowdJudgement
from plugins.matching_rules.rulebook import Rules, Weights, read_rules
from plugins.matching_rules.settings import MatchingSettings
from plugins.matching_rules.sheets import Sheets, compile_sheets
from plugins.matching_rules.versions import read_edition
from plugins.matching_rules.youths import Youths, columns

_KEY = "matching_rules"


class RulesStrategy:
    """Excludes by rules that never bend, orders the others by how close they are, and tells why."""

    key = "matching_rules:rules"
    label = N_("Règles et critères")

    def rank(
        self, context: PluginContext, need: Need, programmes: Sequence[Programme]
    ) -> Sequence[Verdict]:
        """A verdict for every programme: the closest first, the excluded last; equals by id."""
        catalogue = catalogue_of(tuple(programmes))
        judged = self.judge(context, need, catalogue)
        verdicts = [judged.explain(place) for place in range(len(catalogue.programmes))]
        return sorted(verdicts, key=lambda v: (v.excluded, -v.score, v.programme_id))

    def judge(self, context: PluginContext, need: Need, catalogue: Catalogue) -> Judgement:
        """Every sheet judged; each is explained when it is asked for."""
        rules, weights = _in_force(context)
        sheets: Sheets = catalogue.derive(_KEY, lambda: compile_sheets(catalogue.programmes))
        youths = columns([need], rules.horizon_months)
        found = judgement.judge(youths, sheets, rules, weights)
        return judgement.Judgement(need, sheets, found)

    async def read_edition(self, context: PluginContext) -> Edition:
        """The rules in force."""
        return await read_edition(context)

    def judge_crowd(self, context: PluginContext, crowd: Crowd, programme: Programme) -> Judgement:
        """One sheet judged for every youth of the crowd."""
        rules, weights = _in_force(context)
        horizon = rules.horizon_months
        youths: Youths = crowd.derive((_KEY, horizon), lambda: columns(crowd.needs, horizon))
        sheets = compile_sheets([programme])
        found = judgement.judge(youths, sheets, rules, weights)
        return CrowdJudgement(self, context, crowd, programme, found)


def _in_force(context: PluginContext) -> tuple[Rules, Weights]:
    """The rules of the edition, and the weights with those that the structure sets otherwise."""
    edition: Edition | None = context.edition
    rules: Rules = read_rules() if edition is None else edition.rules
    settings = context.settings or MatchingSettings()
    return rules, settings.over(rules.weights)
