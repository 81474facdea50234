"""The tag that shows a form's field: words for an empty choice, and a page that opens at what is wrong."""

from django import forms
from django.template import Context, Template
from django.urls import get_resolver

from xiangli.ledger.models import LedgerItem
from xiangli.places.models import Service
from xiangli.ui.forms import DayField, ManyField


class AskForm(forms.Form):
    name = forms.CharField(label="名称")
    day = forms.DateField(label="哪天")


ItemForm = forms.modelform_factory(LedgerItem, fields=["repeats", "service"])


def shown(form: forms.BaseForm) -> str:
    return Template("{% for one in form %}{% field one %}{% endfor %}").render(Context({"form": form}))


def test_field_that_is_wrong_takes_the_focus_and_no_other():
    assert "autofocus" not in shown(AskForm())
    page = shown(AskForm({"name": "甲", "day": "某天"}))
    assert [line for line in page.splitlines() if "autofocus" in line] == [
        line for line in page.splitlines() if 'name="day"' in line
    ]


def test_empty_choice_is_said_in_words(db):
    page = shown(ItemForm())
    assert page.count("不填</option>") == 2
    assert "-----" not in page


def test_row_whose_number_has_no_end_is_no_choice(db):
    """Python reads no number of more than 4,300 digits, and no database keeps one."""
    form = forms.Form({"many": ["9" * 5000]})
    form.fields["many"] = ManyField(Service.everywhere.all())
    assert form.errors == {"many": [f"没有“{'9' * 5000}”这一项，请从列出的里面选。"]}


def test_every_day_that_is_typed_has_a_next_one():
    """Pages count on from a day, and the calendar ends with the year 9999."""
    _ = get_resolver().url_patterns  # every room's forms are read

    def below(form: type[forms.BaseForm]) -> set[type[forms.BaseForm]]:
        return {form}.union(*map(below, form.__subclasses__()))

    found = {
        f"{form.__name__}.{name}"
        for form in below(forms.BaseForm)
        if form.__module__.startswith("xiangli.")
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.DateField) and not isinstance(field, DayField)
    }
    assert found == set()
