"""What the sheets engine refuses, in words for the person in front of it."""


class SheetError(ValueError):
    """A definition, layout or file that cannot be used; the message is Chinese and shown as it is."""
