"""The one exception whose message is meant for the person at the keyboard."""


class UserError(Exception):
    """Something the user can put right. The message is in plain Chinese; commands print it and exit with 2."""
