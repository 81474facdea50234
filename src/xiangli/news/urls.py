from django.urls import include, path, re_path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as editor_urls
from wagtail.utils.urlpatterns import decorate_urlpatterns
from wagtail.views import serve

from xiangli.news.views import cms, office

urlpatterns = [
    path("office/news/", office.news_list, name="news_office"),
    path("office/news/new/", office.write, name="news_write"),
    path("office/news/<int:pk>/", office.story, name="news_story"),
    path("office/news/<int:pk>/publish/", office.publish, name="news_publish"),
    path("office/news/<int:pk>/withdraw/", office.withdraw, name="news_withdraw"),
    path("cms/", include(decorate_urlpatterns(editor_urls.urlpatterns, cms.for_editors))),
    path("media/images/<path:name>", cms.photo, name="news_photo"),
    path("news/", include([re_path(wagtail_urls.serve_pattern, serve, name="wagtail_serve")])),
]
