from django.urls import URLPattern, path

from xiangli.surveys.views import (
    coding,
    office,
    openrosa,
    paper,
    phones,
    public,
    questionnaire,
    results,
    tables,
    trust,
)


def odk(prefix: str) -> list[URLPattern]:
    """What ODK Collect and KoboCollect ask for below the server address they were given."""
    return [
        path(f"{prefix}formList", openrosa.form_list, name="odk_form_list"),
        path(f"{prefix}forms/<slug:form_id>.xml", openrosa.form, name="odk_form"),
        path(f"{prefix}forms/<slug:form_id>/manifest", openrosa.manifest, name="odk_manifest"),
        path(f"{prefix}submission", openrosa.submission, name="odk_submission"),
    ]


urlpatterns = [
    path("s/worker.js", public.survey_worker, name="survey_worker"),
    path("s/<slug:public_id>/", public.survey_answer, name="survey_answer"),
    path("s/<slug:public_id>/send/", public.survey_send, name="survey_send"),
    path("s/<slug:public_id>/thanks/<slug:village>/", public.survey_thanks, name="survey_thanks"),
    path("s/<slug:public_id>/needs/<slug:village>/", public.needs_public, name="needs_public"),
    path("s/<slug:public_id>/figures/", public.figures_public, name="figures_public"),
    path("office/surveys/", office.surveys_list, name="surveys_list"),
    path("office/surveys/new/", office.survey_new, name="survey_new"),
    path("office/surveys/new/xlsform/", questionnaire.questionnaire_import, name="questionnaire_import"),
    path("office/surveys/new/questions/", questionnaire.questionnaire_new, name="questionnaire_new"),
    path("office/surveys/<int:pk>/", office.survey, name="survey"),
    path("office/surveys/<int:pk>/questionnaire/", questionnaire.questionnaire, name="questionnaire"),
    path("office/surveys/<int:pk>/questionnaire/question/", questionnaire.question_edit, name="question_edit"),
    path("office/surveys/<int:pk>/questionnaire/move/", questionnaire.question_move, name="question_move"),
    path("office/surveys/<int:pk>/questionnaire/words/", questionnaire.questionnaire_words, name="questionnaire_words"),
    path(
        "office/surveys/<int:pk>/questionnaire/unfasten/",
        questionnaire.questionnaire_unfasten,
        name="questionnaire_unfasten",
    ),
    path(
        "office/surveys/<int:pk>/questionnaire/replace/",
        questionnaire.questionnaire_replace,
        name="questionnaire_replace",
    ),
    path(
        "office/surveys/<int:pk>/questionnaire/form.xlsx", questionnaire.questionnaire_xlsx, name="questionnaire_xlsx"
    ),
    path("office/surveys/<int:pk>/questionnaire.pdf", questionnaire.questionnaire_pdf, name="questionnaire_pdf"),
    path("office/surveys/<int:pk>/questionnaire/web/", questionnaire.questionnaire_web, name="questionnaire_web"),
    path("office/surveys/<int:pk>/sample/", office.survey_sample, name="survey_sample"),
    path("office/surveys/<int:pk>/derive/", office.survey_derive, name="survey_derive"),
    path("office/surveys/<int:pk>/publish/", office.survey_publish, name="survey_publish"),
    path("office/surveys/<int:pk>/close/", office.survey_close, name="survey_close"),
    path("office/surveys/<int:pk>/counter/", office.survey_counter, name="survey_counter"),
    path("office/surveys/<int:pk>/print/", paper.survey_print, name="survey_print"),
    path("office/surveys/sheets/<int:pk>.pdf", paper.sheets_pdf, name="sheets_pdf"),
    path("office/surveys/<int:pk>/scans/", paper.survey_upload, name="survey_upload"),
    path("office/surveys/<int:pk>/review/", paper.survey_review, name="survey_review"),
    path("office/surveys/<int:pk>/review/<int:mark>/", paper.review_decide, name="review_decide"),
    path("office/surveys/<int:pk>/review/undo/", paper.review_undo, name="review_undo"),
    path("office/surveys/<int:pk>/review/seal/", paper.review_seal, name="review_seal"),
    path("office/surveys/<int:pk>/template.xlsx", tables.survey_template, name="survey_template"),
    path("office/surveys/<int:pk>/import/", tables.survey_import, name="survey_import"),
    path("office/surveys/<int:pk>/figures/", results.survey_figures, name="survey_figures"),
    path("office/surveys/<int:pk>/phones/", phones.phones, name="phones"),
    path("office/surveys/<int:pk>/phones/answers.xlsx", phones.phones_xlsx, name="phones_xlsx"),
    path("office/surveys/<int:pk>/phones/<int:phone>/renew/", phones.phone_renew, name="phone_renew"),
    path("office/surveys/<int:pk>/phones/<int:phone>/revoke/", phones.phone_revoke, name="phone_revoke"),
    path("office/surveys/<int:pk>/change/", results.survey_change, name="survey_change"),
    path("office/surveys/<int:pk>/rechecks/", trust.rechecks, name="rechecks"),
    path("office/surveys/<int:pk>/rechecks/draw/", trust.recheck_draw, name="recheck_draw"),
    path("office/surveys/<int:pk>/rechecks/draw/<int:draw>/", trust.recheck_check, name="recheck_check"),
    path("office/surveys/<int:pk>/rechecks/<int:recheck>/", trust.recheck, name="recheck"),
    path("office/surveys/<int:pk>/looks/", trust.second_looks, name="second_looks"),
    path("office/surveys/<int:pk>/looks/<slug:digest>/", trust.second_look, name="second_look"),
    path("office/surveys/<int:pk>/coding/", coding.coding, name="coding"),
    path("office/surveys/<int:pk>/coding/codes/", coding.code_add, name="code_add"),
    path("office/surveys/<int:pk>/coding/undo/", coding.code_undo, name="code_undo"),
    path("office/surveys/<int:pk>/coding/<int:response>/", coding.code_answer, name="code_answer"),
    path("office/surveys/<int:pk>/needs/<int:village>/", results.survey_needs, name="survey_needs"),
    path("office/surveys/<int:pk>/needs/<int:village>.xlsx", results.needs_xlsx, name="needs_xlsx"),
    *odk("odk/"),
    *odk("odk/<slug:token>/"),
]
