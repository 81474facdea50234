import re

from django import forms
from django.contrib.auth.password_validation import validate_password

from xiangli.accounts.choices import Role
from xiangli.accounts.models import User
from xiangli.places.models import Place

# Who may give which roles: the county everything, the town what works below it.
GRANTED_BY_TOWN = [Role.LIAISON, Role.SUPERVISOR, Role.VILLAGE_STAFF, Role.EDITOR, Role.COUNTER]


class StaffForm(forms.Form):
    """A new account, its first role and place."""

    username = forms.CharField(label="登录名", max_length=30, help_text="小写字母和数字，例如 lucun2")
    name = forms.CharField(label="姓名或称呼", max_length=40)
    post = forms.CharField(label="岗位", max_length=40, required=False)
    role = forms.ChoiceField(label="角色")
    place = forms.ModelChoiceField(Place.objects.none(), label="负责的地点")
    password = forms.CharField(label="初始密码", help_text="至少十位，本人登录后请马上改", widget=forms.PasswordInput)

    def __init__(self, *args, places, roles, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in roles]  # type: ignore[attr-defined]
        self.fields["place"].queryset = places  # type: ignore[attr-defined]

    def clean_username(self) -> str:
        username = self.cleaned_data["username"].strip().lower()
        if not re.fullmatch(r"[a-z0-9._-]{2,30}", username):
            raise forms.ValidationError("登录名只能用小写字母、数字、点和横线")
        if User.objects.filter(username=username).exists():
            raise forms.ValidationError("这个登录名已经有人用了，请换一个")
        return username

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"])
        return self.cleaned_data["password"]
