from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "xiangli.reports"
    verbose_name = "报表"
