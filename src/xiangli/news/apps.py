from django.apps import AppConfig


class NewsConfig(AppConfig):
    name = "xiangli.news"
    verbose_name = "新闻"
