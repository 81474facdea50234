"""What a form says when something is wrong."""

import gettext
import re
from pathlib import Path

import pytest
from django import forms
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils import translation

import xiangli.ui

FOLDER = Path(xiangli.ui.__file__).parent / "locale/zh_Hans/LC_MESSAGES"


@pytest.mark.parametrize(
    ("field", "given", "said"),
    [
        (forms.CharField(), "", "这里要填。"),
        (forms.CharField(max_length=3), "一二三四", "最多写 3 个字，现在有 4 个。"),
        (forms.IntegerField(max_value=5), "6", "最大是 5。"),
        (forms.IntegerField(), "x", "请填整数，只写数字。"),
        (forms.DateField(), "下周一", "看不懂这个日期，请写成 2026-06-30 这样。"),
        (forms.ChoiceField(choices=[("a", "甲")]), "b", "没有“b”这一项，请从列出的里面选。"),
        (forms.DecimalField(max_digits=4, decimal_places=1), "1.25", "小数点后最多 1 位。"),
    ],
)
def test_faults_are_said_in_the_words_of_a_service_desk(field, given, said):
    with translation.override("zh-hans"), pytest.raises(forms.ValidationError) as fault:
        field.clean(given)
    assert fault.value.messages == [said]


def test_compiled_words_are_those_of_the_source():
    source = (FOLDER / "django.po").read_text(encoding="utf-8")
    texts = re.findall(r'msgstr(?:\[0\])? "(.+)"', source)
    compiled = gettext.GNUTranslations((FOLDER / "django.mo").open("rb"))
    assert sorted(text for key, text in compiled._catalog.items() if key) == sorted(texts)


def test_short_password_is_told_in_chinese():
    with translation.override("zh-hans"), pytest.raises(forms.ValidationError) as fault:
        MinimumLengthValidator(10).validate("short")
    assert fault.value.messages == ["密码太短，至少要 10 个字符。"]
