"""A word above the agenda: questions to settle, or a calendar in trouble. That slots are hidden is said by the agenda itself."""

from collections.abc import Mapping
from typing import Any

from hookspecs import PluginContext

from .accounts import read_account
from .questions import list_questions


async def banner(context: PluginContext, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What it says, or nothing when all is well. The page gives `advisor_id`."""
    account = await read_account(context, values["advisor_id"])
    if account is None:
        return None
    questions = await list_questions(context, account.advisor)
    state = account.state_for(context)
    if state in {"ok", "closed"} and not questions:
        return None
    return {"account": account, "state": state, "questions": questions}
