"""A form that is sent twice is written once, and nothing else under its number is lost unseen."""

from typing import Any, TypeVar

from xiangli.core.errors import UserError

Row = TypeVar("Row")


def once(made: Row, called: str, **told: Any) -> Row:
    """The row that was made of a form, where the form says the same again; ``called``: what to call the row.

    UserError where it says something else: whoever went back in the browser and changed it means another one.
    """
    if any(getattr(made, name) != value for name, value in told.items()):
        raise UserError(f"这一页刚才已经记过一笔（{called}），现在填的还没有记。请在下面的空表里再填一次")
    return made
