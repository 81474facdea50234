from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "xiangli.ledger"
    verbose_name = "台账"

    def ready(self) -> None:
        """The figures follow when divisions merge, split or move."""
        from xiangli.ledger.services.figures import follow
        from xiangli.places.services import FOLLOWERS

        FOLLOWERS.append(follow)
