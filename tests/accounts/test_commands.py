import re

import pytest

from tests.places.factories import make_county
from xiangli.accounts import rules
from xiangli.accounts.commands.people import main
from xiangli.accounts.models import User
from xiangli.core.errors import UserError

pytestmark = pytest.mark.django_db


def test_first_administrator_is_made_with_a_password_shown_once(capsys):
    county = make_county()
    assert main(["add", "quxian", "--under", county.name]) == 0
    password = re.search(r"密码：(\S+?)（", capsys.readouterr().out).group(1)
    user = User.objects.get(username="quxian")
    assert user.check_password(password)
    assert rules.runs(user, county)


def test_user_name_in_use_is_refused():
    county = make_county()
    main(["add", "quxian", "--under", county.name])
    with pytest.raises(UserError, match="已经有人用了"):
        main(["add", "quxian", "--under", county.name])
