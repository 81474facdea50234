"""Evidence: the file first, whole, then its row. Who dies between the two leaves a file that the night sweeps away."""

from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.core.files.base import ContentFile
from django.db import transaction

from xiangli.audit.services import record
from xiangli.ledger.models import Evidence, LedgerItem
from xiangli.ledger.services.items import locked
from xiangli.ledger.uploads import cleaned_upload

FILES = UUID("6f0c3d0e-6f0b-5c53-9c5e-0b6a6b6f2d11")  # of our own: no other name gives these tokens
FOLDER = "ledger"
GRACE = timedelta(days=1)  # longer than any upload takes


@transaction.atomic
def add_evidence(*, by: Any, item: LedgerItem, now: datetime, kind: str, content: bytes) -> Evidence:
    """Keep a picture or paper; the same one sent twice to an item is one. Returns its row.

    Raises UserError unless it is a picture or a PDF within the limits of ``uploads``.
    """
    suffix, content_type, content = cleaned_upload(content)
    token = uuid5(FILES, f"{item.pk} {kind} {sha256(content).hexdigest()}")
    locked(item)  # of two who send the same picture at once the second finds the first one's
    there = Evidence.everywhere.filter(item=item, token=token).first()
    if there:
        return there
    evidence = Evidence(
        county_id=item.county_id, item=item, kind=kind, token=token, suffix=suffix, content_type=content_type,
        by=by if getattr(by, "is_authenticated", False) else None, at=now,
    )  # fmt: skip
    evidence.file.save("", ContentFile(content), save=False)
    evidence.save()
    record("ledger.evidence", item, by=by, at=now, kind=kind, evidence=evidence.pk)
    return evidence


def sweep_files(*, now: datetime) -> int:
    """Remove files that no row knows: of uploads that died, or whose transaction was taken back. Returns how many.

    Files younger than a day stay: their transaction may still be going on.
    """
    storage = Evidence._meta.get_field("file").storage
    top = Path(storage.path(FOLDER))
    old = [path for path in top.glob("*/*") if path.stat().st_mtime < (now - GRACE).timestamp()]
    names = {f"{FOLDER}/{path.relative_to(top).as_posix()}": path for path in old}
    kept: set[str] = set()
    wanted = list(names)
    for start in range(0, len(wanted), 500):
        kept.update(Evidence.everywhere.filter(file__in=wanted[start : start + 500]).values_list("file", flat=True))
    for name in names.keys() - kept:
        names[name].unlink(missing_ok=True)
    return len(names.keys() - kept)
