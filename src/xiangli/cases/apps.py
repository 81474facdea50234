from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "xiangli.cases"
    verbose_name = "百姓呼声"
