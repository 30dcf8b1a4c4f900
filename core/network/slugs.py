"""The address of a structure, made from its name once and for all."""

from core.catalogue.taxonomy import fold
from core.platform import Platform


async def free_slug(platform: Platform, name: str) -> str:
    """The name in small letters and hyphens, with a number when it is taken."""
    plain = "".join(
        letter if letter.isascii() and letter.isalnum() else "-" for letter in fold(name)
    )
    slug = "-".join(part for part in plain.split("-") if part)[:60] or "structure"
    rows = await platform.db.fetch("SELECT slug FROM structure WHERE starts_with(slug, $1)", slug)
    taken = {row["slug"] for row in rows}
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return slug if slug not in taken else next(one for one in numbered if one not in taken)
