"""Forms of supervision. A visit has at most eight fields, and only the village and the day are needed."""

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator

from xiangli.accounts.models import User
from xiangli.places.models import Place
from xiangli.supervision.models import Indicator, SiteReview, Team
from xiangli.ui.forms import DateInput, DayField, ManyField

NEEDS = {
    "deadline": "发现了问题，就要写什么时候改完。",
    "problem": "照片跟着问题存进台账：请写发现了什么问题；没有问题就不用传照片。",
}
"""What the form of a visit says of a field that another one makes needed."""


class VisitForm(forms.Form):
    place = forms.ModelChoiceField(Place.objects.none(), label="哪个村", empty_label="请选")
    visited_on = DayField(label="哪天去的")
    seen = forms.CharField(label="看了什么", required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=1000)
    problem = forms.CharField(label="发现的问题", required=False, max_length=120, help_text="没有问题就空着")
    measure = forms.CharField(label="怎么改", required=False, max_length=500)
    unit = forms.CharField(label="谁来改", required=False, max_length=60)
    deadline = DayField(label="什么时候改完", required=False)
    photo = forms.FileField(label="照片", required=False)
    client_uuid = forms.UUIDField(widget=forms.HiddenInput())

    def __init__(self, *args: Any, villages: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = villages  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("problem") and not data.get("deadline"):
            self.add_error("deadline", NEEDS["deadline"])
        if data.get("photo") and not data.get("problem"):
            self.add_error("problem", NEEDS["problem"])
        return data


class FindingForm(forms.Form):
    """One more problem of a visit that is written down already."""

    problem = forms.CharField(label="发现的问题", max_length=120)
    measure = forms.CharField(label="怎么改", required=False, max_length=500)
    unit = forms.CharField(label="谁来改", required=False, max_length=60)
    deadline = DayField(label="什么时候改完")
    photo = forms.FileField(label="照片", required=False)
    client_uuid = forms.UUIDField(widget=forms.HiddenInput())


class LookBackForm(forms.Form):
    """Four fields: one goes back, looks, and says whether it holds."""

    visited_on = DayField(label="哪天去的")
    holds = forms.TypedChoiceField(
        label="现在怎么样", choices=[("yes", "还好好的"), ("no", "问题又出现了")], widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
    )  # fmt: skip
    seen = forms.CharField(label="看了什么", required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=1000)
    client_uuid = forms.UUIDField(widget=forms.HiddenInput())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("holds") is False and not data.get("seen"):
            self.add_error("seen", "问题又出现了，请写一句是什么样子；事项会重新办理。")
        return data


class PaperRowForm(forms.Form):
    """One line of the printed list. A line without a day was not visited."""

    visited_on = DayField(label="哪天去的", required=False)
    seen = forms.CharField(label="看了什么", required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=1000)
    problem = forms.CharField(label="发现的问题", required=False, max_length=120)
    measure = forms.CharField(label="怎么改", required=False, max_length=500)
    unit = forms.CharField(label="谁来改", required=False, max_length=60)
    deadline = DayField(label="什么时候改完", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if any(data.get(name) for name in ("seen", "problem", "measure")) and not data.get("visited_on"):
            self.add_error("visited_on", "写了内容，就要写哪天去的。")
        if data.get("problem") and not data.get("deadline"):
            self.add_error("deadline", NEEDS["deadline"])
        return data


class RulesForm(forms.Form):
    """A county's rules for looking and telling, in one form."""

    share_left = forms.IntegerField(label="时间只剩不到百分之几、还没申请销号，就提醒", min_value=0, max_value=100)
    stalled_days = forms.IntegerField(label="事项几个工作日没有进展算停滞", min_value=1, max_value=250)
    points_behind = forms.IntegerField(label="一个村比计划落后几个百分点，就该去看", min_value=1, max_value=100)
    unseen_days = forms.IntegerField(label="几个工作日没人去看过，就该去看", min_value=1, max_value=250)
    to_liaison = forms.IntegerField(label="超期几个工作日告诉包村干部", min_value=1, max_value=250)
    to_town = forms.IntegerField(label="超期几个工作日告诉乡镇", min_value=1, max_value=250)
    to_county = forms.IntegerField(label="超期几个工作日告诉县区", min_value=1, max_value=250)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for lower, upper in (("to_liaison", "to_town"), ("to_town", "to_county")):
            if data.get(lower) and data.get(upper) and data[lower] > data[upper]:
                self.add_error(upper, "提醒要一级一级往上，这里的天数不能比下一级少。")
        return data


class TeamForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ["place", "name", "members", "villages", "is_active"]
        field_classes = {"members": ManyField, "villages": ManyField}
        widgets = {"members": forms.CheckboxSelectMultiple, "villages": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, places: Any, people: Any, villages: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["place"]
        else:
            self.fields["place"].queryset = places  # type: ignore[attr-defined]
            self.fields["place"].empty_label = None  # type: ignore[attr-defined]
        self.fields["members"].queryset = people  # type: ignore[attr-defined]
        self.fields["villages"].queryset = villages  # type: ignore[attr-defined]

    def validate_unique(self) -> None:
        """Left to the service, which says it in words."""


class LiaisonForm(forms.Form):
    """One more village for somebody who has an account already."""

    user = forms.ModelChoiceField(User.objects.none(), label="谁", empty_label="请选")
    village = forms.ModelChoiceField(Place.objects.none(), label="包哪个村", empty_label="请选")

    def __init__(self, *args: Any, people: Any, villages: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people  # type: ignore[attr-defined]
        self.fields["village"].queryset = villages  # type: ignore[attr-defined]


class IndicatorForm(forms.ModelForm):
    class Meta:
        model = Indicator
        fields = ["title", "guide", "about", "most", "is_active"]


class ReviewForm(forms.ModelForm):
    class Meta:
        model = SiteReview
        fields = ["place", "title", "held_on"]
        widgets = {"held_on": DateInput()}
        field_classes = {"held_on": DayField}

    def __init__(self, *args: Any, places: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]
        self.fields["place"].empty_label = None  # type: ignore[attr-defined]

    def validate_unique(self) -> None:
        """Left to the service, which says it in words."""


class ScoreForm(forms.Form):
    """The points of one indicator, for a place or one of its services. Empty: not looked at."""

    points = forms.IntegerField(label="得分", required=False, min_value=0)
    remark = forms.CharField(label="看到的", required=False, max_length=200)

    def __init__(self, *args: Any, label: str, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["points"]
        field.label = label
        field.max_value = most
        field.validators.append(MaxValueValidator(most))
        field.widget.attrs["max"] = most


class BurdenForm(forms.Form):
    page = forms.CharField(widget=forms.HiddenInput(), max_length=200, required=False)
    text = forms.CharField(
        label="哪里给您添麻烦了", widget=forms.Textarea(attrs={"rows": 4}), max_length=1000,
        help_text="例如：要填的太多、和别处重复、看不懂。我们只记页面和这句话，不记是谁说的。",
    )  # fmt: skip


class AnswerForm(forms.Form):
    answer = forms.CharField(label="怎么改的", widget=forms.Textarea(attrs={"rows": 2}), max_length=1000)
