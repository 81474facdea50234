from django.urls import path

from xiangli.reports import document_views as documents
from xiangli.reports import staff_views as staff
from xiangli.reports import views

urlpatterns = [
    path("office/reports/", views.dashboard, name="reports_dashboard"),
    path("office/reports/figures.csv", views.figures_csv, name="reports_csv"),
    path("office/reports/figures.xlsx", views.figures_xlsx, name="reports_xlsx"),
    path("office/reports/documents/", documents.documents, name="documents"),
    path("office/reports/documents/issue/", documents.bulletin_issue, name="bulletin_issue"),
    path("office/reports/documents/bulletins/<int:pk>/", documents.bulletin, name="bulletin"),
    path("office/reports/documents/bulletins/<int:pk>.<slug:suffix>", documents.bulletin_file, name="bulletin_file"),
    path("office/reports/documents/templates/", documents.templates, name="document_templates"),
    path("office/reports/documents/templates/<slug:kind>.docx", documents.template_file, name="template_file"),
    path("office/reports/documents/templates/<slug:kind>/drop/", documents.template_drop, name="template_drop"),
    path("office/reports/documents/<slug:kind>/", documents.document, name="document"),
    path("office/reports/documents/<slug:kind>.<slug:suffix>", documents.document_file, name="document_file"),
    path("office/digest/", staff.digest, name="digest"),
    path("office/stars/", staff.stars_list, name="stars"),
    path("office/stars/<int:pk>/", staff.star_centre, name="star_centre"),
    path("office/stars/rate/", staff.star_rate, name="star_rate"),
    path("office/stars/rules/", staff.star_rules, name="star_rules"),
    path("office/stars/rules/<int:pk>/", staff.star_rules, name="star_rule"),
]
