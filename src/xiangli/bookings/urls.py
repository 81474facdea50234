from django.urls import path

from xiangli.bookings import api, views

urlpatterns = [
    path("c/<slug:county>/<slug:centre>/book/", views.book, name="book"),
    path("c/<slug:county>/<slug:centre>/book/<str:code>/", views.booking_public, name="booking_public"),
    path("c/<slug:county>/<slug:centre>/calendar.ics", api.calendar_ics, name="calendar_ics"),
    path("c/<slug:county>/<slug:centre>/week.pdf", api.week_poster, name="week_poster"),
    path("c/<slug:county>/<slug:centre>/spaces/<int:pk>.ics", api.space_ics, name="space_ics"),
    path("c/<slug:county>/<slug:centre>/activities/<int:pk>.ics", api.activity_ics, name="activity_ics"),
    path("office/bookings/", views.bookings_list, name="bookings_list"),
    path("office/bookings/new/<int:pk>/", views.counter, name="booking_counter"),
    path("office/bookings/<int:pk>/cancel", views.booking_cancel, name="booking_cancel"),
    path("office/plans/<int:pk>/adopt", views.plan_adopt, name="plan_adopt"),
]
