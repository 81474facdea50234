from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "xiangli.accounts"
    verbose_name = "人员"
