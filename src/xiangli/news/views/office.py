"""Stories in the office: a plain form for whoever writes, one button for whoever publishes."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.queries import places_of, within_places
from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.news import queries, rules, services
from xiangli.news.forms import StoryForm
from xiangli.news.models import StoryPage
from xiangli.places.models import Place


@login_required
def news_list(request: HttpRequest) -> HttpResponse:
    """Drafts and published stories of my places."""
    require(bool(places_of(request.user, *rules.WRITERS)))
    page = Paginator(queries.of_user(request.user), 20).get_page(request.GET.get("page"))
    return render(request, "news/office_list.html", {"page": page, "cms": rules.may_edit_everything(request.user)})


def _save(request: HttpRequest, form: StoryForm, write: Any) -> StoryPage | None:
    """Run ``write`` with the cleaned form; what is wrong with the photo is said beside it."""
    try:
        story: StoryPage = write(by=request.user, **form.cleaned_data)
    except UserError as error:
        form.add_error("photo", str(error))
        return None
    messages.success(request, "草稿已保存。")
    return story


@login_required
def write(request: HttpRequest) -> HttpResponse:
    """A new story."""
    places = Place.objects.filter(
        within_places(request.user, "", *rules.WRITERS), level__in=["village", "town", "county"]
    )
    require(places.exists())
    initial = {"byline": str(request.user)}
    form = StoryForm(request.POST or None, request.FILES or None, places=places, initial=initial)
    if request.method == "POST" and form.is_valid():

        def new(**fields: Any) -> StoryPage:
            return services.write_story(today=timezone.localdate(), **fields)

        if story := _save(request, form, new):
            return redirect("news_story", story.pk)
    return render(request, "news/office_story.html", {"form": form})


def _story(user: Any, pk: int) -> StoryPage:
    story = queries.of_user(user).filter(pk=pk).first()
    if story is None:
        raise Http404
    return story


@login_required
def story(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at a story and change it; formatted text is changed in Wagtail's editor."""
    page = _story(request.user, pk)
    draft = page.get_latest_revision_as_object()
    text = services.plain_text(draft.body)
    form = None
    if text is not None:
        initial = {"title": draft.title, "text": text, "byline": draft.byline, "photo_alt": draft.photo_alt}
        form = StoryForm(request.POST or None, request.FILES or None, initial=initial)
        if request.method == "POST" and form.is_valid():

            def change(**fields: Any) -> StoryPage:
                return services.change_story(story=page, **fields)

            if _save(request, form, change):
                return redirect("news_story", pk)
    context = {
        "story": page,
        "draft": draft,
        "form": form,
        "may_publish": rules.may_publish(request.user, page.place),
        "cms": rules.may_edit_everything(request.user),
    }
    return render(request, "news/office_story.html", context)


@login_required
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    page = _story(request.user, pk)
    require(rules.may_publish(request.user, page.place))
    services.publish_story(by=request.user, story=page)
    messages.success(request, "已发布，乡亲们现在能看到了。")
    return redirect("news_story", pk)


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    page = _story(request.user, pk)
    require(rules.may_publish(request.user, page.place))
    services.withdraw_story(by=request.user, story=page)
    messages.success(request, "已撤下，稿子还在。")
    return redirect("news_story", pk)
