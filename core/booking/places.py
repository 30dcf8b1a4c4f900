"""From what someone typed to a commune: one, several to choose from, or none."""

from contextlib import suppress

import msgspec

from core.errors import NotFound
from core.network.communes import (
    Commune,
    list_whole,
    read_commune,
    search_communes,
)
from core.platform import Platform
from core.web.i18n import _


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """The commune when it is certain, else those that may be meant (none: unknown in the region)."""

    commune: Commune | None = None
    choices: tuple[Commune, ...] = ()


async def locate(platform: Platform, text: str, insee: str = "") -> Located:
    """The commune of a name or postcode; `insee` is the code chosen beside it, believed when the text may mean it.

    Certain: that code, a whole name that only one has, or the one commune of a postcode. A guess is offered, never taken.
    """
    if insee and not text:
        with suppress(NotFound):
            return Located(commune=await read_commune(platform, insee))
    whole = await list_whole(platform, text)
    found = whole or await search_communes(platform, text, limit=24)
    for commune in found:
        if commune.insee == insee:
            return Located(commune=commune)
    if len(whole) == 1:
        return Located(commune=whole[0])
    return Located(choices=tuple(found[:8]))


def unknown_commune() -> str:
    """What to say, beside the field, of a name that is nowhere in the region."""
    return _(
        "Nous ne trouvons pas cette commune en Nouvelle-Aquitaine. Vérifiez l’orthographe, ou écrivez le code postal."
    )


def ambiguous_commune() -> str:
    """What to say of a name that may mean several."""
    return _("Laquelle de ces communes ? Choisissez dans la liste.")


def commune_label(commune: Commune) -> str:
    """« Bordeaux (33000) »."""
    return f"{commune.name} ({commune.postcodes[0]})"
