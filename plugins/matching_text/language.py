"""French words brought down to their stems: « danseuses » and « danseuse » are one. No model, no network."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer  # type: ignore[import-untyped]  # ships no stubs

from hookspecs import taxonomy

_WORD = re.compile(r"[a-zàâäçéèêëîïôöùûüÿœæ]+", re.IGNORECASE)
_SHORTEST = 3
_STEMMER = snowballstemmer.stemmer("french")
_EMPTY = frozenset(
    [
        "afin",
        "ailleurs",
        "ainsi",
        "alors",
        "apres",
        "assez",
        "aucun",
        "aussi",
        "autre",
        "autres",
        "aux",
        "avant",
        "avec",
        "avoir",
        "beaucoup",
        "bien",
        "bon",
        "bonne",
        "car",
        "ceci",
        "cela",
        "celle",
        "celui",
        "ces",
        "cet",
        "cette",
        "ceux",
        "chaque",
        "chez",
        "chose",
        "choses",
        "comme",
        "comment",
        "dans",
        "davantage",
        "deja",
        "depuis",
        "derniere",
        "des",
        "desormais",
        "deux",
        "devenir",
        "doit",
        "donc",
        "dont",
        "elle",
        "elles",
        "encore",
        "enfin",
        "ensuite",
        "entre",
        "envie",
        "est",
        "etc",
        "ete",
        "etre",
        "eux",
        "faire",
        "fait",
        "faut",
        "fois",
        "font",
        "grace",
        "grand",
        "grande",
        "ici",
        "ils",
        "jamais",
        "jour",
        "jours",
        "les",
        "leur",
        "leurs",
        "lors",
        "lui",
        "mais",
        "meme",
        "mes",
        "mieux",
        "mois",
        "moins",
        "mon",
        "monde",
        "nos",
        "notre",
        "nous",
        "ont",
        "par",
        "parce",
        "parfois",
        "partie",
        "pas",
        "pendant",
        "personne",
        "petit",
        "petite",
        "peu",
        "peut",
        "peux",
        "plus",
        "plusieurs",
        "plutot",
        "pour",
        "pourquoi",
        "pouvoir",
        "premier",
        "premiere",
        "presque",
        "pres",
        "projet",
        "puis",
        "quand",
        "que",
        "quel",
        "quelle",
        "quelque",
        "quelques",
        "qui",
        "quoi",
        "rien",
        "sait",
        "sans",
        "savoir",
        "sera",
        "ses",
        "seul",
        "seule",
        "seulement",
        "si",
        "soi",
        "soit",
        "son",
        "sont",
        "sous",
        "souvent",
        "suis",
        "sur",
        "surtout",
        "tant",
        "tard",
        "tel",
        "telle",
        "temps",
        "toujours",
        "tous",
        "tout",
        "toute",
        "toutes",
        "tres",
        "trop",
        "trouver",
        "une",
        "vers",
        "veux",
        "voila",
        "voir",
        "votre",
        "vous",
        "vraiment",
        "vouloir",
        "voudrais",
        "aime",
        "aimer",
        "aimerais",
        "adore",
        "annee",
        "annees",
        "partir",
        "pays",
        "programme",
        "programmes",
        "sejour",
        "etranger",
        "jeune",
        "jeunes",
    ]
)
"""Words that tell nothing apart: the small ones of the language, and those that every sheet or every youth says."""


class Word(NamedTuple):
    """A word as it was written, and its stem without accents."""

    form: str
    stem: str


def words(text: str) -> Iterator[Word]:
    """The words of a text that tell something, in their order."""
    for form in _WORD.findall(text.replace("’", " ").lower()):
        stem = _stem(form)
        if stem:
            yield Word(form, stem)


@lru_cache(maxsize=20_000)
def _stem(form: str) -> str:
    """The stem of a word; nothing for one that tells nothing."""
    bare = taxonomy.fold(form).replace("œ", "oe").replace("æ", "ae")
    if len(bare) < _SHORTEST or bare in _EMPTY:
        return ""
    return taxonomy.fold(str(_STEMMER.stemWord(form)))
