"""What is expected of a plugin as a whole."""

from typing import ClassVar, get_args

import httpx
from litestar.handlers import HTTPRouteHandler

from core.authoring.checking import examine
from core.authoring.rule import LEVELS, Level
from core.contracts.surfaces import Access
from core.extension.board import Board
from core.extension.mounting import mount
from core.platform import Platform
from core.testing.places import TwoStructures, enter_as, switch


class PluginContract:
    """What the platform expects of every plugin. It must be found: in `plugins/`, installed, or by `--plugins-in`.

    `level` is the one that it keeps: see `docs/levels.md`.
    """

    plugin_id: ClassVar[str]
    level: ClassVar[Level] = "bronze"

    def test_it_keeps_its_level(self, board: Board) -> None:
        """Every rule of its level and of those below."""
        assert self.plugin_id in board.plugins, (
            f"no plugin {self.plugin_id!r} is found: install it (pip install --no-deps --editable .),"
            " or name the folder `plugins` that it is in (pytest --plugins-in FOLDER)"
        )
        report = examine(board, self.plugin_id)
        wanted = LEVELS[: LEVELS.index(self.level) + 1]
        lines = [
            f"{finding.rule.title} ({finding.rule.link}): {problem}"
            for level in wanted
            for finding in report.missing(level)
            for problem in finding.problems
        ]
        assert not lines, "\n".join(lines)

    async def test_its_pages_are_found_where_it_is_on_only(
        self,
        platform: Platform,
        two_structures: TwoStructures,
        client: httpx.AsyncClient,
    ) -> None:
        """Off everywhere: 404, whoever asks. On: whatever they answer, they do not fail."""
        slug = two_structures.here.structure.slug
        for on in (False, True):
            await switch(platform, self.plugin_id, on=on)
            for path in paths_of(platform.board, self.plugin_id, slug):
                status = (await client.get(path)).status_code
                assert on or status in {404, 303}, (
                    f"{path} answers {status} where the plugin is off"
                )
                assert status < 500, f"{path} fails: {status}"

    async def test_reading_its_pages_changes_nothing(
        self,
        platform: Platform,
        two_structures: TwoStructures,
        client: httpx.AsyncClient,
    ) -> None:
        """By whom it may be, in both languages: what the plugin keeps is the same afterwards. A robot and a mail filter read too."""
        here = two_structures.here
        await switch(platform, self.plugin_id, on=True)
        before = await _kept(platform, self.plugin_id)
        for access in get_args(Access):
            await enter_as(platform, client, here, access)
            for path in paths_of(platform.board, self.plugin_id, here.structure.slug):
                for locale in ("fr", "en"):
                    status = (await client.get(path, params={"lang": locale})).status_code
                    assert status < 500, f"{path} fails in {locale} for {access}: {status}"
        assert await _kept(platform, self.plugin_id) == before, "a page that is read writes"


async def _kept(platform: Platform, plugin_id: str) -> dict[str, str]:
    """A digest of each of the plugin's tables."""
    tables = await platform.db.fetch(
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND starts_with(tablename, $1)",
        f"{plugin_id}_",
    )
    return {
        row["name"]: await platform.db.fetch_value(
            f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{row['name']}\" t"  # noqa: S608 - a name of the database's
        )
        for row in tables
    }


def paths_of(board: Board, plugin_id: str, slug: str) -> list[str]:
    """The pages of a plugin that can be asked for without knowing anything."""
    found = []
    for router in mount(board):
        if router.opt.get("plugin") != plugin_id:
            continue
        for route in router.routes:
            path = route.path.replace("{structure_slug:str}", slug)
            reads = any(
                isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods
                for handler in getattr(route, "route_handlers", ())
            )
            if "{" not in path and reads:
                found.append(path)
    return found
