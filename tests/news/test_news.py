from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from tests.places.factories import make_staff, make_town, make_village
from xiangli.accounts.choices import Role
from xiangli.accounts.services import end_assignment
from xiangli.core.errors import UserError
from xiangli.news import queries, services
from xiangli.news.models import HomePage, SectionPage, StoryPage

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 8)


@pytest.fixture
def village():
    return make_village()


@pytest.fixture
def writer(village):
    return make_staff(Role.VILLAGE_STAFF, village)


@pytest.fixture
def editor(village):
    return make_staff(Role.EDITOR, village.parent)


def picture(*, position=True) -> bytes:
    kept = BytesIO()
    image = Image.new("RGB", (1200, 800), "#0b6349")
    exif = Image.Exif()
    if position:
        exif.get_ifd(0x8825)[1] = "N"
    image.save(kept, "JPEG", exif=exif)
    return kept.getvalue()


def story(writer, village, **fields):
    fields = {"title": "一楼给乡亲", "text": "办公室搬上楼。\n\n来坐坐。", "today": DAY, **fields}
    return services.write_story(by=writer, place=village, **fields)


def test_tree_stands_after_migration_and_is_planted_once():
    section = services.plant_tree()
    assert (HomePage.objects.count(), SectionPage.objects.get().title) == (1, section.title)


def test_front_page_stands_before_any_story(client):
    page = client.get("/news/")
    assert "还没有稿件" in page.content.decode()


def test_draft_is_not_public_until_the_editor_publishes(client, writer, editor, village):
    draft = story(writer, village)
    assert "一楼给乡亲" not in client.get("/news/").content.decode()
    services.publish_story(by=editor, story=draft)
    assert "一楼给乡亲" in client.get("/news/").content.decode()
    page = client.get(draft.get_url()).content.decode()
    assert "<p>办公室搬上楼。</p><p>来坐坐。</p>" in page
    assert "乡里动态" in page


def test_story_belongs_to_its_county_and_to_the_places_above(writer, editor, village):
    published = services.publish_story(by=editor, story=story(writer, village))
    other = make_village(make_town(village.county, slug="other", name="别镇"))
    assert published.county == village.county
    assert list(queries.latest(village.parent, 5)) == [published]
    assert list(queries.latest(other, 5)) == []


def test_change_after_publishing_waits_for_the_next_publishing(client, writer, editor, village):
    page = services.publish_story(by=editor, story=story(writer, village))
    services.change_story(by=writer, story=page, title="新题目", text="改过了。")
    assert "新题目" not in client.get(page.get_url()).content.decode()
    services.publish_story(by=editor, story=StoryPage.objects.get(pk=page.pk))
    assert "新题目" in client.get(page.get_url()).content.decode()


def test_withdrawn_story_is_gone_and_kept(client, writer, editor, village):
    page = services.publish_story(by=editor, story=story(writer, village))
    services.withdraw_story(by=editor, story=page)
    assert client.get(page.get_url()).status_code == 404
    assert list(queries.of_user(writer)) == [page]


def test_markup_and_id_card_numbers_in_a_text_are_made_harmless(writer, village):
    draft = story(writer, village, text="<script>alert(1)</script>\n证件 110101199003077315")
    assert "<script>" not in draft.body
    assert "110101199003077315" not in draft.body


def test_plain_text_comes_back_as_it_was_typed_and_formatted_text_does_not():
    assert services.plain_text("<p>甲 &amp; 乙</p><p>丙</p>") == "甲 & 乙\n丙"
    assert services.plain_text('<p data-block-key="x">甲</p>') == "甲"
    assert services.plain_text("<p>甲 <b>乙</b></p>") is None


def test_photo_loses_its_position_and_is_shown_with_its_words(client, writer, editor, village):
    draft = story(writer, village, photo=SimpleUploadedFile("a.jpg", picture()), photo_alt="门开着")
    with Image.open(draft.photo.file.path) as kept:
        assert dict(kept.getexif()) == {}
    services.publish_story(by=editor, story=draft)
    page = client.get(draft.get_url()).content.decode()
    assert 'alt="门开着"' in page
    address = page.split('src="/media/images/')[1].split('"')[0]
    shown = client.get(f"/media/images/{address}")
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")


def test_photo_that_is_none_or_has_no_words_is_refused(writer, village):
    with pytest.raises(UserError, match="打不开"):
        story(writer, village, photo=SimpleUploadedFile("a.jpg", b"GIF89a not a photo"), photo_alt="门")
    with pytest.raises(UserError, match="照片说明"):
        story(writer, village, photo=SimpleUploadedFile("a.jpg", picture()))
    assert StoryPage.objects.count() == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [("..%2fledger%2f1%2fevidence.jpg", 404), ("..%2f..%2fsecret_key", 404), ("nothing.jpg", 404), ("%00", 400)],
)
def test_only_shown_photos_are_served(client, path, status, settings):
    kept = Path(settings.MEDIA_ROOT) / "ledger" / "1"
    kept.mkdir(parents=True, exist_ok=True)
    (kept / "evidence.jpg").write_bytes(b"for staff only")
    assert client.get(f"/media/images/{path}").status_code == status


def test_village_staff_write_in_the_plain_form_and_cannot_publish(client, writer, village):
    client.force_login(writer)
    client.post(reverse("news_write"), {"place": village.pk, "title": "门球场", "text": "换了新网。"})
    draft = StoryPage.objects.get()
    assert (draft.live, draft.place) == (False, village)
    assert "编辑看过以后发布" in client.get(reverse("news_story", args=[draft.pk])).content.decode()
    assert client.post(reverse("news_publish", args=[draft.pk])).status_code == 404


def test_editor_publishes_from_the_plain_page(client, writer, editor, village):
    draft = story(writer, village)
    client.force_login(editor)
    client.post(reverse("news_publish", args=[draft.pk]))
    draft.refresh_from_db()
    assert draft.live


def test_photo_trouble_is_said_in_the_form(client, writer, village):
    client.force_login(writer)
    fields = {"place": village.pk, "title": "题", "text": "文", "photo_alt": "门"}
    page = client.post(reverse("news_write"), {**fields, "photo": SimpleUploadedFile("a.jpg", b"nothing of the sort")})
    assert "打不开" in page.content.decode()


def test_story_of_another_village_is_404(client, writer, village):
    draft = story(writer, village)
    client.force_login(make_staff(Role.VILLAGE_STAFF, make_village(village.parent)))
    assert client.get(reverse("news_story", args=[draft.pk])).status_code == 404


def test_list_costs_the_same_queries_for_one_and_three(client, writer, village, django_assert_num_queries):
    client.force_login(writer)
    story(writer, village)
    client.get(reverse("news_office"))  # the session is written once
    with django_assert_num_queries(5):
        client.get(reverse("news_office"))
    for _ in range(2):
        story(writer, village)
    with django_assert_num_queries(5):
        client.get(reverse("news_office"))


def test_wagtail_asks_for_our_own_log_in(client):
    response = client.get("/cms/")
    assert response["Location"] == f"{reverse('account_login')}?next=/cms/"


def test_wagtail_is_for_editors_of_every_county_as_long_as_they_are_editors(client, writer, editor, village):
    draft = story(writer, village)
    for other in (writer, editor):  # Wagtail knows no places: a town's editor would see every town there
        client.force_login(other)
        assert client.get("/cms/").status_code == 404
    editor = make_staff(Role.EDITOR, village.county)
    client.force_login(editor)
    assert client.get("/cms/").status_code == 200
    assert client.get(f"/cms/pages/{draft.pk}/edit/").status_code == 200
    end_assignment(by=None, assignment=editor.assignments.get(), on=date(2020, 2, 1))
    assert client.get("/cms/").status_code == 404
