"""Domain events, between the outbox and the handlers that plugins registered."""

from core.contracts.events import Event, PluginTurned
from core.extension import reactions
from core.platform import Platform
from core.storage import outbox


def handlers(platform: Platform) -> list[str]:
    """The keys of every registered handler: each gets a delivery of each event."""
    return [owned.item.key for owned in platform.board.event_handlers]


async def emit(platform: Platform, event: Event) -> None:
    """Writes an event to the outbox, in the caller's transaction, for every registered handler."""
    await outbox.append(platform.db, event, handlers(platform))


def announce(platform: Platform) -> None:
    """Wakes the workers for an event that the database wrote by itself."""
    platform.db.wake(outbox.CHANNEL)


async def deliver_due(platform: Platform) -> int:
    """Delivers a batch of what is due; returns how many deliveries were tried."""

    async def deliver(handler: str, event: Event | PluginTurned) -> str:
        if isinstance(event, PluginTurned):
            return await reactions.deliver(platform, handler, event)
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
