"""Forms of reports: a month to issue a bulletin for, a template to replace. No form here asks for a number (B4)."""

from datetime import date
from typing import Any

from django import forms

from xiangli.reports.choices import DocumentKind


class MonthField(forms.DateField):
    """A month as browsers send it: 2026-06. The value is its first day."""

    widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-06"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m"], **kwargs)
        self.error_messages["invalid"] = "请写成 2026-06 这样的年月。"

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%Y-%m}" if isinstance(value, date) else value


class IssueForm(forms.Form):
    month = MonthField(widget=forms.HiddenInput())
    client_uuid = forms.UUIDField(widget=forms.HiddenInput())


class TemplateForm(forms.Form):
    kind = forms.ChoiceField(label="哪种材料", choices=DocumentKind.choices)
    file = forms.FileField(
        label="Word 模板（.docx）", help_text="2 MB 以内，不带宏。传上来先用样例试填，填得出来才换。"
    )
