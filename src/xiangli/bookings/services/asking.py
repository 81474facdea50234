"""Who asks for something: the three things that may be said of a person, all of them optional."""

from typing import TypedDict, Unpack

from xiangli.bookings.queries.space_rules import digits


class Person(TypedDict, total=False):
    """How to call somebody, and by which number they are known; what is left out is not known."""

    on_behalf_of: str
    contact_phone: str
    card_number: str


def as_kept(**person: Unpack[Person]) -> Person:
    """All three as they are written down and compared."""
    return {
        "on_behalf_of": person.get("on_behalf_of", "").strip(),
        "contact_phone": digits(person.get("contact_phone", "")),
        "card_number": digits(person.get("card_number", "")),
    }
