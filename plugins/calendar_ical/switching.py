"""Calendars that no structure needs any more are not kept; those of a structure that takes the plugin again are read next."""

from hookspecs import PluginContext, _, use_locale

from .feeds import KEEPER, trusted


class FollowSwitch:
    """Hours, and titles even, of somebody's own calendar are kept as long as they are of use."""

    key = "calendar_ical:switch"

    async def enabled(self, context: PluginContext) -> None:
        """Has the calendars of the structure's advisors read next, however long ago the last failure was."""
        await KEEPER.read_soon(context)

    async def disabled(self, context: PluginContext) -> None:
        """Forgets what calendars said that are read for nobody any more; their addresses stay, and are read whole the next time."""
        database = context.services.database
        with use_locale("fr"):  # the reason is kept
            problem = _("Il va être relu dans quelques minutes.")
        async with database.atomic():
            unserved = await KEEPER.leave_unserved(context, trusted(context), problem)
            await database.execute(
                "UPDATE calendar_ical_feed SET etag = '', last_modified = '' WHERE advisor = ANY($1::uuid[])",
                unserved,
            )
            for table in ("calendar_ical_busy", "calendar_ical_open"):
                await database.execute(
                    f"DELETE FROM {table} WHERE feed IN"  # noqa: S608 - names are ours
                    " (SELECT id FROM calendar_ical_feed WHERE advisor = ANY($1::uuid[]))",
                    unserved,
                )
