from django.urls import path

from xiangli.opening.views import office, published

urlpatterns = [
    path("office/opening/", office.opening_office, name="opening_office"),
    path("office/opening/<int:pk>/", office.opening_centre, name="opening_centre"),
    path("office/opening/<int:pk>/rules", office.opening_rules, name="opening_rules"),
    path("office/opening/<int:pk>/extended", office.opening_extended, name="opening_extended"),
    path("office/opening/<int:pk>/special", office.opening_special, name="opening_special"),
    path("office/opening/<int:pk>/market", office.opening_market, name="opening_market"),
    path("office/opening/<int:pk>/close", office.opening_close, name="opening_close"),
    path("office/opening/<int:pk>/poster.pdf", office.opening_poster, name="opening_poster"),
    path("office/opening/<int:pk>/loudspeaker/", office.opening_script, name="opening_script"),
    path("office/opening/rules/<int:pk>/end", office.opening_rule_end, name="opening_rule_end"),
    path("office/opening/closures/<int:pk>/reopen", office.opening_reopen, name="opening_reopen"),
    path("c/<slug:county>/<slug:centre>/hours/", published.hours_page, name="hours"),
    path("c/<slug:county>/<slug:centre>/hours.json", published.hours_json, name="hours_json"),
    path("c/<slug:county>/<slug:centre>/hours.ics", published.hours_ics, name="hours_ics"),
    path("c/<slug:county>/<slug:centre>/poster.pdf", published.door_poster, name="door_poster"),
]
