"""The form of the rules: weights from 0 to 100, marks and tolerance in percent, and which rules exclude."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hookspecs import _, taxonomy
from plugins.matching_rules.criteria import HARD
from plugins.matching_rules.rulebook import Limits, Marks, Rules, Weights

ALWAYS = "suspendu"
"""The rule that is not up for choice."""
Percent = Annotated[int, Meta(ge=0, le=100)]
_WEIGHT, _MARK, _TOLERANCE = "weight_", "mark_", "tolerance"


class _Base(msgspec.Struct, frozen=True, kw_only=True):
    hard: tuple[str, ...] = ()
    horizon_months: Annotated[int, Meta(ge=1, le=36)]
    tolerance: Percent


RulesForm: type[Any] = msgspec.defstruct(
    "RulesForm",
    [
        *((f"{_WEIGHT}{name}", Percent) for name in Weights.__struct_fields__),
        *((f"{_MARK}{name}", Percent) for name in Marks.__struct_fields__),
    ],
    bases=(_Base,),
    frozen=True,
    kw_only=True,
)
"""What the page sends: one field for each weight and mark, named as in `rules.toml`."""


def rules_of(data: Any) -> Rules:
    """The rules that a form says; the order of the hard ones is ours."""
    said = msgspec.structs.asdict(data)
    return Rules(
        hard=tuple(name for name in HARD if name == ALWAYS or name in said["hard"]),
        horizon_months=said["horizon_months"],
        weights=Weights(**{name: said[_WEIGHT + name] for name in Weights.__struct_fields__}),
        marks=Marks(**{name: said[_MARK + name] / 100 for name in Marks.__struct_fields__}),
        limits=Limits(duration_tolerance=said[_TOLERANCE] / 100),
    )


def values_of(rules: Rules) -> dict[str, Any]:
    """What the fields show for these rules."""
    return {
        "hard": [name for name in rules.hard if name != ALWAYS],
        "horizon_months": rules.horizon_months,
        _TOLERANCE: round(100 * rules.limits.duration_tolerance),
        **{_WEIGHT + name: value for name, value in msgspec.structs.asdict(rules.weights).items()},
        **{
            _MARK + name: round(100 * value)
            for name, value in msgspec.structs.asdict(rules.marks).items()
        },
    }


def weight_labels() -> dict[str, str]:
    """What each weighed criterion is called, by its field."""
    named = {
        "domains": _("Domaine"),
        "places": _("Destination"),
        "duration": _("Durée"),
        "budget": _("Budget"),
        "interests": _("Centres d’intérêt"),
        "departure": _("Calendrier"),
        "language": _("Langue conseillée"),
        "company": _("Seul·e ou en groupe"),
        "audience": _("Public visé"),
        "certainty": _("Conditions déjà vérifiées"),
    }
    return {_WEIGHT + name: label for name, label in named.items()}


def mark_labels() -> dict[str, str]:
    """When each fixed mark is given, by its field."""
    named = {
        "domain_second": _("Un domaine souhaité, mais pas le premier de la fiche"),
        "place_dedicated": _("La fiche ne va que là où le ou la jeune veut aller"),
        "place_open": _("La fiche y va, parmi d’autres pays ou zones"),
        "place_world": _("La fiche va dans le monde entier"),
        "place_near": _("Un autre pays d’une zone souhaitée"),
        "duration_tolerated": _("Durée à peine en dehors des bornes"),
        "budget_funded": _("Ajouté quand le programme finance et que le budget manque"),
    }
    return {_MARK + name: label for name, label in named.items()}


def hard_options() -> list[tuple[str, str]]:
    """The rules that may be switched off, with their names."""
    known = taxonomy.entries("exclusion_rules")
    return [(name, known[name].label()) for name in HARD if name != ALWAYS]


def labels() -> dict[str, Any]:
    """The name of every field, and the groups in which the page shows them."""
    return {
        **weight_labels(),
        **mark_labels(),
        "horizon_months": _("Sans départ choisi, on suppose un départ dans les… mois"),
        _TOLERANCE: _("Durée tolérée au-delà des bornes, en % d’une borne"),
        "hard": _("Règles qui excluent"),
    }
