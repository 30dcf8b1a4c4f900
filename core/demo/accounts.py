"""Who may sign in to the demonstration. Invented people, one password, addresses that no mail reaches."""

import msgspec

from core.platform import Platform
from core.web.i18n import _

DEMO_PASSWORD = "bon-voyage-2027"  # noqa: S105 - public on purpose, shown on the sign-in page
WALK_ADVISOR = "lou@demo.example"


class DemoAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account to show to whoever tries the demonstration; `role` is French."""

    role: str
    name: str
    email: str
    password: str = DEMO_PASSWORD


async def demo_accounts(platform: Platform) -> list[DemoAccount]:
    """One account of each role, from the advisor to the administrator; none where the demonstration is not loaded."""
    roles = {
        WALK_ADVISOR: _("Conseillère"),
        "charlie@demo.example": _("Référente de structure"),
        "romane@demo.example": _("Coordination régionale"),
        "alma@demo.example": _("Administration"),
    }
    rows = await platform.db.fetch(
        "SELECT email, name FROM account WHERE is_demo AND email = ANY($1)", list(roles)
    )
    names = {row["email"]: row["name"] for row in rows}
    return [
        DemoAccount(role=role, name=names[email], email=email)
        for email, role in roles.items()
        if email in names
    ]
