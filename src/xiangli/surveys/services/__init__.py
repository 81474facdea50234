"""Writes of this room. Each takes ``by=``, is atomic and records its event."""

from xiangli.surveys.services.batches import (
    ClaimLost,
    accept_scans,
    beat_batch,
    cancel_batch,
    discard_scans,
    finish_batch,
    remove_files,
    stalled_batches,
    start_batch,
)
from xiangli.surveys.services.campaigns import (
    change_questionnaire,
    close_campaign,
    create_campaign,
    print_run,
    set_sample,
)
from xiangli.surveys.services.needs import K, derive_needs, publish_needs
from xiangli.surveys.services.responses import (
    Imported,
    correct_response,
    import_answers,
    record_response,
    remember_mapping,
)
from xiangli.surveys.services.review import decide_mark, hold_marks, type_words, undo_mark
from xiangli.surveys.services.scans import Recorded, record_readings, seal_reviewed
from xiangli.surveys.services.weights import weigh

__all__ = [
    "ClaimLost",
    "Imported",
    "K",
    "Recorded",
    "accept_scans",
    "beat_batch",
    "cancel_batch",
    "change_questionnaire",
    "close_campaign",
    "correct_response",
    "create_campaign",
    "decide_mark",
    "derive_needs",
    "discard_scans",
    "finish_batch",
    "hold_marks",
    "import_answers",
    "print_run",
    "publish_needs",
    "record_readings",
    "record_response",
    "remember_mapping",
    "remove_files",
    "seal_reviewed",
    "set_sample",
    "stalled_batches",
    "start_batch",
    "type_words",
    "undo_mark",
    "weigh",
]
