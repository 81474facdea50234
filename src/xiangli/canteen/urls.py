from django.urls import path

from xiangli.canteen.views import kitchen, meals, money, points, public

urlpatterns = [
    path("c/<slug:county>/<slug:centre>/canteen/", public.canteen_public, name="canteen_public"),
    path("c/<slug:county>/<slug:centre>/points.json", public.points_json, name="points_json"),
    path("office/canteen/", kitchen.canteen_office, name="canteen_office"),
    path("office/canteen/<int:pk>/", kitchen.canteen_centre, name="canteen_centre"),
    path("office/canteen/<int:pk>/menu/", kitchen.canteen_menu, name="canteen_menu"),
    path("office/canteen/<int:pk>/meals/", meals.canteen_meals, name="canteen_meals"),
    path("office/canteen/<int:pk>/delivery/", meals.canteen_delivery, name="canteen_delivery"),
    path("office/canteen/<int:pk>/diners/", meals.canteen_diners, name="canteen_diners"),
    path("office/canteen/<int:pk>/diners/<int:diner>/", meals.canteen_diner, name="canteen_diner"),
    path("office/canteen/<int:pk>/signatures/", meals.canteen_signatures, name="canteen_signatures"),
    path("office/canteen/<int:pk>/money/", money.canteen_money, name="canteen_money"),
    path("office/canteen/<int:pk>/prices/", money.canteen_prices, name="canteen_prices"),
    path("office/canteen/<int:pk>/points/", points.canteen_points, name="canteen_points"),
    path("office/canteen/<int:pk>/points/<int:account>/", points.canteen_passbook, name="canteen_passbook"),
    path(
        "office/canteen/<int:pk>/points/<int:account>/passbook.pdf",
        points.canteen_passbook_pdf,
        name="canteen_passbook_pdf",
    ),
]
