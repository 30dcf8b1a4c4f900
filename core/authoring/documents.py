"""The guides, wherever the platform runs: in `docs/` of a working copy, else where its package put them."""

import sysconfig
from collections.abc import Mapping
from pathlib import Path

from core.authoring.reference import pages
from core.errors import SettingsError

_HOME = Path(__file__).parents[2]
_INSTALLED = Path(sysconfig.get_path("data")) / "share" / "somobilite" / "docs"


def is_working_copy() -> bool:
    """Whether the platform runs from its own project rather than from an installed package."""
    return (_HOME / "pyproject.toml").exists()


def guides_folder() -> Path | None:
    """Where the guides are; None in a package without them."""
    where = _HOME / "docs" if is_working_copy() else _INSTALLED
    return where if where.is_dir() else None


def read_guides() -> Mapping[str, str]:
    """The text of each guide by its name, `README` first. Those that the code writes are there in any case."""
    where = guides_folder()
    found = {path.stem: path.read_text("utf-8") for path in where.glob("*.md")} if where else {}
    found |= {name.removesuffix(".md"): text for name, text in pages().items()}
    return dict(sorted(found.items(), key=lambda guide: (guide[0] != "README", guide[0])))


def read_guide(name: str) -> str:
    """One guide, by its name with or without `.md`, or an anchor behind it. Raises `SettingsError` naming those that there are."""
    guides = read_guides()
    wanted = name.removeprefix("docs/").partition("#")[0].removesuffix(".md")
    if wanted not in guides:
        raise SettingsError(f"no guide {wanted!r}; they are {', '.join(guides)}")
    return guides[wanted]


def title_of(guide: str) -> str:
    """The first heading of a guide."""
    return guide.partition("\n")[0].lstrip("# ")
