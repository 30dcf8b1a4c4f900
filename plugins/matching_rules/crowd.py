"""One sheet, many youths: the same judgement read the other way round."""

from typing import TYPE_CHECKING

from hookspecs import Catalogue, Crowd, PluginContext, Programme, Verdict
from plugins.matching_rules.judgement import Scores

if TYPE_CHECKING:
    from plugins.matching_rules.strategy import RulesStrategy


class CrowdJudgement:
    """A sheet judged for a crowd (`hookspecs.Judgement`)."""

    def __init__(
        self,
        strategy: "RulesStrategy",
        context: PluginContext,
        crowd: Crowd,
        programme: Programme,
        found: Scores,
    ) -> None:
        self.scores, self.excluded = found.scores, found.excluded
        self._strategy, self._context, self._crowd = strategy, context, crowd
        self._catalogue = Catalogue(revision="", programmes=(programme,))

    def explain(self, place: int) -> Verdict:
        """The verdict of the sheet for one youth."""
        need = self._crowd.needs[place]
        return self._strategy.judge(self._context, need, self._catalogue).explain(0)
