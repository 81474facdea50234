"""What a browser sends of a form."""

from typing import Any


def filled(form: Any) -> dict[str, Any]:
    """Of a form that nobody has touched: names and values, several for what has several, no boxes that are empty."""
    sent: dict[str, Any] = {}
    for field in form:
        value = field.value()
        if isinstance(value, list | tuple):
            sent[field.html_name] = [str(getattr(one, "pk", one)) for one in value]
        elif value is not False:
            sent[field.html_name] = "" if value is None else str(value)
    return sent
