"""Tables of the accounts room."""

from piccolo.columns import UUID, Boolean, Bytea, Text, Timestamptz
from piccolo.table import Table

from core.storage.engine import DB


class Account(Table, db=DB, tablename="account"):
    """A member of staff."""

    id = UUID(primary_key=True)
    email = Text()
    name = Text()
    password_hash = Text(null=True, default=None, secret=True)
    region_role = Text(null=True, default=None)
    locale = Text(default="fr")
    is_demo = Boolean(default=False)
    created_at = Timestamptz()
    disabled_at = Timestamptz(null=True, default=None)
    factor_due_at = Timestamptz(null=True, default=None)
    password_asked_at = Timestamptz(null=True, default=None)


class Session(Table, db=DB, tablename="session"):
    """A browser in which someone is signed in."""

    id_hash = Bytea(primary_key=True)
    account = UUID()
    created_at = Timestamptz()
    seen_at = Timestamptz()
    expires_at = Timestamptz()
    user_agent = Text()
    factor_at = Timestamptz(null=True, default=None)
