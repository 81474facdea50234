"""Form fields that several rooms use: dates as the browser's own picker, ticks, money typed in yuan and kept in fen."""

from typing import Any

from django import forms

from xiangli.core.money import parse_fen, yuan


class DateInput(forms.DateInput):
    """The browser's date picker; without one, a text field that takes 2026-06-30."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class ManyField(forms.ModelMultipleChoiceField):
    """Several rows to tick. A number that no row can have is no choice, where SQLite would only say it is too large."""

    def _check_values(self, value: Any) -> Any:
        for pk in value:
            if str(pk).isdecimal() and int(pk) >= 2**63:
                raise forms.ValidationError(self.error_messages["invalid_choice"], params={"value": pk})
        return super()._check_values(value)  # type: ignore[misc]  # the stubs leave out what is private


class YuanField(forms.CharField):
    """An amount as people write it ("12,345.50", "1.2万"); initial and cleaned value in fen, None where empty."""

    def __init__(self, *, least_fen: int = 0, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "单位：元，也可以写 1.2万")
        self.least_fen = least_fen
        super().__init__(max_length=30, empty_value=None, **kwargs)
        self.widget.attrs |= {"autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        return yuan(value, grouped=False) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text is None:
            return None
        try:
            fen = parse_fen(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        if fen < self.least_fen:
            raise forms.ValidationError(f"金额不能少于 {yuan(self.least_fen)} 元。")
        return fen

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)
