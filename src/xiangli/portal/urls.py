from django.urls import path

from xiangli.portal import views

urlpatterns = [path("", views.home, name="home"), path("privacy/", views.privacy, name="privacy")]
