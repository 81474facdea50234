from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "xiangli.planning"
    verbose_name = "方案"
