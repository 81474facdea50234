from django.apps import AppConfig


class OpeningConfig(AppConfig):
    name = "xiangli.opening"
    verbose_name = "开放"
