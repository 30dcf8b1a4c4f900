"""Domain events, between the outbox and the handlers that plugins registered."""

from core.contracts.events import Event
from core.platform import Platform
from core.storage import outbox


async def emit(platform: Platform, event: Event) -> None:
    """Writes an event to the outbox, in the caller's transaction, for every registered handler."""
    handlers = [owned.item.key for owned in platform.board.event_handlers]
    await outbox.append(platform.db, event, handlers)


async def deliver_due(platform: Platform) -> int:
    """Delivers a batch of what is due; returns how many deliveries were tried."""

    async def deliver(handler: str, event: Event) -> str:
        return await _deliver(platform, handler, event)

    return await outbox.deliver_due(platform.db, deliver)


async def _deliver(platform: Platform, handler: str, event: Event) -> str:
    """Calls the handler where its plugin is on; the problem, or nothing."""
    owned = next((o for o in platform.board.event_handlers if o.item.key == handler), None)
    if owned is None:
        return f"no handler {handler} is loaded"
    snapshot = await platform.plugins.current()
    if not snapshot.is_on(owned.plugin_id, event.structure_id):
        return ""
    context = platform.context(owned.plugin_id, snapshot, event.structure_id)
    outcome = await platform.dispatch.ask(
        owned.plugin_id,
        "event_handler",
        lambda: owned.item.handle(context, event),
        None,
        timeout_seconds=outbox.HANDLER_LIMIT.total_seconds(),
    )
    return outcome.problem
