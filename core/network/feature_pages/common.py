"""What the pages of the switches share: the form of a turn, and the words of what it would do."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from core.accounts.access import CurrentUser
from core.extension.activation import Switch
from core.extension.state import Snapshot
from core.extension.surfaces import Surface
from core.network.switches import words
from core.network.switches.checking import Verdict
from core.network.switches.foresight import Foresight, suppose
from core.network.switches.turning import Turn, to_switch

Reason = Annotated[str, Meta(max_length=300)]
PATH = "/reseau/fonctionnalites"
_BEHIND = {"health_checks", "switch_reactions"}


class WordForm(msgspec.Struct, frozen=True, kw_only=True):
    """The word that goes with a deed, and whether it insists although a check failed."""

    reason: Reason = ""
    insists: bool = False

    def wish(self, switch: Switch) -> Turn:
        """The wish that it makes of a switch."""
        return Turn(switch=switch, reason=self.reason, insists=self.insists)


def foresight_values(found: Foresight, names: Mapping[str, str]) -> dict[str, Any]:
    """What a turn would do, in words, for the page."""
    return {
        "losses": words.loss_words(
            *(found.total(name) for name in ("vanishing", "narrowed", "unread"))
        ),
        "kept": words.kept_words(found.total("appointments")),
        "lost": words.surface_lines(_noticed(found.lost)),
        "found": words.surface_lines(_noticed(found.found)),
        "effects": [(effect, words.shift_words(effect, names)) for effect in found.effects],
        "still": found.still,
    }


def in_vain(
    snapshot: Snapshot, structure_id: UUID, plugin_id: str, wanted: Switch, names: Mapping[str, str]
) -> str:
    """Why a feature would stay off although its switch said on, as a sentence; nothing otherwise."""
    then = suppose(snapshot, structure_id, plugin_id, to_switch(Turn(switch=wanted)))
    after = then.activity[structure_id][plugin_id]
    return words.why_sentence(after, names) if wanted == "on" and not after.on else ""


def _noticed(surfaces: Sequence[Surface]) -> list[Surface]:
    """Those that somebody would notice: what only watches over a plugin goes with it."""
    return [surface for surface in surfaces if surface.kind not in _BEHIND]


def verdict_lines(verdicts: Sequence[Verdict], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """What failed, as (plugin and line, why) pairs."""
    return [
        (f"{names[verdict.plugin_id]}, {line.name}", sentences(line.detail, line.hint))
        for verdict in verdicts
        for line in verdict.failing
    ]


def sentences(*words: str) -> str:
    """Texts one after the other, each ended by a full stop where it has no end of its own."""
    return " ".join(
        text if text.endswith((".", "!", "?", "…")) else f"{text}." for text in words if text
    )


def may_insist(user: CurrentUser) -> bool:
    """Whether the user may overrule a check that failed."""
    return user.is_coordination
