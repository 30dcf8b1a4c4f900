"""Other people's calendars, for the plugins that speak with them: read, followed over time, told about, written to."""
