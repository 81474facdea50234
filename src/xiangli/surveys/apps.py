from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "xiangli.surveys"
    verbose_name = "民意调查"
