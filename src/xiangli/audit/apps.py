from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "xiangli.audit"
    verbose_name = "留痕"
