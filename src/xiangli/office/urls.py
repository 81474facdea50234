from django.urls import path

from xiangli.office import views

urlpatterns = [
    path("", views.home, name="office_home"),
    path("today/<int:pk>/", views.today_centre, name="today_centre"),
]
