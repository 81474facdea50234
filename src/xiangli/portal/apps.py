from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "xiangli.portal"
    verbose_name = "门户"
