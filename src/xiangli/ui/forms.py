"""Forms and fields that several rooms use: dates as the browser's own picker, ticks, money typed in yuan and kept in
fen, words without identity numbers, and an edit that takes nothing from another one."""

from datetime import MAXYEAR
from hashlib import blake2s
from typing import Any

from django import forms
from django.db import models

from xiangli.core.money import parse_fen, yuan
from xiangli.core.numbers import whole_number
from xiangli.core.redaction import redact


class DateInput(forms.DateInput):
    """The browser's date picker; without one, a text field that takes 2026-06-30."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day after which there is another one: the calendar ends with the year 9999."""

    widget: forms.Widget | type[forms.Widget] = DateInput

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day and day.year == MAXYEAR:
            raise forms.ValidationError("没有这一年，请检查")
        return day


class ManyField(forms.ModelMultipleChoiceField):
    """Several rows to tick. A number that no row can have is no choice, where SQLite would only say it is too large."""

    def _check_values(self, value: Any) -> Any:
        for pk in value:
            if str(pk).isdecimal() and whole_number(str(pk)) is None:
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


class RedactedField(forms.CharField):
    """Words or a number about a person. Identity-card numbers are blacked out on entry, however they are typed."""

    def clean(self, value: Any) -> Any:
        return redact(super().clean(value))[0][: self.max_length]


class EditForm(forms.ModelForm):
    """Add or change a row. Of two who change the same row at once, neither overwrites the other unseen.

    ``seen`` is what an edit began from, a short hash a field: what somebody else has changed meanwhile stays, and where
    both have changed the same field the form says so once. It is to be shown among the hidden fields.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen"] = self.prints()
        else:
            del self.fields["seen"]

    def prints(self) -> str:
        """The hashes of all fields of the row as they are now."""
        shown = (name for name in self.fields if hasattr(self.instance, name))
        return ",".join(f"{name}:{_print(self._now(name))}" for name in shown)

    def _now(self, name: str) -> Any:
        value = getattr(self.instance, name)
        return value.all() if isinstance(value, models.Manager) else value

    def _keep_others_edits(self, data: dict[str, Any]) -> None:
        """Leave alone what only somebody else has changed since; an error where both have, once."""
        began = dict(part.split(":", 1) for part in data.pop("seen", "").split(",") if ":" in part)
        again = self.data.copy()  # type: ignore[attr-defined]  # a form that is cleaned has a QueryDict
        for name in sorted(began.keys() & data.keys()):
            now = self._now(name)
            if began[name] in (_print(now), ""):
                continue
            if _print(data[name]) == began[name]:
                data[name] = now
                self._put(again, name, now)
            elif _print(data[name]) != _print(now):
                shown = self._words(name, now)
                self.add_error(name, f"您改的时候，别人把这一项改成了“{shown}”。还要用您写的，就再保存一次。")
        again[self.add_prefix("seen")] = self.prints()  # what is sent next begins from here
        self.data = again

    def _put(self, sent: Any, name: str, value: Any) -> None:
        """A value among what was sent, as if it had been typed."""
        shown = self.fields[name].prepare_value(value)
        if isinstance(shown, list):
            sent.setlist(self.add_prefix(name), shown)
        elif shown is False:
            sent.pop(self.add_prefix(name), None)
        else:
            sent[self.add_prefix(name)] = "" if shown is None else shown

    def _words(self, name: str, value: Any) -> str:
        """A value as people read it."""
        if isinstance(self.fields[name], YuanField):
            return yuan(value)
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, models.QuerySet):
            return "、".join(map(str, value)) or "（空）"
        display = getattr(self.instance, f"get_{name}_display", None)
        return str(display() if display else value if value not in (None, "") else "（空）")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "seen" in self.fields:
            self._keep_others_edits(data)
        return data


def _print(value: Any) -> str:
    """A short hash of a field's value; of rows, of their numbers. Blanks at the edges and line ends do not count."""
    if isinstance(value, models.QuerySet | list):
        plain: Any = " ".join(sorted(str(getattr(one, "pk", one)) for one in value))
    else:
        plain = getattr(value, "pk", value)
    text = "" if plain is None else "\n".join(line.strip() for line in str(plain).strip().splitlines())
    return blake2s(text.encode(), digest_size=4).hexdigest()


def written(form: forms.BaseForm) -> list[tuple[str, str]]:
    """What a person wrote into a form for which it is too late, to be copied: (label, text) of each text field."""
    texts = (name for name, field in form.fields.items() if type(field) is forms.CharField)
    return [(str(form[name].label), form[name].value()) for name in texts if form[name].value()]


def faults(form: forms.Form) -> str:
    """What is wrong with a small form that has no page of its own, in one line, each with the field it is about."""
    labels = {name: f"{field.label}：" for name, field in form.fields.items() if field.label}
    return "；".join(f"{labels.get(name, '')}{'、'.join(map(str, each))}" for name, each in form.errors.items())
