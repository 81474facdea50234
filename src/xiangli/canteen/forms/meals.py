"""Forms of the meals: who eats, on the spot, prices, signature lists, what comes in and goes out."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from django import forms

from xiangli.canteen.choices import Band, Diet, EntryKind, Settled, Way
from xiangli.canteen.models import PointsAccount
from xiangli.core.errors import UserError
from xiangli.core.files import check_upload
from xiangli.surveys.forms import SCANS, ManyFiles, ManyFilesField
from xiangli.ui.forms import DayField, RedactedField, YuanField

SCANS_MOST = 24


class HundredthsField(forms.DecimalField):
    """A number with up to two decimals; initial and cleaned value in hundredths, None where empty."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", Decimal("0.01"))
        super().__init__(max_digits=9, decimal_places=2, **kwargs)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        return f"{value / 100:g}" if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        number = super().clean(value)
        return None if number is None else int(number * 100)


class SpotForm(forms.Form):
    """People who came without an order."""

    band = forms.ChoiceField(label="年龄段", choices=Band.choices, initial=Band.UNDER_60)
    portions = forms.IntegerField(label="几份", min_value=1, max_value=99, initial=1)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, prices: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = [(b.value, f"{b.label}，{prices[b] / 100:g} 元" if b in prices else b.label) for b in Band]
        self.fields["band"] = forms.ChoiceField(label="年龄段", choices=said, initial=Band.UNDER_60)


class OrderForm(forms.Form):
    """Which of those who often come want a meal."""

    diners = forms.MultipleChoiceField(
        label="谁要吃", widget=forms.CheckboxSelectMultiple, error_messages={"required": "请勾选要订餐的人"}
    )
    way = forms.ChoiceField(
        label="怎么说的", choices=[(w.value, w.label) for w in (Way.COUNTER, Way.PHONE)], initial=Way.COUNTER,
        widget=forms.RadioSelect,
    )  # fmt: skip

    def __init__(self, *args: Any, diners: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_pk = {str(one.pk): one for one in diners}
        field = self.fields["diners"]
        field.choices = [(pk, str(one)) for pk, one in self.by_pk.items()]  # type: ignore[attr-defined]

    def clean_diners(self) -> list[Any]:
        return [self.by_pk[pk] for pk in self.cleaned_data["diners"]]


class DinerForm(forms.Form):
    number = RedactedField(label="卡号", max_length=12)
    label = RedactedField(label="称呼", max_length=20, required=False, help_text="例如：王大爷。不用写全名")
    band = forms.ChoiceField(label="年龄段", choices=Band.choices, initial=Band.FROM_70)
    account = forms.ModelChoiceField(
        label="积分存折", queryset=PointsAccount.everywhere.none(), required=False, empty_label="没有，交现金"
    )

    def __init__(self, *args: Any, accounts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = accounts.filter(closed_at=None)  # type: ignore[attr-defined]


class NeedsForm(forms.Form):
    """Diet and delivery: only with consent, and it may be taken back at any time."""

    agreed = forms.BooleanField(
        label="本人（或家人代本人）单独同意：食堂为做饭、送餐记下这些，不给别人看，随时可以删", required=False
    )
    diets = forms.MultipleChoiceField(
        label="饮食标记", choices=Diet.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    delivered = forms.BooleanField(label="下不了床或走不动，要送餐上门", required=False)
    address = RedactedField(label="送到哪里", max_length=60, required=False, help_text="例如：东头第三家")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("agreed") and (data.get("diets") or data.get("delivered") or data.get("address")):
            self.add_error("agreed", "要先征得同意才能记；不同意就把下面的都空着")
        return data


class PriceForm(forms.Form):
    band = forms.ChoiceField(label="年龄段", choices=Band.choices)
    price = YuanField(label="每餐多少元", help_text="0 就是不收费。积分同价：1 个积分顶 1 元")
    valid_from = DayField(label="从哪天起")

    def clean_price(self) -> int:
        price = self.cleaned_data["price"]
        if price > 100_00:
            raise forms.ValidationError("一餐不会超过 100 元，请检查")
        return int(price)


class EntryForm(forms.Form):
    kind = forms.ChoiceField(label="类别", choices=EntryKind.choices, initial=EntryKind.PURCHASE)
    item = RedactedField(label="是什么", max_length=40, help_text="例如：白菜；10 月工资。不写人名")
    quantity = forms.CharField(label="多少", max_length=20, required=False, help_text="例如：30 斤")
    fen = YuanField(label="多少元（东西就折价）", least_fen=1)
    day = DayField(label="哪天")
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class ScansForm(forms.Form):
    """Scans or photos of one signature sheet."""

    scans = ManyFilesField(label="扫描件或照片", widget=ManyFiles, help_text="JPEG、PNG、TIFF 或 PDF，读完就删")

    def contents(self) -> dict[str, bytes]:
        """File name -> content; UserError for what is no picture or too much."""
        given = self.cleaned_data["scans"]
        if len(given) > SCANS_MOST:
            raise UserError(f"一次最多传 {SCANS_MOST} 个文件")
        found = {}
        for one in given:
            name, content = Path(one.name).name, one.read()
            try:
                check_upload(content, SCANS)
            except UserError as error:
                raise UserError(f"{name}：{error}") from error
            found[name] = content
        return found


class SignaturesForm(forms.Form):
    """A grid of boxes: a line for each diner, a column for each day. Boxes are named ``t<diner>-<offset>``."""

    otherwise = forms.ChoiceField(
        label="没有存折或积分不够的", choices=[(Settled.CASH, "收了现金"), ("name", "先不记，名单告诉我")],
        initial=Settled.CASH, widget=forms.RadioSelect,
    )  # fmt: skip

    def ticks(self, diners: dict[int, Any], days: list[date]) -> list[tuple[int, date]]:
        """(diner id, day) of every box that is ticked; names that are not on the list are passed over."""
        found = []
        for pk in diners:
            found += [(pk, day) for offset, day in enumerate(days) if f"t{pk}-{offset}" in self.data]
        return found
