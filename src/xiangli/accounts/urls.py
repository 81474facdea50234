from django.urls import path

from xiangli.accounts import views

urlpatterns = [path("office/me/", views.me, name="me")]
