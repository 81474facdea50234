from django.urls import path

from xiangli.api.public import api

urlpatterns = [path("", api.urls)]
