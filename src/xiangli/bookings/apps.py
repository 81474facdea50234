from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "xiangli.bookings"
    verbose_name = "预约"
