from django.urls import path

from xiangli.bookings.views import calls, desk, draws, feeds, one, rules, series, wishes

urlpatterns = [
    path("c/<slug:county>/<slug:centre>/book/", wishes.book, name="book"),
    path("c/<slug:county>/<slug:centre>/book/<str:code>/", wishes.booking_public, name="booking_public"),
    path("c/<slug:county>/<slug:centre>/draws/<int:pk>/", draws.draw_public, name="draw_public"),
    path("c/<slug:county>/<slug:centre>/draws/<int:pk>.json", draws.draw_json, name="draw_json"),
    path("c/<slug:county>/<slug:centre>/calendar.ics", feeds.calendar_ics, name="calendar_ics"),
    path("c/<slug:county>/<slug:centre>/week.pdf", feeds.week_poster, name="week_poster"),
    path("c/<slug:county>/<slug:centre>/spaces/<int:pk>.ics", feeds.space_ics, name="space_ics"),
    path("c/<slug:county>/<slug:centre>/activities/<int:pk>.ics", feeds.activity_ics, name="activity_ics"),
    path("office/bookings/", desk.bookings_list, name="bookings_list"),
    path("office/bookings/calls/", calls.booking_calls, name="booking_calls"),
    path("office/bookings/new/<int:pk>/", wishes.counter, name="booking_counter"),
    path("office/bookings/rules/<int:pk>/", rules.space_rules, name="space_rules"),
    path("office/bookings/series/new/<int:pk>/", series.series_new, name="series_new"),
    path("office/bookings/series/<int:pk>/", series.series, name="series"),
    path("office/bookings/draws/<int:pk>/", draws.draws, name="draws"),
    path("office/bookings/draw/<int:pk>/", draws.draw, name="draw"),
    path("office/bookings/draw/<int:pk>/now", draws.draw_now, name="draw_now"),
    path("office/bookings/<int:pk>/", one.booking, name="booking"),
    path("office/bookings/<int:pk>/cancel", desk.booking_cancel, name="booking_cancel"),
    path("office/plans/<int:pk>/adopt", desk.plan_adopt, name="plan_adopt"),
]
