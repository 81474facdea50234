from django.urls import path

from xiangli.bookings.views import activities, dates, desk, feeds, joining, rooms, wishes

urlpatterns = [
    path("c/<slug:county>/<slug:centre>/book/", wishes.book, name="book"),
    path("c/<slug:county>/<slug:centre>/book/<str:code>/", wishes.booking_public, name="booking_public"),
    path("c/<slug:county>/<slug:centre>/calendar.ics", feeds.calendar_ics, name="calendar_ics"),
    path("c/<slug:county>/<slug:centre>/week.pdf", feeds.week_poster, name="week_poster"),
    path("c/<slug:county>/<slug:centre>/spaces/<int:pk>.ics", feeds.space_ics, name="space_ics"),
    path("c/<slug:county>/<slug:centre>/activities/<int:pk>.ics", feeds.activity_ics, name="activity_ics"),
    path("c/<slug:county>/<slug:centre>/activities/<int:pk>/", joining.activity_public, name="activity_public"),
    path("c/<slug:county>/<slug:centre>/sign-up/<str:sign_up>/", joining.sign_up_public, name="sign_up_public"),
    path("t/<slug:county>/<slug:slug>/tours/", rooms.tours, name="tours"),
    path("office/rooms/", rooms.idle_rooms, name="idle_rooms"),
    path("office/bookings/", desk.bookings_list, name="bookings_list"),
    path("office/bookings/new/<int:pk>/", wishes.counter, name="booking_counter"),
    path("office/bookings/<int:pk>/cancel", desk.booking_cancel, name="booking_cancel"),
    path("office/activities/", activities.activities_office, name="activities_office"),
    path("office/activities/new/<int:pk>/", activities.activity_new, name="activity_new"),
    path("office/activities/<int:pk>/", activities.activity, name="activity"),
    path("office/activities/<int:pk>/edit/", activities.activity_edit, name="activity_edit"),
    path("office/activities/<int:pk>/<str:moment>/", dates.activity_date, name="activity_date"),
    path("office/activities/<int:pk>/<str:moment>/roll.pdf", dates.activity_roll, name="activity_roll"),
    path("office/plans/<int:pk>/adopt", desk.plan_adopt, name="plan_adopt"),
]
