from django.apps import AppConfig


class CanteenConfig(AppConfig):
    name = "xiangli.canteen"
    verbose_name = "食堂"
