from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "xiangli.demo"
    verbose_name = "演示"
