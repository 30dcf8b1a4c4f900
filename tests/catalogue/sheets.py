"""Sheets of every shape, for property tests."""

from hypothesis import strategies as st

from core.accounts.access import CurrentUser
from core.catalogue import taxonomy
from core.catalogue.editing.facts import FACTS, curled, options
from core.contracts.matching import LanguageRule, Programme
from core.testing.factories import account_of, make_account, make_advisor, make_structure

_TEXT = st.text(st.sampled_from("aé Z9=+-@|;\"'\n,’#*[]()<>&"), max_size=30).map(str.strip)
_LINE = st.text(st.sampled_from("aé Z9=+-@|;\"',’#<>&"), min_size=1, max_size=30).map(str.strip)
_RULES = st.builds(
    LanguageRule,
    code=st.sampled_from(["en", "dest", "ue", "is"]),
    level_min=st.sampled_from(list(taxonomy.entries("cefr"))),
)


def _values(fact):
    if fact.kind in {"text", "markdown", "line"}:
        texts = _LINE.filter(bool) if fact.name == "title_fr" else _TEXT
        return texts.map(lambda text: text or None) if fact.name == "notes" else texts
    if fact.kind == "lines":
        return st.lists(_LINE.filter(bool), max_size=3).map(tuple)
    if fact.kind == "number":
        return st.none() | st.integers(0, fact.most)
    if fact.kind == "yes":
        return st.booleans()
    if fact.kind == "language":
        return st.none() | _RULES
    if fact.kind == "countries":
        return st.lists(st.sampled_from(["FR", "PT", "JP"]), unique=True).map(tuple)
    ids = [id_ for id_, _label in options(fact)]
    if fact.kind == "months":
        return st.lists(st.integers(1, 12), unique=True).map(tuple)
    if fact.kind == "many":
        return st.lists(st.sampled_from(ids), unique=True, max_size=4).map(tuple)
    return st.sampled_from(ids if fact.kind == "one" else [None, *ids])


_VALUES = {name: _values(fact) for name, fact in FACTS.items()}


def _some_facts(names):
    return st.fixed_dictionaries(
        {name: _VALUES[name] for name in dict.fromkeys(["title_fr", *names])}
    )


programmes = (
    st.lists(st.sampled_from(list(FACTS)), unique=True, max_size=8)
    .flatmap(_some_facts)
    .map(lambda facts: curled(Programme(id="essai", **facts)))
)
"""Sheets as they are kept, a few facts told, whether or not they make sense."""


async def an_advisor(platform, name="Camille Essai") -> CurrentUser:
    """A member of staff of a structure of their own."""
    structure = await make_structure(platform.db)
    account = await account_of(
        platform.db, await make_advisor(platform.db, structure, display_name=name)
    )
    return CurrentUser(account_id=account, name=name, email="")


async def a_coordinator(platform) -> CurrentUser:
    """A member of the coordination."""
    account = await make_account(platform.db, name="Romane", region_role="coordinator")
    return CurrentUser(account_id=account, name="Romane", email="", region_role="coordinator")
