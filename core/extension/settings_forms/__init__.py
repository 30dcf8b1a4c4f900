"""The form of a plugin's settings, drawn from its Struct: `fields` says what to draw, `reading` what was typed."""
