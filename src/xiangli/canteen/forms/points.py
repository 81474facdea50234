"""Forms of the points: passbooks, claims, the exchange list and the rules."""

from typing import Any
from uuid import uuid4

from django import forms

from xiangli.canteen.choices import RateKind
from xiangli.canteen.forms.meals import HundredthsField
from xiangli.canteen.models import Canteen, ExchangeRate, PointsAccount
from xiangli.ui.forms import DayField, RedactedField


class PassbookForm(forms.Form):
    number = RedactedField(label="存折号", max_length=12, help_text="印在卡上、公示用的号，不要用身份证号或电话")
    holder = RedactedField(label="户主称呼", max_length=20, required=False, help_text="例如：王大爷家")


class RateChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.item}：每{obj.unit} {obj.worth / 100:g} 积分"


class PassbookChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number} {obj.holder}".strip()


class ClaimForm(forms.Form):
    """What a household brought or did."""

    account = PassbookChoice(label="存折", queryset=PointsAccount.everywhere.none())
    rate = RateChoice(label="带来了什么、干了什么", queryset=ExchangeRate.everywhere.none())
    quantity = HundredthsField(label="多少", help_text="按目录里的单位，例如 12.5 斤写 12.5")
    day = DayField(label="哪天")
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, accounts: Any, rates: list[ExchangeRate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = accounts.filter(closed_at=None)  # type: ignore[attr-defined]
        self.fields["rate"].queryset = ExchangeRate.everywhere.filter(  # type: ignore[attr-defined]
            pk__in=[one.pk for one in rates]
        )


class RateForm(forms.Form):
    kind = forms.ChoiceField(label="类别", choices=RateKind.choices)
    item = forms.CharField(label="是什么", max_length=20, help_text="例如：白菜、柴火、打扫卫生")
    unit = forms.CharField(label="单位", max_length=6, help_text="例如：斤、捆、小时")
    worth = HundredthsField(label="每单位折多少积分", required=False, help_text="按市价折；空着就是不再收这一样")
    valid_from = DayField(label="从哪天起")

    def clean_worth(self) -> int | None:
        worth = self.cleaned_data["worth"]
        if worth is not None and worth > 1000_00:
            raise forms.ValidationError("一个单位不会超过 1000 积分，请检查")
        return worth


class RulesForm(forms.ModelForm):
    """Cap, window and life of points."""

    points_month_cap = HundredthsField(label="每月最多发放多少积分", required=False, help_text="空着就是不设上限")

    class Meta:
        model = Canteen
        fields = ["points_window_days", "points_month_cap", "points_valid_days"]
        help_texts = {"points_window_days": "这几天里谁都可以提异议", "points_valid_days": "空着就是长期有效"}


class ReasonForm(forms.Form):
    reason = RedactedField(label="为什么", max_length=60)
