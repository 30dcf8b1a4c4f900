"""Pieces of core pages that plugins add: guarded and time-limited; a piece that fails is simply not there."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Request
from markupsafe import Markup

from core.contracts.context import PluginContext
from core.contracts.surfaces import PageBlock
from core.extension.active import active
from core.extension.board import Board, Owned
from core.extension.state import Snapshot
from core.platform import Platform
from core.web.i18n import current_locale


async def render_blocks(
    request: Request[Any, Any, Any],
    place: str,
    structure_id: UUID | None,
    values: Mapping[str, Any],
) -> Markup:
    """The blocks of `place` from the plugins that are on for the structure (for one at least, without any), by `order`, joined.

    `values` is what each block is told about the page. They are asked side by side, so one that hangs costs the page
    one time limit and no more: do not call it inside a transaction.
    """
    platform: Platform = request.app.state.platform
    snapshot = await platform.plugins.current()
    found = active(platform.board, snapshot, Board.page_blocks, structure_id)
    blocks = sorted(
        (owned for owned in found if owned.item.place == place), key=lambda owned: owned.item.order
    )

    def context_of(plugin_id: str) -> PluginContext:
        return platform.context(
            plugin_id,
            snapshot,
            structure_id,
            locale=current_locale(),
            request_id=request.scope.get("state", {}).get("request_id", ""),
        )

    pieces = await asyncio.gather(
        *(_piece(platform, owned, context_of(owned.plugin_id), values) for owned in blocks)
    )
    return Markup("\n").join(piece for piece in pieces if piece)


async def draw_blocks(
    platform: Platform,
    snapshot: Snapshot,
    structure_id: UUID,
    told: Mapping[str, Mapping[str, Any]],
) -> list[tuple[Owned[PageBlock], Markup]]:
    """The blocks of the places of `told` as a snapshot has them for a structure, each with what it shows: nothing, where it has
    nothing to say of what it is told. By `order`.
    """
    blocks = sorted(
        (
            owned
            for owned in active(platform.board, snapshot, Board.page_blocks, structure_id)
            if owned.item.place in told
        ),
        key=lambda owned: owned.item.order,
    )
    contexts = [
        platform.context(owned.plugin_id, snapshot, structure_id, locale=current_locale())
        for owned in blocks
    ]
    pieces = await asyncio.gather(
        *(
            _piece(platform, owned, context, told[owned.item.place])
            for owned, context in zip(blocks, contexts, strict=True)
        )
    )
    return list(zip(blocks, pieces, strict=True))


async def _piece(
    platform: Platform,
    owned: Owned[PageBlock],
    context: PluginContext,
    values: Mapping[str, Any],
) -> Markup:

    async def render(block: PageBlock) -> str:
        found = await block.values(context, values)
        if found is None:
            return ""
        return platform.templates.get_template(block.template).render(
            {"locale": context.locale, **found}
        )

    outcome = await platform.dispatch.ask(
        owned.plugin_id,
        "page_block",
        partial(render, owned.item),
        str,
        structure_id=context.structure.id if context.structure else None,
    )
    return Markup(outcome.value or "")  # noqa: S704 - a template rendered it, with autoescape
