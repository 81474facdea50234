"""The rows of the ledger."""

from xiangli.ledger.models.figures import CountyFigures, TownFigures
from xiangli.ledger.models.items import (
    Dependency,
    Evidence,
    Extension,
    ItemKind,
    ItemMoney,
    LedgerItem,
    LightRule,
    evidence_path,
)
from xiangli.ledger.models.programmes import Duty, Meeting, PracticeNote, Programme, Resolution, StandardPoint
from xiangli.ledger.models.sheets import SheetHeading, SheetImport

__all__ = [
    "CountyFigures", "Dependency", "Duty", "Evidence", "Extension", "ItemKind", "ItemMoney", "LedgerItem", "LightRule",
    "Meeting", "PracticeNote", "Programme", "Resolution", "SheetHeading", "SheetImport", "StandardPoint",
    "TownFigures", "evidence_path",
]  # fmt: skip
