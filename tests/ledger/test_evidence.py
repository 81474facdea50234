"""Evidence: one picture is one row however often it is sent, and who is killed leaves neither half a file nor a row."""

import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from tests.killing import killed_anywhere
from tests.ledger.factories import NOW, make_crew, make_item
from xiangli.core.errors import UserError
from xiangli.ledger import services
from xiangli.ledger.models import Evidence, LedgerItem

LONG_AFTER = timedelta(days=36500)  # files carry the day they are written on, whatever the test calls today


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    """A folder of files for each test: the numbers of items come again in the next one."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


def photo(colour: str = "red") -> bytes:
    kept = BytesIO()
    Image.new("RGB", (64, 64), colour).save(kept, "JPEG")
    return kept.getvalue()


def files(item: LedgerItem) -> list[Path]:
    return sorted(Path(default_storage.path(f"ledger/{item.pk}")).glob("*"))


def add(item: LedgerItem, colour: str = "red", by=None) -> Evidence:
    return services.add_evidence(by=by, item=item, now=NOW, kind="before", content=photo(colour))


@pytest.mark.django_db
def test_same_picture_sent_twice_is_one_and_another_is_another():
    item = make_item(make_crew())
    assert add(item) == add(item)
    assert add(item) != add(item, "blue")
    assert [file.name for file in files(item)] == sorted(Path(one.file.name).name for one in item.evidence.all())


@pytest.mark.django_db
def test_files_that_no_row_knows_are_swept_after_a_day_and_the_others_stay():
    item = make_item(make_crew())
    kept = add(item)
    left = default_storage.save(f"ledger/{item.pk}/left.jpg", ContentFile(b"x"))
    assert services.sweep_files(now=NOW - LONG_AFTER) == 0
    assert default_storage.exists(left)
    services.sweep_files(now=NOW + LONG_AFTER)
    assert [file.name for file in files(item)] == [Path(kept.file.name).name]


@pytest.mark.django_db
def test_upload_never_takes_a_name_that_is_taken(media):
    names = [default_storage.save("ledger/0/a.jpg", ContentFile(text)) for text in (b"one", b"two")]
    assert [default_storage.open(name).read() for name in names] == [b"one", b"two"]
    assert sorted(path.name for path in (media / "ledger/0").glob("*.part")) == []


@pytest.mark.django_db
def test_upload_works_where_the_file_system_has_no_hard_links(media, monkeypatch):
    def refuse(*_: str) -> None:
        raise PermissionError

    monkeypatch.setattr("os.link", refuse)
    assert default_storage.open(default_storage.save("ledger/0/a.jpg", ContentFile(b"one"))).read() == b"one"
    assert [path.name for path in (media / "ledger/0").iterdir()] == ["a.jpg"]


@pytest.mark.django_db
def test_what_is_no_picture_leaves_no_file():
    item = make_item(make_crew())
    with pytest.raises(UserError, match="只能传照片"):
        services.add_evidence(by=None, item=item, now=NOW, kind="before", content=b"GIF89a")
    assert files(item) == []


def _in_two_halves(content: ContentFile, chunk_size: int | None = None):
    data = content.read()
    yield data[: len(data) // 2]
    sys.audit("test.half_written", default_storage.path(""))
    yield data[len(data) // 2 :]


@pytest.mark.django_db(transaction=True)
def test_upload_killed_between_any_two_steps_leaves_no_row_and_no_half_file(transactional_db, media, monkeypatch):
    crew = make_crew()
    item = make_item(crew)
    whole = add(make_item(crew)).file.read()
    monkeypatch.setattr(ContentFile, "chunks", _in_two_halves)

    def whole_or_a_part() -> None:
        for file in files(item):
            assert file.suffix == ".part" or file.read_bytes() == whole
        services.sweep_files(now=NOW + LONG_AFTER)
        assert files(item) == []

    assert killed_anywhere(lambda: add(item, by=crew.doer), folder=media, looked_at=whole_or_a_part) >= 10
    assert [file.read_bytes() for file in files(item)] == [whole]
