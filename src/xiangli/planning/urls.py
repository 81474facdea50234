from django.urls import path

from xiangli.planning import views

urlpatterns = [
    path("office/plans/", views.planning_list, name="planning_list"),
    path("office/plans/new/", views.plan_new, name="plan_new"),
    path("office/plans/<int:pk>/", views.plan, name="plan"),
    path("office/plans/compare/", views.plan_compare, name="plan_compare"),
    path("office/plans/<int:pk>/scenario/", views.plan_scenario, name="plan_scenario"),
    path("office/plans/<int:pk>/copy/", views.plan_copy, name="plan_copy"),
    path("office/plans/<int:pk>/changes/", views.plan_changes, name="plan_changes"),
    path("office/plans/<int:pk>/village/<int:village>/", views.plan_village, name="plan_village"),
    path("office/plans/<int:pk>/village/<int:village>/edit/", views.plan_edit, name="plan_edit"),
    path("office/plans/<int:pk>/village/<int:village>/undo/", views.plan_undo, name="plan_undo"),
    path("office/plans/<int:pk>/village/<int:village>/replan/", views.plan_replan, name="plan_replan"),
    path("office/plans/<int:pk>/again/", views.plan_again, name="plan_again"),
    path("office/plans/<int:pk>/discard/", views.plan_discard, name="plan_discard"),
    path("office/plans/<int:pk>/plan.json", views.plan_file, name="plan_file"),
    path("office/staffing/", views.staffing_list, name="staffing_list"),
    path("office/staffing/<int:village>/", views.staffing, name="staffing"),
    path("office/staffing/<int:village>/<int:pk>/remove/", views.staffing_remove, name="staffing_remove"),
    path("office/specialists/", views.specialists, name="specialists"),
    path("office/improvements/", views.improvements, name="improvements"),
    path("office/improvements/new/", views.improvement_new, name="improvement_new"),
    path("office/improvements/<int:pk>/", views.improvement, name="improvement"),
    path("office/funding/", views.funding_list, name="funding_list"),
    path("office/funding/<int:pk>/", views.funding, name="funding"),
]
