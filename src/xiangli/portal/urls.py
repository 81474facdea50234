from django.urls import path

from xiangli.portal import views

urlpatterns = [
    path("", views.home, name="home"),
    path("privacy/", views.privacy, name="privacy"),
    path("c/<slug:county>/<slug:slug>/", views.centre, name="centre"),
    path("c/<slug:county>/<slug:slug>/plan/", views.village_plan, name="village_plan"),
    path("c/<slug:county>/<slug:slug>/qr.svg", views.centre_qr, name="centre_qr"),
    path("t/<slug:slug>/", views.county, name="county"),
    path("t/<slug:county>/<slug:slug>/", views.town, name="town"),
    path("t/<slug:county>/<slug:slug>/tours/", views.tours, name="tours"),
]
