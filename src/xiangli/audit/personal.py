"""How a model says which of its fields are personal data, why it has them and for how long (PIPL articles 6 and 19)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retention:
    """``purpose`` is shown to residents; the field is blanked ``days`` after the time in the field named ``since``.

    Use as ``PERSONAL = {"contact_phone": Retention("回复来信", days=365, since="closed_at")}`` on a model. Rows whose
    ``since`` is empty are still in use and are kept.
    """

    purpose: str
    days: int
    since: str = "created_at"
