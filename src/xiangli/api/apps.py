from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "xiangli.api"
    verbose_name = "接口"
