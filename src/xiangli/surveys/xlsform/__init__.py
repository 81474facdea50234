"""XLSForm and XForm: our questionnaire as the workbook that others edit and as the form that ODK Collect fills in.

Pure: plain data and bytes in, plain data and bytes out; no Django, no database. Standards: https://xlsform.org,
https://getodk.github.io/xforms-spec/, https://docs.getodk.org/openrosa-form-submission/.
"""

from xiangli.surveys.xlsform.exporting import export_workbook
from xiangli.surveys.xlsform.importing import Imported, import_workbook
from xiangli.surveys.xlsform.submission import Submission, SubmissionError, read_submission
from xiangli.surveys.xlsform.xform import XForm, xform_of

__all__ = [
    "Imported", "Submission", "SubmissionError", "XForm", "export_workbook", "import_workbook", "read_submission",
    "xform_of",
]  # fmt: skip
