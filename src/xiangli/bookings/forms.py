"""The form with which a slot is booked: the same for residents and for staff on their behalf."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone

from xiangli.bookings.choices import Channel
from xiangli.core.redaction import redact

LENGTHS = [("60", "1 小时"), ("120", "2 小时")]


class WishForm(forms.Form):
    """A start time and a length in one space. Everything about the person is optional."""

    slot = forms.CharField(label="几点", error_messages={"required": "请选一个时间"})
    minutes = forms.ChoiceField(label="用多久", choices=LENGTHS, initial="60", widget=forms.RadioSelect)
    on_behalf_of = forms.CharField(label="称呼", max_length=20, required=False, help_text="例如：王大爷。到时好招呼您")
    contact_phone = forms.CharField(label="电话", max_length=20, required=False, help_text="有变动时打给您")
    card_number = forms.CharField(label="乡里卡号", max_length=20, required=False)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def clean_slot(self) -> datetime:
        """The start, as a local time of day and date: 2026-11-24T09:00."""
        try:
            return timezone.make_aware(datetime.fromisoformat(self.cleaned_data["slot"]))
        except (ValueError, OverflowError) as error:
            raise forms.ValidationError("请从下面的时间里选一个") from error

    def clean_on_behalf_of(self) -> str:
        return redact(self.cleaned_data["on_behalf_of"])[0]

    def clean_contact_phone(self) -> str:
        return redact(self.cleaned_data["contact_phone"])[0]

    def clean_card_number(self) -> str:
        return redact(self.cleaned_data["card_number"])[0]

    def wish(self) -> dict[str, Any]:
        """Keyword arguments for ``services.book``."""
        data = self.cleaned_data
        personal = {name: data[name] for name in ("on_behalf_of", "contact_phone", "card_number")}
        ends = data["slot"] + timedelta(minutes=int(data["minutes"]))
        return {"starts": data["slot"], "ends": ends, "request_key": data["request_key"], **personal}


class CounterForm(WishForm):
    """The same, made by staff: over the counter or the telephone."""

    channel = forms.ChoiceField(
        label="怎么约的", choices=[(c.value, c.label) for c in (Channel.COUNTER, Channel.PHONE)],
        initial=Channel.COUNTER, widget=forms.RadioSelect,
    )  # fmt: skip

    def wish(self) -> dict[str, Any]:
        return {**super().wish(), "channel": self.cleaned_data["channel"]}
