from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def plant_tree(using: str, **kwargs: Any) -> None:
    """The front page and its one section stand from the first migration on; a flushed test database gets them back."""
    from django.db import connections

    from xiangli.news import services
    from xiangli.news.models import HomePage

    if HomePage._meta.db_table in connections[using].introspection.table_names():
        services.plant_tree()


class NewsConfig(AppConfig):
    name = "xiangli.news"
    verbose_name = "新闻"

    def ready(self) -> None:
        post_migrate.connect(plant_tree, sender=self)
