"""The week's menu as one plain form."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms

from xiangli.canteen.choices import Meal
from xiangli.canteen.models import Canteen, MenuDay


class CanteenForm(forms.ModelForm):
    class Meta:
        model = Canteen
        fields = ["name", "price_note", "order_note", "is_open"]
        help_texts = {
            "price_note": "例如：70 岁以上 3 元，60 到 69 岁 5 元，其他人 10 元",
            "order_note": "例如：前一天下午 5 点前打电话或到柜台说一声",
        }


class MenuForm(forms.Form):
    """Lunch of every day of a week; breakfast and dinner where the canteen cooks them.

    Each field carries along what it showed, so that only what was changed is written: two people at one week, or a page
    left open, take nothing from one another.
    """

    def __init__(self, *args: Any, monday: date, menu: Iterable[MenuDay], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = {(row.day, row.meal): row.dishes for row in menu}
        self.keys: dict[str, tuple[date, str]] = {}
        for offset in range(7):
            day = monday + timedelta(days=offset)
            for meal in Meal:
                name = f"d{offset}{meal.value[0]}"
                self.keys[name] = (day, meal.value)
                initial = told.get((day, meal.value), "")
                self.fields[name] = forms.CharField(
                    label=meal.label, max_length=120, required=False, initial=initial, show_hidden_initial=True
                )

    def days(self) -> list[tuple[date, list[forms.BoundField]]]:
        """The days, each with the fields of its meals."""
        found: dict[date, list[forms.BoundField]] = {}
        for name, (day, _) in self.keys.items():
            found.setdefault(day, []).append(self[name])
        return list(found.items())

    def dishes(self) -> dict[tuple[date, str], str]:
        """What was changed: (day, meal) -> dishes."""
        return {self.keys[name]: self.cleaned_data[name] for name in self.changed_data}
