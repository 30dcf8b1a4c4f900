"""What is wrong in a sheet, what is missing before it may be published, and what is not known yet. Pure.

An unknown fact is allowed, and said; what contradicts itself is refused even in a draft.
"""

from collections.abc import Collection, Iterator, Mapping
from urllib.parse import urlsplit

from core.catalogue import taxonomy
from core.catalogue.editing.facts import FACTS, Fact, options
from core.contracts.matching import LanguageRule, Programme
from core.web.i18n import _

_FEW = 30
_NEEDED = ("title_fr", "summary_fr", "domains", "zones", "statuses")


def faults(programme: Programme) -> Mapping[str, str]:
    """What cannot be kept, by fact: words that we do not know, limits that cross each other."""
    found: dict[str, str] = {}
    for name, message in (*_unknown_words(programme), *_contradictions(programme)):
        found.setdefault(name, message)
    return found


def missing(programme: Programme) -> Mapping[str, str]:
    """What a sheet still needs before it may be published, by fact."""
    found = {
        name: _("Il manque « %(fact)s ».") % {"fact": _(FACTS[name].label)}
        for name in _NEEDED
        if not getattr(programme, name)
    }
    if programme.availability == "a_verifier":
        found["availability"] = _(
            "Le dispositif est noté « À vérifier avant publication » : vérifiez-le, puis choisissez « Actif »."
        )
    return found


def unknown(programme: Programme) -> list[Fact]:
    """The facts that are not known yet."""
    return [
        fact
        for fact in FACTS.values()
        if fact.unknown and getattr(programme, fact.name) in (None, "", ())
    ]


def _unknown_words(programme: Programme) -> Iterator[tuple[str, str]]:
    for fact in FACTS.values():
        value = getattr(programme, fact.name)
        if value in (None, "", ()):
            continue
        if fact.kind in {"one", "perhaps", "many", "months"}:
            ids = value if isinstance(value, tuple) else (value,)
            yield from _outside(fact, [str(id_) for id_ in ids], {id_ for id_, _l in options(fact)})
        elif fact.kind == "countries":
            yield from _outside(fact, value, {code for code, _name in taxonomy.countries()})
        elif fact.kind == "language":
            yield from _language(fact, value)
        elif fact.kind == "number" and not 0 <= value <= fact.most:
            yield fact.name, _("Écrivez un nombre entre 0 et %(most)d.") % {"most": fact.most}
        elif fact.most and fact.kind in {"line", "text", "markdown"} and len(value) > fact.most:
            yield (
                fact.name,
                _("C’est trop long : %(most)d caractères au plus, il y en a %(has)d.")
                % {"most": fact.most, "has": len(value)},
            )


def _outside(fact: Fact, ids: Collection[str], known: Collection[str]) -> Iterator[tuple[str, str]]:
    strange = [id_ for id_ in ids if id_ not in known]
    if strange and len(known) <= _FEW:
        yield (
            fact.name,
            _("%(fact)s : « %(values)s » n’est pas un mot du vocabulaire. Il y a : %(known)s.")
            % {
                "fact": _(fact.label),
                "values": ", ".join(strange),
                "known": ", ".join(sorted(known)),
            },
        )
    elif strange:
        yield (
            fact.name,
            _("%(fact)s : « %(values)s » n’est pas un mot du vocabulaire.")
            % {"fact": _(fact.label), "values": ", ".join(strange)},
        )


def _language(fact: Fact, rule: LanguageRule) -> Iterator[tuple[str, str]]:
    known = {"dest", "ue", *(code for code, _name in taxonomy.languages())}
    yield from _outside(fact, [rule.code], known)
    yield from _outside(fact, [rule.level_min], taxonomy.entries("cefr"))


def _contradictions(programme: Programme) -> Iterator[tuple[str, str]]:
    if not programme.title_fr.strip():
        yield "title_fr", _("Donnez un titre à la fiche.")
    if programme.url and not _is_address(programme.url):
        yield "url", _("Écrivez l’adresse complète, par exemple https://www.exemple.fr.")
    if _crossed(programme.age_min, programme.age_max):
        yield "age_max", _("L’âge maximal est plus petit que l’âge minimal.")
    if _crossed(programme.age_max, programme.age_max_handicap):
        yield "age_max_handicap", _("Cette limite devrait être plus large que l’âge maximal.")
    if _crossed(programme.duration_min_weeks, programme.duration_max_weeks):
        yield "duration_max_weeks", _("La durée maximale est plus courte que la durée minimale.")
    for least, most in (("diploma_min", "diploma_max"), ("study_level_min", "study_level_max")):
        if _crossed(_rank(getattr(programme, least)), _rank(getattr(programme, most))):
            yield most, _("Ce niveau est plus bas que le minimum.")
    both = set(programme.countries) & set(programme.countries_excluded)
    if both:
        yield (
            "countries_excluded",
            _("Proposé et exclu à la fois : %(names)s.")
            % {"names": ", ".join(taxonomy.label("countries", code) for code in sorted(both))},
        )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and "." in (parts.hostname or "") and " " not in url


def _crossed(least: int | None, most: int | None) -> bool:
    return least is not None and most is not None and most < least


def _rank(level: str | None) -> int | None:
    entry = taxonomy.entries("diploma_levels").get(level or "")
    return entry.rank if entry else None
