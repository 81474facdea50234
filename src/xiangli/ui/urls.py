from django.urls import path

from xiangli.ui import views

urlpatterns = [path("show-as", views.show_as, name="show_as")]
