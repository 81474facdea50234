from django.urls import path

from xiangli.reports import views

urlpatterns = [
    path("office/reports/", views.dashboard, name="reports_dashboard"),
    path("office/reports/figures.csv", views.figures_csv, name="reports_csv"),
    path("office/reports/figures.xlsx", views.figures_xlsx, name="reports_xlsx"),
]
