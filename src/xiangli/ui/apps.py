from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "xiangli.ui"
    verbose_name = "界面"
