from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "xiangli.supervision"
    verbose_name = "督查"
