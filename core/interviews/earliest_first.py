"""The order used when no strategy answers: what one can apply for soonest comes first."""

from collections.abc import Sequence

from core.contracts.context import PluginContext
from core.contracts.matching import Need, Programme, Verdict


class EarliestFirst:
    """No judgement of the profile: only the calendar of applications."""

    key = "core:earliest_first"
    label = "Dates de candidature les plus proches"

    def rank(
        self, context: PluginContext, need: Need, programmes: Sequence[Programme]
    ) -> Sequence[Verdict]:
        """A verdict for every programme."""
        return [Verdict(programme_id=programme.id, score=0.0) for programme in programmes]
