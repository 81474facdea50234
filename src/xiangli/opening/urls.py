from django.urls import path

from xiangli.opening import views

urlpatterns = [
    path("office/opening/", views.opening_office, name="opening_office"),
    path("office/opening/<int:pk>/", views.opening_centre, name="opening_centre"),
    path("office/opening/<int:pk>/rules", views.opening_rules, name="opening_rules"),
    path("office/opening/<int:pk>/special", views.opening_special, name="opening_special"),
    path("office/opening/<int:pk>/close", views.opening_close, name="opening_close"),
    path("office/opening/rules/<int:pk>/end", views.opening_rule_end, name="opening_rule_end"),
    path("office/opening/closures/<int:pk>/reopen", views.opening_reopen, name="opening_reopen"),
    path("c/<slug:county>/<slug:centre>/hours.json", views.hours_json, name="hours_json"),
    path("c/<slug:county>/<slug:centre>/poster.pdf", views.door_poster, name="door_poster"),
]
