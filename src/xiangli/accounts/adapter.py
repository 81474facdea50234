from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffAccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the town or the county; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
