"""Writing, changing, publishing and withdrawing stories. The tree, the revisions and the editor are Wagtail's."""

import re
import secrets
from datetime import date
from html import unescape
from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.files.images import ImageFile
from django.db import transaction
from django.utils.html import format_html_join
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.images.models import Image
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Locale, Page, Site

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.core.redaction import redact
from xiangli.ledger.uploads import cleaned_upload
from xiangli.news.models import HomePage, SectionPage, StoryPage
from xiangli.places.models import Place

EDITORS = "编辑"
PARAGRAPH = re.compile(r"<p[^>]*>([^<]*)</p>")
PARAGRAPHS = re.compile(rf"(?:\s*{PARAGRAPH.pattern}\s*)*")
WIDTH = "width-960"  # the only size shown; made when a story is published, not at its first visitor's expense


@transaction.atomic
def plant_tree() -> SectionPage:
    """The front page under Wagtail's root, and the first section. Nothing where they stand. Returns the section."""
    if Collection.get_first_root_node() is None:  # an emptied database has lost what Wagtail's migrations put there
        Collection.add_root(name="Root")
    section = SectionPage.objects.order_by("path").first()
    if section:
        return section
    locale, _ = Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
    root = Page.get_first_root_node() or Page.add_root(title="Root", slug="root", locale=locale)
    home = root.add_child(instance=HomePage(title="新闻", slug="news", locale=locale))
    section = home.add_child(instance=SectionPage(title="乡里动态", slug="dongtai", locale=locale))
    Site.objects.update_or_create(
        is_default_site=True, defaults={"root_page": home, "hostname": "localhost", "site_name": "乡里"}
    )
    Page.objects.filter(depth=2, slug="home", title="Welcome to your new Wagtail site!").delete()
    return section


@transaction.atomic
def admit_editor(user: Any) -> None:
    """Give an editor Wagtail's rights. Who is an editor no longer is stopped at the door (views.cms)."""
    if user.groups.filter(name=EDITORS).exists():
        return
    group, made = Group.objects.get_or_create(name=EDITORS)
    if made:
        home = HomePage.objects.get()
        group.permissions.add(Permission.objects.get(codename="access_admin"))
        for codename in ("add_page", "change_page", "publish_page"):
            permission = Permission.objects.get(content_type__app_label="wagtailcore", codename=codename)
            GroupPagePermission.objects.create(group=group, page=home, permission=permission)
        photos = Permission.objects.filter(
            content_type__app_label="wagtailimages", codename__in=["add_image", "change_image", "choose_image"]
        )
        for permission in photos:
            GroupCollectionPermission.objects.create(
                group=group, collection=Collection.get_first_root_node(), permission=permission
            )
    user.groups.add(group)


def _body(text: str) -> str:
    """Paragraphs, one for each line that is not empty."""
    lines = (line.strip() for line in redact(text)[0].splitlines())
    return format_html_join("", "<p>{}</p>", ((line,) for line in lines if line))


def plain_text(body: str) -> str | None:
    """The text of a body that is paragraphs only, for the plain form; None where it holds more than that."""
    if not PARAGRAPHS.fullmatch(body):
        return None
    return "\n".join(unescape(paragraph) for paragraph in PARAGRAPH.findall(body))


def _photo(upload: Any, *, title: str, by: Any) -> Image:
    suffix, _, content = cleaned_upload(upload.read())
    if suffix != ".jpg":
        raise UserError("这里只能放照片（JPEG、PNG、WebP）。")
    file = ImageFile(BytesIO(content), name=f"{secrets.token_hex(8)}.jpg")
    return Image.objects.create(title=title, uploaded_by_user=by, file=file)


@transaction.atomic
def write_story(
    *,
    by: Any,
    place: Place,
    title: str,
    text: str,
    today: date,
    byline: str = "",
    photo: Any = None,
    photo_alt: str = "",
) -> StoryPage:
    """A new draft. Raises UserError for a photo that is none, or one without words beside it."""
    section = plant_tree()
    if photo and not photo_alt.strip():
        raise UserError("请写一句照片说明，读给看不见的人听。")
    story = StoryPage(
        title=redact(title.strip())[0],
        slug=f"{today:%Y%m%d}-{secrets.token_hex(3)}",
        county_id=place.county_id or place.pk,
        place=place,
        byline=byline.strip(),
        date=today,
        photo=_photo(photo, title=photo_alt.strip(), by=by) if photo else None,
        photo_alt=photo_alt.strip() if photo else "",
        body=_body(text),
        live=False,
        has_unpublished_changes=True,
        owner=by,
    )
    section.add_child(instance=story)
    story.save_revision(user=by)
    record("news.written", story, by=by, place=place)
    return story


@transaction.atomic
def change_story(
    *, by: Any, story: StoryPage, title: str, text: str, byline: str = "", photo: Any = None, photo_alt: str = ""
) -> StoryPage:
    """A new revision; what is published stays as it is until the next publishing."""
    draft = story.get_latest_revision_as_object()
    draft.title, draft.body, draft.byline = redact(title.strip())[0], _body(text), byline.strip()
    if (photo or draft.photo_id) and not photo_alt.strip():
        raise UserError("请写一句照片说明，读给看不见的人听。")
    if photo:
        draft.photo = _photo(photo, title=photo_alt.strip(), by=by)
    draft.photo_alt = photo_alt.strip() if draft.photo_id else ""
    draft.save_revision(user=by)
    record("news.changed", story, by=by)
    return draft


@transaction.atomic
def publish_story(*, by: Any, story: StoryPage) -> StoryPage:
    """Put the latest revision before the public. The room's own rules decide who may, not Wagtail's groups."""
    story.get_latest_revision().publish(user=by, skip_permission_checks=True)
    story.refresh_from_db()
    if story.photo:
        story.photo.get_rendition(WIDTH)
    record("news.published", story, by=by)
    return story


@transaction.atomic
def withdraw_story(*, by: Any, story: StoryPage) -> StoryPage:
    """Take a story off the public pages; it stays as a draft."""
    UnpublishPageAction(story, user=by).execute(skip_permission_checks=True)
    record("news.withdrawn", story, by=by)
    return story
