"""Forms of supervision. A visit has at most eight fields, and only the village and the day are needed."""

from typing import Any

from django import forms

from xiangli.places.models import Place
from xiangli.ui.forms import DateInput


class VisitForm(forms.Form):
    place = forms.ModelChoiceField(Place.objects.none(), label="哪个村", empty_label="请选")
    visited_on = forms.DateField(label="哪天去的", widget=DateInput())
    seen = forms.CharField(label="看了什么", required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=1000)
    problem = forms.CharField(label="发现的问题", required=False, max_length=120, help_text="没有问题就空着")
    measure = forms.CharField(label="怎么改", required=False, max_length=500)
    unit = forms.CharField(label="谁来改", required=False, max_length=60)
    deadline = forms.DateField(label="什么时候改完", required=False, widget=DateInput())
    photo = forms.FileField(label="照片", required=False)
    client_uuid = forms.UUIDField(widget=forms.HiddenInput())

    def __init__(self, *args: Any, villages: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = villages  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("problem") and not data.get("deadline"):
            self.add_error("deadline", "发现了问题，就要写什么时候改完。")
        return data


class BurdenForm(forms.Form):
    page = forms.CharField(widget=forms.HiddenInput(), max_length=200, required=False)
    text = forms.CharField(
        label="哪里给您添麻烦了", widget=forms.Textarea(attrs={"rows": 4}), max_length=1000,
        help_text="例如：要填的太多、和别处重复、看不懂。我们只记页面和这句话，不记是谁说的。",
    )  # fmt: skip


class AnswerForm(forms.Form):
    answer = forms.CharField(label="怎么改的", widget=forms.Textarea(attrs={"rows": 2}), max_length=1000)
