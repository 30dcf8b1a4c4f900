"""The communes of the region: where a youth lives, found by name or postcode with typing mistakes forgiven.

Data: INSEE, La Poste, DILA, IGN – Licence Ouverte / Etalab 2.0.
"""

import csv
import re
import unicodedata
from importlib.resources import files

import msgspec

from core.errors import NotFound
from core.platform import Platform

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_POSTCODE = re.compile(r"\b\d{2,5}\b")
_SAINTS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_COLUMNS = "insee, name, postcodes, department, lat, lon"


class Commune(msgspec.Struct, frozen=True, kw_only=True):
    """A commune, by its INSEE code; `lat` and `lon` are those of its town hall, in degrees."""

    insee: str
    name: str
    postcodes: tuple[str, ...]
    department: str
    lat: float
    lon: float


def fold_name(text: str) -> str:
    """A name as it is compared: small letters without accents, words apart by one space, « st » for « saint »."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(_SAINTS.get(word, word) for word in _NOT_A_WORD.split(bare) if word)


def _split(text: str) -> tuple[str, str]:
    """What was typed, as a folded name and a postcode; either may be empty."""
    text = text[:100]
    postcode = next(iter(_POSTCODE.findall(text)), "")
    return fold_name(_POSTCODE.sub(" ", text)), postcode


async def list_whole(platform: Platform, text: str) -> list[Commune]:
    """The communes that have this whole name, this whole postcode or both, the most populated first: two index look-ups."""
    name, postcode = _split(text)
    return await platform.db.structs(
        Commune,
        f"""
        SELECT {_COLUMNS} FROM commune
        WHERE (name_key = $1 AND ($2 = '' OR postcodes @> ARRAY[$2])) OR ($1 = '' AND postcodes @> ARRAY[$2])
        ORDER BY population DESC, insee LIMIT 24
        """,  # noqa: S608 - a constant of ours
        name,
        postcode,
    )


async def search_communes(platform: Platform, text: str, limit: int = 8) -> list[Commune]:
    """The communes that `text` may mean, best first: a name, the beginning of one, a postcode, or both.

    Whole names come first, then beginnings, then beginnings of a later word (« rochelle »), the most populated
    first. Only when none of these exists, names that look alike: the closest, a large town before a hamlet.
    """
    name, postcode = _split(text)
    if len(name) < 2 and not postcode:
        return []
    return await platform.db.structs(
        Commune,
        f"""
        SELECT {_COLUMNS} FROM (
            SELECT *, min(tier) OVER () AS best FROM (
                SELECT *, similarity(name_key, $1) + log(population + 1) / 10 AS likeness, CASE
                    WHEN name_key = $1 THEN 0
                    WHEN name_key LIKE $1 || '%' THEN 1
                    WHEN name_key LIKE '% ' || $1 || '%' THEN 2
                    ELSE 3 END AS tier
                FROM commune
                WHERE ($1 = '' OR name_key LIKE $1 || '%' OR name_key LIKE '% ' || $1 || '%' OR name_key % $1)
                    AND ($2 = '' OR EXISTS (SELECT FROM unnest(postcodes) code WHERE code LIKE $2 || '%'))
            ) found
        ) ranked
        WHERE tier < 3 OR best = 3
        ORDER BY tier, CASE WHEN tier = 3 THEN likeness END DESC, population DESC, insee
        LIMIT $3
        """,  # noqa: S608 - a constant of ours
        name,
        postcode,
        limit,
    )


async def read_commune(platform: Platform, insee: str) -> Commune:
    """One commune. Raises `NotFound` for a code that is not of the region."""
    commune = await platform.db.struct(
        Commune,
        f"SELECT {_COLUMNS} FROM commune WHERE insee = $1",  # noqa: S608 - a constant of ours
        insee,
    )
    if commune is None:
        raise NotFound("no such commune")
    return commune


async def list_around(
    platform: Platform, lat: float, lon: float, *, degrees: float = 0.6, limit: int = 40
) -> list[Commune]:
    """The most populated communes within so many degrees of a point."""
    return await platform.db.structs(
        Commune,
        f"""
        SELECT {_COLUMNS} FROM commune
        WHERE lat BETWEEN $1::float8 - $3::float8 AND $1 + $3
            AND lon BETWEEN $2::float8 - 1.4 * $3::float8 AND $2 + 1.4 * $3
        ORDER BY population DESC, insee LIMIT $4
        """,  # noqa: S608 - a constant of ours
        lat,
        lon,
        degrees,
        limit,
    )


async def load_communes(platform: Platform) -> None:
    """Brings the table in step with `config/data`; run again, it writes nothing."""
    text = (files("config") / "data" / "communes_nouvelle_aquitaine.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    await platform.db.execute(
        """
        INSERT INTO commune AS known (insee, name, name_key, postcodes, department, population, lat, lon)
        SELECT insee, name, name_key, string_to_array(postcodes, ';'), department, population, lat, lon
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::float8[], $8::float8[])
            AS new (insee, name, name_key, postcodes, department, population, lat, lon)
        ON CONFLICT (insee) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
            postcodes = excluded.postcodes, department = excluded.department,
            population = excluded.population, lat = excluded.lat, lon = excluded.lon
        WHERE known IS DISTINCT FROM excluded
        """,
        [row["insee"] for row in rows],
        [row["nom"] for row in rows],
        [fold_name(row["nom"]) for row in rows],
        [row["codes_postaux"] for row in rows],
        [row["departement"] for row in rows],
        [int(row["population"]) for row in rows],
        [float(row["lat"]) for row in rows],
        [float(row["lon"]) for row in rows],
    )
