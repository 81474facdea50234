from django.urls import path
from django_altcha import AltchaChallengeView

from xiangli.cases.gate import WORK
from xiangli.cases.views import office, public

urlpatterns = [
    path("voice/challenge", AltchaChallengeView.as_view(max_number=WORK), name="case_challenge"),
    path("voice/find", public.find, name="case_find"),
    path("c/<slug:county>/<slug:centre>/voices/", public.voices, name="voices"),
    path("c/<slug:county>/<slug:centre>/voice/", public.new, name="case_new"),
    path("c/<slug:county>/<slug:centre>/voice/<str:receipt>/", public.page, name="case_public"),
    path("office/cases/", office.cases_list, name="cases_list"),
    path("office/cases/new/", office.choose_centre, name="case_counter_choose"),
    path("office/cases/new/<int:centre>/", office.counter, name="case_counter"),
    path("office/cases/limits/", office.set_limits, name="case_limits"),
    path("office/cases/<int:pk>/", office.page, name="case_page"),
    path("office/cases/<int:pk>/<slug:step>/", office.take_step, name="case_step"),
]
