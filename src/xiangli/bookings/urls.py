from django.urls import path

from xiangli.bookings.views import desk, feeds, wishes

urlpatterns = [
    path("c/<slug:county>/<slug:centre>/book/", wishes.book, name="book"),
    path("c/<slug:county>/<slug:centre>/book/<str:code>/", wishes.booking_public, name="booking_public"),
    path("c/<slug:county>/<slug:centre>/calendar.ics", feeds.calendar_ics, name="calendar_ics"),
    path("c/<slug:county>/<slug:centre>/week.pdf", feeds.week_poster, name="week_poster"),
    path("c/<slug:county>/<slug:centre>/spaces/<int:pk>.ics", feeds.space_ics, name="space_ics"),
    path("c/<slug:county>/<slug:centre>/activities/<int:pk>.ics", feeds.activity_ics, name="activity_ics"),
    path("office/bookings/", desk.bookings_list, name="bookings_list"),
    path("office/bookings/new/<int:pk>/", wishes.counter, name="booking_counter"),
    path("office/bookings/<int:pk>/cancel", desk.booking_cancel, name="booking_cancel"),
    path("office/plans/<int:pk>/adopt", desk.plan_adopt, name="plan_adopt"),
]
