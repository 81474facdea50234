from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "xiangli.places"
    verbose_name = "地点"
