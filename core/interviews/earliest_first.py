"""The order used when no strategy answers: what one can apply for soonest comes first."""

from collections.abc import Sequence
from datetime import date

from core.contracts.context import PluginContext
from core.contracts.matching import Need, Programme, Reason, Said, Verdict
from core.web.i18n import N_

_NEVER = 12  # months ahead: closed, or a call without a date


class EarliestFirst:
    """No judgement of the profile: only the calendar of applications."""

    key = "core:earliest_first"
    label = N_("Dates de candidature les plus proches")

    def rank(
        self, context: PluginContext, need: Need, programmes: Sequence[Programme]
    ) -> Sequence[Verdict]:
        """The nearest application first, equals by id; what is suspended or closed is excluded."""
        verdicts = [_judge(programme, need.today) for programme in programmes]
        return sorted(verdicts, key=lambda v: (v.excluded, -v.score, v.programme_id))


def months_ahead(programme: Programme, today: date) -> int:
    """In how many months one may apply: 0 for now, 12 when no date is known."""
    if programme.application_mode == "rolling":
        return 0
    return min(
        ((month - today.month) % 12 for month in programme.application_months), default=_NEVER
    )


def _judge(programme: Programme, today: date) -> Verdict:
    if programme.availability == "suspendu" or programme.application_mode == "closed":
        reason = Reason(criterion="suspendu", tone="excluded", programme=Said("suspended"))
        return Verdict(programme_id=programme.id, score=0.0, excluded=True, reasons=(reason,))
    ahead = months_ahead(programme, today)
    when: tuple[str | int, ...] = (programme.application_mode, *programme.application_months)
    reason = Reason(
        criterion="departure",
        tone="to_check" if ahead == _NEVER else "for",
        programme=Said("application", when),
        label=N_("Candidatures"),
        says=N_("%(name)s : %(programme)s."),
    )
    return Verdict(programme_id=programme.id, score=1 - ahead / _NEVER, reasons=(reason,))
