from django.urls import path

from xiangli.accounts.views import looks, maps, me, people, places

urlpatterns = [
    path("office/me/", me.me, name="me"),
    path("office/people/", people.people, name="people"),
    path("office/people/<int:pk>/end", people.end_assignment, name="assignment_end"),
    path("office/people/<int:pk>/password", people.new_password, name="assignment_password"),
    path("office/people/looks/", looks.looks, name="looks"),
    path("office/places/", places.places_list, name="places_list"),
    path("office/places/map/", maps.map_page, name="place_map"),
    path("office/places/calendar/", places.calendar_page, name="calendar"),
    path("office/centres/<int:pk>/", places.centre_edit, name="centre_edit"),
    path("office/centres/<int:centre_pk>/spaces/new", places.space_edit, name="space_new"),
    path("office/centres/<int:centre_pk>/spaces/<int:pk>/", places.space_edit, name="space_edit"),
]
