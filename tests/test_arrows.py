"""The arrows of DESIGN section 3, read from the sources: who may import whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOMAINS = {
    "accounts",
    "agenda",
    "booking",
    "catalogue",
    "demand",
    "followup",
    "interviews",
    "matching",
    "network",
    "notices",
    "privacy",
}
ROOTS = {
    "app",
    "authoring",
    "builtin",
    "cli",
    "checks",
    "demo",
    "serve",
    "services",
    "testing",
    "worker",
}
"""What puts the house together, and may therefore know every room."""


def imports(path: Path) -> set[str]:
    """Every module that a source imports, `from a import b` as both `a` and `a.b`."""
    found = set()
    package = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*package[: -node.level], *([base] if base else [])])
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found


def sources(folder: str) -> list[Path]:
    return [path for path in sorted((ROOT / folder).rglob("*.py")) if "tests" not in path.parts]


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "core" and len(parts) > 1 else ""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", sources("core"), ids=name)
def test_the_core_never_imports_a_plugin(path):
    assert not {module for module in imports(path) if module.split(".")[0] == "plugins"}


@pytest.mark.parametrize("path", sources("plugins"), ids=name)
def test_a_plugin_imports_only_the_hook_specifications_from_us(path):
    own = ".".join(path.relative_to(ROOT).parts[:2])
    foreign = {
        module
        for module in imports(path)
        if module.split(".")[0] in {"core", "config", "plugins", "tests"}
        and not (module == own or module.startswith(f"{own}."))
    }
    assert foreign - {"plugins"} == set()


@pytest.mark.parametrize(
    "path",
    [*sources("core/extension"), *sources("core/contracts"), *sources("core/calendars")],
    ids=name,
)
def test_what_plugins_stand_on_knows_no_domain(path):
    # A page declares who may call it, and blocks know who asks: that one word of accounts is shared by all.
    allowed = {"core.accounts", "core.accounts.access"}
    known = {
        module
        for module in imports(path)
        if room_of(module) in DOMAINS
        and module not in allowed
        and not module.startswith("core.accounts.access.")
    }
    assert known == set()


@pytest.mark.parametrize("path", sources("core/storage"), ids=name)
def test_the_storage_knows_nobody_above_it(path):
    assert {room_of(module) for module in imports(path)} <= {"", "storage", "errors", "contracts", "settings"}  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [path for path in sources("core") if path.relative_to(ROOT).parts[1] in DOMAINS],
    ids=name,
)
def test_a_domain_reaches_anothers_tables_and_pages_never(path):
    own = path.relative_to(ROOT).parts[1]
    closed = {
        module
        for module in imports(path)
        if room_of(module) in DOMAINS - {own}
        and len(module.split(".")) > 2
        and module.split(".")[2] in {"tables", "pages", "api"}
    }
    assert closed == set()


@pytest.mark.parametrize(
    "path",
    [path for path in sources("core") if path.relative_to(ROOT).parts[1] in DOMAINS],
    ids=name,
)
def test_rules_never_know_the_pages_that_show_them(path):
    parts = path.relative_to(ROOT).parts
    is_surface = any("pages" in part or part == "api.py" for part in parts)
    if is_surface:
        return
    own = parts[1]
    shown = {
        module
        for module in imports(path)
        if module.startswith((f"core.{own}.pages", f"core.{own}.api", "core.app"))
    }
    assert shown == set()


@pytest.mark.parametrize("path", sources("core"), ids=name)
def test_tables_know_the_storage_only(path):
    if path.name != "tables.py":
        return
    ours = {module for module in imports(path) if module.split(".")[0] == "core"}
    assert {room_of(module) for module in ours} <= {"storage", path.relative_to(ROOT).parts[1]}


def test_every_room_is_known_to_this_test():
    rooms = {path.name for path in (ROOT / "core").iterdir() if (path / "__init__.py").exists()}
    assert rooms <= DOMAINS | ROOTS | {"calendars", "contracts", "extension", "storage", "web"}
