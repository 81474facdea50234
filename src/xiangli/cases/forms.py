"""Forms of the cases room. The public one asks for nothing personal that it does not need."""

import uuid
from typing import Any, Self

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from xiangli.accounts.models import User
from xiangli.cases.choices import Channel, Kind, Rating
from xiangli.cases.models import TEXT_LIMIT, Case, CaseLimits


class CaseForm(forms.ModelForm):
    """What a resident says. ``website`` is a trap for machines: hidden from people, empty when they send."""

    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    website = forms.CharField(
        label="请留空", required=False, widget=forms.TextInput({"autocomplete": "off", "tabindex": -1})
    )
    altcha = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Case
        fields = ["kind", "text", "contact_name", "contact_phone", "may_publish", "client_uuid"]
        widgets = {
            "kind": forms.RadioSelect,
            "text": forms.Textarea({"rows": 6, "maxlength": TEXT_LIMIT}),
            "contact_name": forms.TextInput({"autocomplete": "off"}),
            "contact_phone": forms.TextInput({"autocomplete": "off", "inputmode": "tel"}),
        }
        labels = {"text": "您要说的事", "may_publish": "同意把来信和答复公开给乡亲们看（不带姓名和电话）"}
        help_texts = {
            "text": "什么地方、什么事、希望怎么办。请不要写身份证号；写了也会自动抹掉。",
            "contact_name": "怎么称呼您，比如“王大妈”。",
            "contact_phone": "想让我们打电话答复就留。不留也行，凭回执号随时能查。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("client_uuid", uuid.uuid4())
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = Kind.choices
        kind.initial = Kind.HELP
        self.fields["text"].required = True

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError("没有收到。请到柜台或打电话告诉我们。")
        return ""

    def sent_anew(self, why: str) -> Self:
        """The same words in a form with a number of its own, and why it has to be sent once more."""
        form = type(self)({**dict(self.data.items()), "client_uuid": str(uuid.uuid4())})
        form.add_error(None, why)
        return form

    def told(self) -> dict[str, Any]:
        """The fields that ``services.file_case`` takes."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class CounterCaseForm(CaseForm):
    """The same, written down by staff for someone at the counter or on the telephone."""

    channel = forms.ChoiceField(
        label="怎么来的",
        choices=[(Channel.COUNTER, "来柜台说的"), (Channel.PHONE, "打电话说的")],
        initial=Channel.COUNTER,
        widget=forms.RadioSelect,
    )

    def told(self) -> dict[str, Any]:
        return {**super().told(), "channel": self.cleaned_data["channel"]}


class DispatchForm(forms.Form):
    handler = forms.ModelChoiceField(label="派给谁", queryset=User.objects.none(), empty_label="请选择")
    note = forms.CharField(label="交代一句", required=False, max_length=TEXT_LIMIT)

    def __init__(self, *args: Any, handlers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["handler"]
        field.queryset = handlers


class ReasonForm(forms.Form):
    reason = forms.CharField(label="理由", max_length=TEXT_LIMIT, widget=forms.Textarea({"rows": 2}))


class ExtendForm(ReasonForm):
    days = forms.IntegerField(label="再延几个工作日", min_value=1, max_value=30, initial=3)
    field_order = ["days", "reason"]


class WordsForm(forms.Form):
    text = forms.CharField(label="内容", max_length=TEXT_LIMIT, widget=forms.Textarea({"rows": 4}))


class FurtherForm(forms.Form):
    """What a resident asks after a reply."""

    text = forms.CharField(label="您还想问", max_length=TEXT_LIMIT, widget=forms.Textarea({"rows": 4}))


class CallBackForm(forms.Form):
    solved = forms.TypedChoiceField(
        label="来信人怎么说",
        choices=[("yes", "问题解决了"), ("no", "还没解决，重新办理")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    text = forms.CharField(label="记一句", required=False, max_length=TEXT_LIMIT)


class RatingForm(forms.Form):
    rating = forms.ChoiceField(label="办得怎么样", choices=Rating.choices, widget=forms.RadioSelect)


class PublishForm(forms.Form):
    question = forms.CharField(label="公开的来信", max_length=TEXT_LIMIT, widget=forms.Textarea({"rows": 3}))
    answer = forms.CharField(label="公开的答复", max_length=TEXT_LIMIT, widget=forms.Textarea({"rows": 4}))


class LimitsForm(forms.ModelForm):
    class Meta:
        model = CaseLimits
        fields = ["accept_days", "reply_days", "follow_up_days", "close_days"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.help_text = "工作日"
            field.validators += [MinValueValidator(1), MaxValueValidator(60)]


class ReceiptForm(forms.Form):
    """Looking a case up; spaces, dashes and small letters are forgiven."""

    receipt = forms.CharField(label="回执号", max_length=20)

    def clean_receipt(self) -> str:
        return "".join(letter for letter in self.cleaned_data["receipt"].upper() if letter.isalnum())
