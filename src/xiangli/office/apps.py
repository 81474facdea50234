from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "xiangli.office"
    verbose_name = "办公"
