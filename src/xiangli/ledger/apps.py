from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "xiangli.ledger"
    verbose_name = "台账"
