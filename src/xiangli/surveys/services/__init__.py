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
from xiangli.surveys.services.coding import add_code, code_answer, map_code, undo_coding
from xiangli.surveys.services.needs import K, derive_needs, publish_figures, publish_needs
from xiangli.surveys.services.phones import (
    Access,
    PhoneForm,
    add_enumerator,
    phone_forms,
    renew_enumerator,
    revoke_enumerator,
    unfit_for_phones,
)
from xiangli.surveys.services.responses import (
    Imported,
    correct_response,
    import_answers,
    known_rows,
    record_response,
    remember_mapping,
)
from xiangli.surveys.services.review import decide_mark, hold_marks, type_words, undo_mark
from xiangli.surveys.services.scans import Recorded, record_readings, seal_reviewed
from xiangli.surveys.services.submissions import (
    GRACE,
    Conflict,
    NotAllowed,
    Taken,
    UnknownForm,
    take_submission,
)
from xiangli.surveys.services.trust import SHARE, draw_rechecks, fail_recheck, judge, record_recheck
from xiangli.surveys.services.weights import weigh

__all__ = [
    "GRACE",
    "SHARE",
    "Access",
    "ClaimLost",
    "Conflict",
    "Imported",
    "K",
    "NotAllowed",
    "PhoneForm",
    "Recorded",
    "Taken",
    "UnknownForm",
    "accept_scans",
    "add_code",
    "add_enumerator",
    "beat_batch",
    "cancel_batch",
    "change_questionnaire",
    "close_campaign",
    "code_answer",
    "correct_response",
    "create_campaign",
    "decide_mark",
    "derive_needs",
    "discard_scans",
    "draw_rechecks",
    "fail_recheck",
    "finish_batch",
    "hold_marks",
    "import_answers",
    "judge",
    "known_rows",
    "map_code",
    "phone_forms",
    "print_run",
    "publish_figures",
    "publish_needs",
    "record_readings",
    "record_recheck",
    "record_response",
    "remember_mapping",
    "remove_files",
    "renew_enumerator",
    "revoke_enumerator",
    "seal_reviewed",
    "set_sample",
    "stalled_batches",
    "start_batch",
    "take_submission",
    "type_words",
    "undo_coding",
    "undo_mark",
    "unfit_for_phones",
    "weigh",
]
