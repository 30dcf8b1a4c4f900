"""Commands of the plugins: `somobilite run <plugin>:<name> [words…]`."""

from collections.abc import Sequence
from functools import partial

from core.errors import FriendlyError, PluginError
from core.platform import Platform


def list_commands(platform: Platform) -> str:
    """Every command with what it does, a line each."""
    found = sorted((owned.item.key, owned.item.summary) for owned in platform.board.commands)
    return "\n".join(f"{key}  {summary}" for key, summary in found) or "no plugin brings a command"


async def run_command(platform: Platform, key: str, words: Sequence[str]) -> str:
    """Runs a command for the structures where its plugin is on; what it says. Raises `PluginError` with what to mend."""
    owned = next((one for one in platform.board.commands if one.item.key == key), None)
    if owned is None:
        raise PluginError(f"no command {key!r}. There are:\n{list_commands(platform)}")
    snapshot = await platform.plugins.current()
    if not snapshot.on_somewhere(owned.plugin_id):
        raise PluginError(f"{owned.plugin_id} is on in no structure: switch it on first")
    context = platform.context(owned.plugin_id, snapshot)
    said: list[str] = []

    async def call() -> str:
        try:
            return await owned.item.run(context, words)
        except FriendlyError as error:
            said.append(error.message)
            raise

    outcome = await platform.dispatch.ask(
        owned.plugin_id, "command", partial(call), str, timeout_seconds=3600
    )
    if outcome.value is None:
        raise PluginError(said[0] if said else outcome.problem)
    answer: str = outcome.value
    return answer
