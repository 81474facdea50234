from django.urls import path

from xiangli.ledger import views

urlpatterns = [
    path("office/ledger/", views.ledger_list, name="ledger_list"),
    path("office/ledger/add/", views.ledger_add, name="ledger_add"),
    path("office/ledger/bulk/", views.ledger_bulk, name="ledger_bulk"),
    path("office/ledger/export.xlsx", views.ledger_export, name="ledger_export"),
    path("office/ledger/import/", views.ledger_import, name="ledger_import"),
    path("office/ledger/import/<int:pk>/", views.ledger_sheet, name="ledger_sheet"),
    path("office/ledger/import/<int:pk>/columns/", views.ledger_sheet_columns, name="ledger_sheet_columns"),
    path("office/ledger/import/<int:pk>/write/", views.ledger_sheet_write, name="ledger_sheet_write"),
    path("office/ledger/settings/", views.ledger_settings, name="ledger_settings"),
    path("office/ledger/<int:pk>/", views.ledger_item, name="ledger_item"),
    path("office/ledger/<int:pk>/edit/", views.ledger_edit, name="ledger_edit"),
    path("office/ledger/<int:pk>/evidence/", views.ledger_evidence, name="ledger_evidence"),
    path("office/ledger/<int:pk>/evidence/<uuid:token>", views.ledger_file, name="ledger_file"),
    path("office/ledger/<int:pk>/undo/", views.ledger_undo, name="ledger_undo"),
    path("office/ledger/<int:pk>/needs/", views.ledger_needs, name="ledger_needs"),
    path("office/ledger/<int:pk>/money/", views.ledger_money, name="ledger_money"),
    path("office/ledger/<int:pk>/<slug:action>/", views.ledger_step, name="ledger_step"),
    path("office/programmes/", views.programmes, name="programmes"),
    path("office/programmes/new/", views.programme_new, name="programme_new"),
    path("office/programmes/<int:pk>/", views.programme, name="programme"),
    path("office/programmes/<int:pk>/edit/", views.programme_edit, name="programme_edit"),
    path("office/programmes/<int:pk>/items/", views.programme_items, name="programme_items"),
    path("office/programmes/<int:pk>/<slug:part>/", views.programme_part, name="programme_part"),
    path("office/meetings/new/", views.meeting_new, name="meeting_new"),
    path("office/meetings/<int:pk>/", views.meeting, name="meeting"),
    path("office/meetings/<int:pk>/edit/", views.meeting_edit, name="meeting_edit"),
    path("office/meetings/<int:pk>/resolve/", views.meeting_resolve, name="meeting_resolve"),
]
