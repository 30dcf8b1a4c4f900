"""Partner structures: a plugin brings a structure of the network, its sites and its looks, from the partner's own records."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from core.contracts.context import PluginContext


class PartnerSite(msgspec.Struct, frozen=True, kw_only=True):
    """A place where people are received. `key` is the partner's own, and stays; `insee` is the code of its commune, whose middle is the
    place of the site on the map unless `lat` and `lon` (degrees) are given.
    """

    key: str
    name: str
    insee: str
    address: str = ""
    postcode: str = ""
    city: str = ""
    directions: str = ""
    lat: float | None = None
    lon: float | None = None


class PartnerStructure(msgspec.Struct, frozen=True, kw_only=True):
    """A structure as the partner knows it. `key` is the partner's own, and stays; `kind` and `department` are ids of the taxonomy;
    `presentation` is what youths read of it; `logo` a PNG, JPEG or WebP image of 200 kB at most.
    """

    key: str
    name: str
    kind: str
    department: str
    email: str = ""
    phone: str = ""
    presentation: str = ""
    logo: bytes = b""
    sites: tuple[PartnerSite, ...] = ()


class PartnerNetwork(Protocol):
    """Tells the structures of a partner. Asked each night and on demand, wherever the region does not forbid the plugin.

    A new structure arrives as a draft, which the coordination opens. Afterwards each field follows the partner until the coordination
    edits it: from then on the edit stands. A structure that is told no more stays, and is marked.
    """

    key: str
    label: str

    async def list_structures(self, context: PluginContext) -> Sequence[PartnerStructure]:
        """Every structure of the partner."""
        ...
