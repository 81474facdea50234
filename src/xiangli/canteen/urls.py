from django.urls import path

from xiangli.canteen.views import kitchen as views

urlpatterns = [
    path("office/canteen/", views.canteen_office, name="canteen_office"),
    path("office/canteen/<int:pk>/", views.canteen_centre, name="canteen_centre"),
]
