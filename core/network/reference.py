"""The known structures of the region, as drafts: none is published because it is known."""

import csv
from importlib.resources import files
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from core.network.communes import fold_name
from core.platform import Platform

_CRIJ = " – site de "


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `config/data/structures.csv`."""

    id: str
    name: str
    kind: str
    commune: str
    insee: str
    postcode: str
    department: str
    lat: float
    lon: float
    is_real: str
    source: str

    @property
    def structure(self) -> str:
        """The name of the structure; the sites of the CRIJ are of one."""
        return self.name.partition(_CRIJ)[0].replace("'", "’")

    @property
    def site(self) -> str:
        """The name of the site."""
        of_crij = self.name.partition(_CRIJ)[2]
        return f"Site de {of_crij}" if of_crij else self.commune.replace("'", "’")


async def load_structures(platform: Platform) -> None:
    """Adds the structures that are missing, each with its site; what was edited since stays as it is.

    Those marked `uncertain` are not confirmed: the database keeps them from leaving the draft state.
    """
    text = (files("config") / "data" / "structures.csv").read_text("utf-8")
    rows = [msgspec.convert(row, _Row, strict=False) for row in csv.DictReader(text.splitlines())]
    async with platform.db.atomic():
        await platform.db.execute_many(
            "INSERT INTO structure (id, slug, name, kind, department, source, is_confirmed)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            [
                (
                    _id("structure", row.structure),
                    fold_name(row.structure).replace(" ", "-")[:80],
                    row.structure,
                    row.kind,
                    row.department,
                    row.source,
                    row.is_real == "true",
                )
                for row in rows
            ],
        )
        await platform.db.execute_many(
            "INSERT INTO site (id, structure, name, postcode, city, insee, department, lat, lon)"
            " SELECT $1, id, $3, $4, $5, $6, $7, $8, $9 FROM structure WHERE id = $2"
            " ON CONFLICT DO NOTHING",
            [
                (
                    _id("site", row.id),
                    _id("structure", row.structure),
                    row.site,
                    row.postcode,
                    row.commune.replace("'", "’"),
                    row.insee,
                    row.department,
                    row.lat,
                    row.lon,
                )
                for row in rows
            ],
        )


def _id(kind: str, name: str) -> UUID:
    """The same on every machine, so that loading twice adds nothing."""
    return uuid5(NAMESPACE_URL, f"https://so-mobilite.example/{kind}/{name}")
