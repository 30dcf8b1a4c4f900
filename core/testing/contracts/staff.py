"""What is expected of entries of the staff menu and of permissions: they lead to whom they say, and nobody else further."""

from collections.abc import Callable
from typing import Any, ClassVar

import httpx

from core.contracts.surfaces import Access, NavItem, Permission
from core.extension.board import Board
from core.platform import Platform
from core.testing.contracts.base import Contract
from core.testing.contracts.whole import paths_of
from core.testing.places import TwoStructures, enter_as, switch
from core.web.i18n import _, use_locale

_RANK: dict[Access, int] = {"anyone": 0, "advisor": 1, "manager": 2, "coordinator": 3, "admin": 4}
_LONGEST = 30


class NavItemContract(Contract):
    """What the platform expects of every `NavItem`: `factory = register_nav_items` holds them all."""

    factory: ClassVar[Callable[[], Any]]

    def test_it_is_short_and_leads_to_a_page_of_its_own_plugin(self) -> None:
        """A few words in each language, and an address without a blank."""
        for one in self.each():
            for locale in ("fr", "en"):
                with use_locale(locale):
                    words = _(one.label)
                assert 0 < len(words.strip()) <= _LONGEST, f"{words!r}: {_LONGEST} letters at most"
            assert plugin_of(one), f"{one.path!r}: begin with /p/<plugin>/"
            assert "{" not in one.path, f"{one.path!r}: an address that one can follow"

    async def test_who_sees_it_may_follow_it_where_the_plugin_is_on(
        self, platform: Platform, two_structures: TwoStructures, client: httpx.AsyncClient
    ) -> None:
        """On: a page, for somebody of the role. Off: nothing is found there."""
        for one in self.each():
            await enter_as(platform, client, two_structures.here, one.access)
            await switch(platform, plugin_of(one), on=False)
            found = await client.get(one.path)
            assert found.status_code == 404, f"{one.path} is there where the plugin is off"
            await switch(platform, plugin_of(one), on=True)
            found = await client.get(one.path)
            assert found.status_code < 400, f"{one.path} answers {found.status_code}: {one.access}"


class PermissionContract(Contract):
    """What the platform expects of every `Permission`: `factory = register_permissions` holds them all."""

    factory: ClassVar[Callable[[], Any]]

    def test_it_says_what_it_lets_people_do_and_something_asks_for_it(self, board: Board) -> None:
        """A label for people; a permission that no `RouteSet` asks for would be an idle promise."""
        for one in self.each():
            assert one.label.strip(), f"{one.key}: label: what it lets people do"
            assert _pages(board, one, "here") is not None, f"{one.key}: no RouteSet asks for it"

    async def test_its_pages_open_from_its_role_on(
        self,
        platform: Platform,
        two_structures: TwoStructures,
        client: httpx.AsyncClient,
    ) -> None:
        """Nobody below the role gets in; the least that may does."""
        here = two_structures.here
        for one in self.each():
            await switch(platform, one.key.partition(":")[0], on=True)
            for access, rank in _RANK.items():
                await enter_as(platform, client, here, access)
                for path, least in _pages(platform.board, one, here.structure.slug) or ():
                    status = (await client.get(path)).status_code
                    needed = max(_RANK[one.access], _RANK[least])
                    shown = 200 <= status < 300
                    assert not shown or rank >= needed, f"{path} is open to {access}"
                    assert status < 400 or rank != needed, f"{path} answers {access} with {status}"


def plugin_of(item: NavItem) -> str:
    """The plugin to whose page an entry leads; nothing when that is not to be seen."""
    _empty, area, plugin, *_rest = [*item.path.split("/"), "", ""]
    return plugin if area == "p" else ""


def _pages(board: Board, permission: Permission, slug: str) -> list[tuple[str, Access]] | None:
    """The pages that ask for a permission, with the least role of their `RouteSet`; None when none does."""
    asking = [owned for owned in board.routes if owned.item.permission == permission.key]
    if not asking:
        return None
    found: list[tuple[str, Access]] = []
    for owned in asking:
        alone = Board()
        alone.add(owned.plugin_id, "routes", [owned.item])
        found += [(path, owned.item.access) for path in paths_of(alone, owned.plugin_id, slug)]
    return found
