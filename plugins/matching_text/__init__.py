"""Ranks the programme sheets by the words that they share with what the youth wrote."""

from collections.abc import Sequence

from hookspecs import MatchingStrategy, hookimpl
from plugins.matching_text.strategy import WordsStrategy


@hookimpl
def register_matching_strategies() -> Sequence[MatchingStrategy]:
    """The ranking by words."""
    return [WordsStrategy()]
