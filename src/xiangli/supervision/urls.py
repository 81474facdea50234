from django.urls import path

from xiangli.supervision import views

urlpatterns = [
    path("office/visits/", views.supervision_list, name="supervision_list"),
    path("office/visits/add/", views.visit_add, name="visit_add"),
    path("office/burden/", views.burden, name="burden"),
    path("office/burden/list/", views.burden_list, name="burden_list"),
    path("office/burden/<int:pk>/answer/", views.burden_answer, name="burden_answer"),
]
