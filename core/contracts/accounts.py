"""Account notices: what a member of staff is told about their own account, at once and whatever they chose to hear of."""

from datetime import datetime
from typing import Literal, Protocol

import msgspec

from core.contracts.booking import PersonRef
from core.contracts.context import PluginContext
from core.contracts.notices import Delivery

AccountKind = Literal["password_link", "password_set", "factor_set", "factor_removed"]
"""`password_link`: a link to choose a new password, that they asked for. The others: what was done, should it not be by them."""


class AccountNotice(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one member of staff. `key` is unique and stable across retries; `url` is where to go; `at`, when it happened.

    The link of a `password_link` opens the account: it goes to its owner's address, and is shown and kept nowhere else.
    """

    key: str
    kind: AccountKind
    person: PersonRef
    at: datetime
    url: str
    audience: Literal["staff"] = "staff"


class AccountCarrier(Protocol):
    """Brings account notices. An exception means "try again later", with back-off, as long as the notice holds."""

    key: str
    label: str

    def carries_account(self, context: PluginContext, notice: AccountNotice) -> bool:
        """Whether this carrier has anything to do for it (contact present)."""
        ...

    async def send_account(self, context: PluginContext, notice: AccountNotice) -> Delivery:
        """Sends it, once."""
        ...
