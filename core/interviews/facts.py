"""What a kept sheet says of itself on a roadmap: where, how long, at what cost, and how one applies. The page and the paper agree."""

from core.catalogue import taxonomy, words
from core.contracts.matching import Programme
from core.web.i18n import _


def facts_of(programme: Programme) -> list[tuple[str, str]]:
    """(label, value) pairs in the present language, values with a capital; what the sheet does not tell is left out."""
    funding = taxonomy.label("funding", programme.funding) if programme.funding else ""
    pairs = [
        (_("Où"), words.places(programme)),
        (
            _("Combien de temps"),
            words.duration(programme.duration_min_weeks, programme.duration_max_weeks),
        ),
        (_("Ce que vous apportez"), words.cost(programme)),
        (_("Ce qui est financé"), funding),
        (_("Candidater"), words.application(programme)),
        (_("Proposé par"), programme.operator),
    ]
    return [(label, value[0].upper() + value[1:]) for label, value in pairs if value]
