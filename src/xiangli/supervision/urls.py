from django.urls import path

from xiangli.supervision.views import burden, reviews, teams, visits
from xiangli.ui.offline import offline_worker

urlpatterns = [
    path("office/visits/", visits.supervision_list, name="supervision_list"),
    path("office/visits/worker.js", offline_worker, name="visit_worker"),
    path("office/visits/add/", visits.visit_add, name="visit_add"),
    path("office/visits/send/", visits.visit_send, name="visit_send"),
    path("office/visits/list.pdf", visits.visit_list_pdf, name="visit_list_pdf"),
    path("office/visits/paper/", visits.visit_paper, name="visit_paper"),
    path("office/visits/<int:pk>/", visits.visit, name="visit"),
    path("office/visits/look-back/<int:item>/", visits.look_back, name="look_back"),
    path("office/visits/teams/", teams.teams, name="teams"),
    path("office/visits/teams/<int:pk>/", teams.team, name="team"),
    path("office/visits/liaison/", teams.liaison_add, name="liaison_add"),
    path("office/visits/rules/", teams.supervision_rules, name="supervision_rules"),
    path("office/visits/reviews/", reviews.reviews, name="site_reviews"),
    path("office/visits/reviews/<int:pk>/", reviews.review, name="site_review"),
    path("office/visits/reviews/<int:pk>/<int:village>/", reviews.review_village, name="site_scores"),
    path("office/visits/indicators/", reviews.indicators, name="indicators"),
    path("office/visits/indicators/<int:pk>/", reviews.indicators, name="indicator"),
    path("office/burden/", burden.burden, name="burden"),
    path("office/burden/list/", burden.burden_list, name="burden_list"),
    path("office/burden/<int:pk>/answer/", burden.burden_answer, name="burden_answer"),
]
