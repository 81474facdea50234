"""Forms of reports: a month for a bulletin, a template, the rules of a star. No report asks for a number (B4)."""

from datetime import date
from typing import Any

from django import forms

from xiangli.reports.choices import Bound, DocumentKind, Fact
from xiangli.reports.models import Star
from xiangli.ui.forms import DayField


class MonthField(DayField):
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


CONDITIONS = 6
"""Conditions that a star can have on its page."""


class StarForm(forms.ModelForm):
    class Meta:
        model = Star
        fields = ["name", "is_active"]

    def validate_unique(self) -> None:
        """Left to the service, which says it in words."""


class ConditionForm(forms.Form):
    """One condition of a star; a line without a fact is none. The number is the county's rule, not a report."""

    fact = forms.ChoiceField(label="看哪个数", required=False, choices=[("", "不用"), *Fact.choices])
    bound = forms.ChoiceField(label="要求", choices=Bound.choices, initial=Bound.AT_LEAST)
    value = forms.IntegerField(label="多少", required=False, min_value=0, max_value=100_000)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("fact") and data.get("value") is None and "value" not in self.errors:
            self.add_error("value", "请写要多少。")
        return data

    def told(self) -> tuple[str, str, int] | None:
        data = self.cleaned_data
        return (data["fact"], data["bound"], data["value"]) if data["fact"] else None
