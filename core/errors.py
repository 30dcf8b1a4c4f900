"""The one root of our errors. A message says what went wrong and how to mend it.

Messages meant for people (`FriendlyError`) are French and shown as they are; the others are for operators
and developers, in English.
"""


class SoMobiliteError(Exception):
    """Root of every error that we raise on purpose."""


class SettingsError(SoMobiliteError):
    """A setting cannot be used: names its source, its key, the reason and an example."""


class StorageError(SoMobiliteError):
    """The database refused, or cannot be reached."""


class MigrationError(StorageError):
    """A migration cannot be applied, or an applied one was changed afterwards."""


class PluginError(SoMobiliteError):
    """A plugin cannot be read, loaded or trusted with a registration."""


class NotFound(SoMobiliteError):
    """The object does not exist, or is another's: the two look the same from outside (404)."""


class SealError(SoMobiliteError):
    """A sealed text was not sealed by us for this purpose: the key changed, or somebody wrote there."""


class FriendlyError(SoMobiliteError):
    """A refusal to show to a person, in French, that says how to go on.

    `field` names the form field that it concerns, when there is one.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Conflict(FriendlyError):
    """Someone else was faster, or the object changed meanwhile (409)."""


class Refused(FriendlyError):
    """A rule says no to this person or at this moment (422)."""
