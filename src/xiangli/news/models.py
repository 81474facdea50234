"""The news: one front page, its sections, their stories. Wagtail keeps the tree, the drafts and the revisions."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

from xiangli.places.models import Place

FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "link", "hr"]
PER_PAGE = 20


class StoryList(Page):
    """What the front page and a section have in common: they list stories, newest first."""

    class Meta:
        abstract = True

    def stories(self) -> models.QuerySet["StoryPage"]:
        found = StoryPage.objects.live().descendant_of(self).select_related("place", "photo")
        return found.order_by("-date", "-first_published_at", "-pk")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from django.core.paginator import Paginator

        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["stories"] = Paginator(self.stories(), PER_PAGE).get_page(request.GET.get("page"))
        return context


class HomePage(StoryList):
    """``/news/``: everything, newest first."""

    template = "news/home.html"
    max_count = 1
    subpage_types = ["news.SectionPage"]

    class Meta:
        verbose_name = "新闻首页"


class SectionPage(StoryList):
    """A section; the first is 乡里动态."""

    template = "news/section.html"
    parent_page_types = ["news.HomePage"]
    subpage_types = ["news.StoryPage"]

    class Meta:
        verbose_name = "栏目"


class StoryPage(Page):
    """One story. Written in the office's plain form, so that it has its place; edited there or in Wagtail."""

    county: models.ForeignKey[Place, Place] = models.ForeignKey(Place, models.PROTECT, related_name="+", editable=False)
    place: models.ForeignKey[Place, Place] = models.ForeignKey(
        Place, models.PROTECT, related_name="+", verbose_name="地点"
    )
    byline: models.CharField = models.CharField("通讯员", max_length=40, blank=True)
    date: models.DateField = models.DateField("日期")
    photo: models.ForeignKey[Any, Any] = models.ForeignKey(
        "wagtailimages.Image", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="照片"
    )
    photo_alt: models.CharField = models.CharField(
        "照片说明", max_length=120, blank=True, help_text="照片上有什么，读给看不见的人听"
    )
    body = RichTextField("正文", features=FEATURES)

    template = "news/story.html"
    parent_page_types = ["news.SectionPage"]
    subpage_types: list[str] = []
    is_creatable = False  # only by services.write_story, which knows the place and its county

    content_panels = [
        *Page.content_panels,
        FieldPanel("byline"),
        FieldPanel("date"),
        FieldPanel("photo"),
        FieldPanel("photo_alt"),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = "稿件"
        indexes = [models.Index(fields=["place", "-date"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(photo__isnull=True) | ~models.Q(photo_alt=""), name="story_photo_has_words"
            )
        ]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["section"] = self.get_parent()
        return context
