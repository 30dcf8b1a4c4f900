"""Words may say who somebody is: they go with them. What was chosen in a list says nothing of anyone, and stays counted."""

from hookspecs import PluginContext, Traces

from .answers import key_of


class LeftWords:
    """The words of the answers."""

    key = "questionnaires:words"

    async def erase(self, context: PluginContext, traces: Traces) -> None:
        """Removes the words about their appointments, the youth's and the advisor's."""
        keys = [
            key_of(context, audience, appointment_id)
            for appointment_id in traces.appointment_ids
            for audience in ("youth", "advisor")
        ]
        await context.services.database.execute(
            "UPDATE questionnaires_answer SET answers = coalesce((SELECT jsonb_object_agg(one.key, one.value)"
            " FROM jsonb_each(answers) AS one WHERE jsonb_typeof(one.value) <> 'string'), '{}') WHERE key = ANY($1::text[])",
            keys,
        )
