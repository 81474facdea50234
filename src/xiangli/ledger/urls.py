from django.urls import path

from xiangli.ledger import views

urlpatterns = [
    path("office/ledger/", views.ledger_list, name="ledger_list"),
    path("office/ledger/add/", views.ledger_add, name="ledger_add"),
    path("office/ledger/export.xlsx", views.ledger_export, name="ledger_export"),
    path("office/ledger/import/", views.ledger_import, name="ledger_import"),
    path("office/ledger/<int:pk>/", views.ledger_item, name="ledger_item"),
    path("office/ledger/<int:pk>/edit/", views.ledger_edit, name="ledger_edit"),
    path("office/ledger/<int:pk>/evidence/", views.ledger_evidence, name="ledger_evidence"),
    path("office/ledger/<int:pk>/evidence/<uuid:token>", views.ledger_file, name="ledger_file"),
    path("office/ledger/<int:pk>/<slug:action>/", views.ledger_step, name="ledger_step"),
]
