"""Piles of scans: what is said about each file, cancelling, taking up what was left, and removal after retention."""

import copy
import shutil
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from tests.places.factories import make_county, make_staff, make_town, make_village
from tests.surveys.factories import make_campaign, make_definition
from xiangli.accounts.choices import Role
from xiangli.core.errors import UserError
from xiangli.reports.commands import purge
from xiangli.surveys import services, tasks, workers
from xiangli.surveys.models import ScanBatch, SheetReading, WrittenText
from xiangli.surveys.piles import read_pile
from xiangli.surveys.sheets.simulate import simulate_scans

pytestmark = pytest.mark.django_db

WANTS = {"needs": ["chess"], "age": ["70+"]}
IMMEDIATE = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend", "QUEUES": ["default"]}}


@pytest.fixture
def town():
    town = make_town()
    make_village(town, slug="jia", name="甲村")
    return town


@pytest.fixture
def village(town):
    return town.children.get()


@pytest.fixture
def campaign(town):
    return make_campaign(town)


@pytest.fixture
def official(town):
    return make_staff(Role.TOWN, town)


@pytest.fixture
def data(tmp_path):
    with override_settings(DATA=tmp_path):
        yield tmp_path


def scan(campaign, village, folder, copies, *, seed=3, language=""):
    """Print for a village, fill in, scan; the files."""
    pdf = folder.with_suffix(".pdf")
    pdf.parent.mkdir(parents=True, exist_ok=True)
    run = services.print_run(
        by=None, campaign=campaign, place=village, copies=copies, pdf_path=pdf, language=language
    )  # fmt: skip
    filled = dict.fromkeys(range(run.first, run.last + 1), WANTS)
    return simulate_scans(pdf, run.layout, filled, folder, first_sheet=run.first, seed=seed)


def pile(data, campaign, village, by, files):
    """The files as an accepted batch."""
    archive = f"scans/{ScanBatch.everywhere.count() + 1}"
    (data / archive).mkdir(parents=True)
    for path in files:
        shutil.copy(path, data / archive)
    return services.accept_scans(by=by, campaign=campaign, place=village, archive=archive, files=len(files))


def read(batch):
    tasks.read_scans.func(batch.pk)
    batch.refresh_from_db()
    return batch


def reasons(batch):
    return {problem["file"]: problem["reason"] for problem in batch.problems}


def test_every_file_is_named_that_could_not_be_read(data, campaign, village, official, tmp_path):
    files = scan(campaign, village, tmp_path / "a", 2)
    other = make_campaign(campaign.place, definition=make_definition("chess", title="别的"))
    foreign = make_campaign(make_village(make_town(make_county("other", "别县"), "elsewhere")))
    strange = scan(other, village, tmp_path / "b", 1), scan(foreign, foreign.place, tmp_path / "c", 1)
    blank, cat, again = tmp_path / "blank.jpg", tmp_path / "cat.png", tmp_path / "zz-again.jpg"
    white(blank)
    cat.write_bytes(b"\x89PNG\r\n\x1a\n not a picture")
    again.write_bytes(files[0].read_bytes() + b"\0")
    names = {strange[0][0]: "other-1.jpg", strange[1][0]: "foreign-1.jpg"}
    for path, name in names.items():
        path.rename(path.with_name(name))
    all_of_it = [*files, strange[0][0].with_name("other-1.jpg"), strange[1][0].with_name("foreign-1.jpg")]
    batch = read(pile(data, campaign, village, official, [*all_of_it, blank, cat, again]))
    assert (batch.state, batch.files_done, batch.pages_done, batch.sheets) == ("done", 7, 7, 3)
    assert batch.problems.pop() == {"file": "", "reason": "有 1 页上下倒着，已转正读了：other-1.jpg"}
    said = reasons(batch)
    assert sorted(said) == ["", "blank.jpg", "cat.png", "foreign-1.jpg", "zz-again.jpg"]
    assert said[""] == "有 1 份是“办什么？”的，已记到那一份里"
    assert "空白页" in said["blank.jpg"]
    assert said["cat.png"] == "文件打不开：已损坏，打不开。"
    assert "是另一次调查的问卷" in said["foreign-1.jpg"]
    assert "同一张扫了两次" in said["zz-again.jpg"]
    assert [reading.sheet for reading in SheetReading.everywhere.filter(campaign=campaign)] == [1, 2]
    assert SheetReading.everywhere.filter(campaign=other).count() == 1
    assert not (data / f"{batch.archive}-work").exists()


def white(path):
    import numpy as np
    import simplejpeg

    path.write_bytes(simplejpeg.encode_jpeg(np.full((1754, 1240, 1), 250, np.uint8), 85, "GRAY"))


def test_upside_down_pages_are_said_in_one_line(data, campaign, village, official, tmp_path):
    files = scan(campaign, village, tmp_path / "a", 2)
    for path in files:
        with Image.open(path) as page:
            page.rotate(180).save(path, quality=90)
    batch = read(pile(data, campaign, village, official, files))
    assert batch.sheets == 2
    names = "、".join(path.name for path in files)
    assert batch.problems == [{"file": "", "reason": f"有 2 页上下倒着，已转正读了：{names}"}]


def test_second_scan_of_a_sealed_sheet_is_reported(data, campaign, village, official, tmp_path):
    files = scan(campaign, village, tmp_path / "a", 1)
    read(pile(data, campaign, village, official, files))
    services.seal_reviewed(by=official, campaign=campaign, place=village)
    batch = read(pile(data, campaign, village, official, files))
    assert [problem["reason"] for problem in batch.problems] == [f"编号 1 以前读过（{files[0].name}），没有重复计入"]
    assert campaign.responses.count() == 1


def test_sheets_of_an_earlier_version_are_read_by_their_own_layout(data, campaign, village, official, tmp_path):
    before = scan(campaign, village, tmp_path / "a", 1)
    asked = make_definition("canteen", "chess")
    asked["questions"] = [asked["questions"][-1], *asked["questions"][:-1]]
    services.change_questionnaire(by=None, campaign=campaign, definition=asked)
    campaign.refresh_from_db()
    today = scan(campaign, village, tmp_path / "b", 1)
    names = before[0].rename(tmp_path / "before.jpg"), today[0].rename(tmp_path / "today.jpg")
    batch = read(pile(data, campaign, village, official, [*names, *before[1:], *today[1:]]))
    assert (batch.state, batch.sheets) == ("done", 2)
    assert "有 1 份是第 1 版印的，已按那一版读" in [problem["reason"] for problem in batch.problems]
    readings = {(reading.version, reading.sheet): reading.marks for reading in SheetReading.everywhere.all()}
    assert readings.keys() == {(1, 1), (2, 2)}
    assert readings[1, 1] == readings[2, 2]
    services.seal_reviewed(by=official, campaign=campaign, place=village)
    assert [response.version for response in campaign.responses.order_by("version")] == [1, 2]


def test_sheets_in_several_languages_lie_in_one_pile(data, village, official, tmp_path):
    asked = make_definition("canteen", "chess")
    for question in asked["questions"]:
        for one in (question, *question.get("options", ())):
            long = "what was asked, said at length in English so that boxes move" if one is question else "Option"
            one["translations"] = {"English (en)": {"label": f"{long} {one['name']}"}}
    campaign = make_campaign(village.parent, definition=asked)
    files = []
    for language in ("", "en", "zh-Hant"):
        scans = scan(campaign, village, tmp_path / f"s{language}", 1, language=language)
        files += [path.rename(tmp_path / f"{language}-{path.name}") for path in scans]
    batch = read(pile(data, campaign, village, official, files))
    assert (batch.state, batch.sheets) == ("done", 3)
    assert sorted(problem["reason"] for problem in batch.problems) == [
        "有 1 份是用“English (en)”印的，已按那种语言的版式读",
        "有 1 份是用“简体中文 (zh-Hans)”印的，已按那种语言的版式读",
    ]  # fmt: skip
    marks = {reading.sheet: reading.marks for reading in SheetReading.everywhere.filter(campaign=campaign)}
    assert marks[1] == marks[2] == marks[3] == {"needs": ["chess"], "age": ["70+"]}
    services.seal_reviewed(by=official, campaign=campaign, place=village)
    assert [response.answers for response in campaign.responses.all()] == [WANTS | {"age": "70+"}] * 3


def test_answers_on_older_sheets_in_another_language_are_carried_over(data, village, official, tmp_path):
    asked = make_definition("canteen", "chess")
    asked["questions"][0]["translations"] = {"English (en)": {"label": "In English"}}
    campaign = make_campaign(village.parent, definition=asked)
    files = scan(campaign, village, tmp_path / "a", 1, language="English (en)")
    services.change_questionnaire(by=None, campaign=campaign, definition={**asked, "intro": "乡亲您好"})
    campaign.refresh_from_db()
    scan(campaign, village, tmp_path / "b", 1)
    batch = read(pile(data, campaign, village, official, files))
    assert [problem["reason"] for problem in batch.problems] == ["有 1 份是第 1 版印的，已按那一版读"]
    services.seal_reviewed(by=official, campaign=campaign, place=village)
    assert [response.answers for response in campaign.responses.all()] == [WANTS | {"age": "70+"}]


def test_answer_that_the_questionnaire_has_no_more_is_named(data, campaign, village, official, tmp_path):
    files = scan(campaign, village, tmp_path / "a", 1)
    asked = copy.deepcopy(campaign.definition)
    needs = next(question for question in asked["questions"] if question["name"] == "needs")
    gone = next(option["label"] for option in needs["options"] if option["name"] == "chess")
    needs["options"] = [
        {**option, "label": "打太极"} if option["name"] == "chess" else option for option in needs["options"]
    ]
    services.change_questionnaire(by=None, campaign=campaign, definition=asked)
    campaign.refresh_from_db()
    batch = read(pile(data, campaign, village, official, files))
    done = services.seal_reviewed(by=official, campaign=campaign, place=village)
    (response,) = campaign.responses.all()
    assert (response.version, "chess" in response.answers.get("needs", ())) == (1, False)
    assert response.answers["age"] == "70+"
    said = [problem["reason"] for problem in batch.problems] + [reason for _, reason in done.problems]
    assert f"编号 1 是第 1 版：“{needs['label']}”选了“{gone}”，现在没有这一项，不计" in said


def upload(client, campaign, village, *files):
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    url = reverse("survey_upload", args=[campaign.pk])
    return client.post(url, {"scans-village": village.pk, "scans-scans": sent}, follow=True).content.decode()


def test_file_uploaded_twice_is_named_and_kept_once(client, data, campaign, village, official, tmp_path):
    (path,) = scan(campaign, village, tmp_path / "a", 1)
    client.force_login(official)
    content = path.read_bytes()
    with override_settings(TASKS=IMMEDIATE):
        page = upload(client, campaign, village, ("一.jpg", content), ("二.jpg", content))
        assert "二.jpg：和 一.jpg 是同一个文件，没有再收" in page
        assert "1 / 1" in page
        page = upload(client, campaign, village, ("三.jpg", content))
    day = timezone.localdate()
    assert f"三.jpg：和 {day.month} 月 {day.day} 日交过的 一.jpg 是同一个文件，没有再收" in page
    assert ScanBatch.everywhere.count() == 1


def test_hundreds_of_photos_are_taken_at_once_and_faults_are_named_in_measure(
    client, data, campaign, village, official
):
    client.force_login(official)
    photos = [(f"{number}.png", b"\x89PNG\r\n\x1a\n" + bytes([number])) for number in range(130)]
    notes = [(f"{number}.txt", b"hello") for number in range(22)]
    with override_settings(TASKS=IMMEDIATE):
        page = upload(client, campaign, village, *photos, *notes)
    assert ScanBatch.everywhere.get().files == 130
    assert "19.txt：这是" in page
    assert "20.txt" not in page
    assert "还有 2 个文件也没有收下" in page


def test_pile_can_be_cancelled_until_it_is_read_and_leaves_nothing(client, data, campaign, village, official, tmp_path):
    files = scan(campaign, village, tmp_path / "a", 1)
    client.force_login(official)
    batch = pile(data, campaign, village, official, files)
    archive = data / batch.archive
    client.post(reverse("batch_cancel", args=[batch.pk]))
    assert (read(batch).state, archive.exists(), SheetReading.everywhere.count()) == ("stopped", False, 0)
    done = read(pile(data, campaign, village, official, files))
    with pytest.raises(UserError, match="已经读完"):
        services.cancel_batch(by=official, batch=done, at=timezone.now())


def test_reader_stops_when_its_pile_is_cancelled_meanwhile(data, campaign, village, official, tmp_path):
    batch = pile(data, campaign, village, official, scan(campaign, village, tmp_path / "a", 1))
    claim = services.start_batch(by=official, batch=batch, at=timezone.now())
    services.cancel_batch(by=official, batch=ScanBatch.everywhere.get(pk=batch.pk), at=timezone.now())
    tasks.read_batch(batch, claim)
    assert (SheetReading.everywhere.count(), (data / batch.archive).exists()) == (0, False)


def test_silent_reader_is_replaced_and_can_no_longer_record(data, campaign, village, official, tmp_path):
    batch = pile(data, campaign, village, official, scan(campaign, village, tmp_path / "a", 1))
    then = timezone.now() - timedelta(minutes=3)
    lost = services.start_batch(by=official, batch=batch, at=then)
    assert services.start_batch(by=official, batch=batch, at=then + timedelta(minutes=1)) == ""
    assert list(services.stalled_batches(timezone.now())) == [batch]
    assert read(batch).state == "done"
    with pytest.raises(services.ClaimLost):
        services.finish_batch(by=official, batch=batch, claim=lost, sheets=9, problems=[], at=timezone.now())
    tasks.read_batch(batch, lost)
    assert SheetReading.everywhere.count() == 1


def test_page_says_how_far_it_is_and_when_nothing_moves(client, data, campaign, village, official, tmp_path):
    client.force_login(official)
    batch = pile(data, campaign, village, official, scan(campaign, village, tmp_path / "a", 1))
    url = reverse("survey_batch", args=[batch.pk])
    assert "看最新进度" in client.get(url).content.decode()
    claim = services.start_batch(by=official, batch=batch, at=timezone.now())
    services.beat_batch(batch=batch, claim=claim, at=timezone.now(), pages=40, pages_done=8, files_done=3, sheets=2)
    page = client.get(url).content.decode()
    assert '<progress max="40" value="8"' in page
    assert "没有动静" not in page
    ScanBatch.everywhere.update(beat_at=timezone.now() - timedelta(minutes=3))
    assert "有一阵没有动静了" in client.get(url).content.decode()
    with override_settings(TASKS=IMMEDIATE):
        client.post(reverse("batch_again", args=[batch.pk]))
    assert ScanBatch.everywhere.get().state == "done"
    client.force_login(make_staff(Role.VILLAGE_STAFF, make_village(make_town(make_county("other", "别县"), "else"))))
    for name in ("survey_batch", "batch_cancel", "batch_again"):
        url = reverse(name, args=[batch.pk])
        assert (client.get if name == "survey_batch" else client.post)(url).status_code == 404


def test_purge_removes_scans_from_the_disk_when_their_time_is_over(data, campaign, village, official, tmp_path):
    files = scan(campaign, village, tmp_path / "a", 1)
    old, new = (read(pile(data, campaign, village, official, files)) for _ in range(2))
    ScanBatch.everywhere.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=181))
    lost, fresh = data / "scans/lost", data / "scans/fresh"  # one of an upload cut off long ago, one under way
    lost.mkdir()
    fresh.mkdir()
    shutil.copy(files[0], lost)
    for folder in (lost, data / old.archive, data / new.archive):
        age(folder, days=200)
    assert purge.main([]) == 0
    assert sorted(folder.name for folder in (data / "scans").iterdir()) == sorted([fresh.name, new.archive[6:]])
    assert list(ScanBatch.everywhere.order_by("pk").values_list("archive", flat=True)) == ["", new.archive]


def age(folder, *, days):
    import os

    then = (timezone.now() - timedelta(days=days)).timestamp()
    os.utime(folder, (then, then))


def test_large_pile_is_read_on_a_dask_scheduler_as_it_is_here(data, campaign, village, official, tmp_path, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(workers, "LARGE", 2)
    batch = pile(data, campaign, village, official, scan(campaign, village, tmp_path / "a", 3))
    beats = []

    def read_with(scheduler, work):
        done = read_pile(batch, data=data, work=work, beat=lambda **figures: beats.append(figures), scheduler=scheduler)
        return [(reading.rows, reading.crops, reading.words) for reading in done.readings], done.problems

    here = read_with("", tmp_path / "here")
    cluster = LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp://", dashboard_address=None
    )  # fmt: skip
    with cluster:
        there = read_with(cluster.scheduler_address, tmp_path / "there")
    assert there == here
    assert beats[-1] == {"pages": 3, "pages_done": 3, "files_done": 3, "sheets": 3}


def test_scheduler_that_is_away_costs_nothing(data, campaign, village, official, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "LARGE", 1)
    batch = pile(data, campaign, village, official, scan(campaign, village, tmp_path / "a", 1))
    with override_settings(DASK="tcp://127.0.0.1:9"):
        assert (read(batch).state, batch.sheets) == ("done", 1)


def test_written_words_come_with_the_sheet(data, village, official, tmp_path):
    definition = make_definition()
    definition["questions"].append({"name": "wish", "kind": "text", "label": "还想说", "options": [], "lines": 2})
    campaign = make_campaign(village.parent, definition=definition)
    files = scan(campaign, village, tmp_path / "a", 1)
    write_in(campaign, files)
    read(pile(data, campaign, village, official, files))
    words = WrittenText.everywhere.get()
    assert (words.question, words.reading.sheet, bytes(words.crop)[:4]) == ("wish", 1, b"\x89PNG")


def write_in(campaign, files):
    """Scribble into the text box of the first sheet."""
    import cv2

    run = campaign.print_runs.get()
    for number, path in enumerate(files):
        boxes = run.layout["pages"][number].get("boxes", [])
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        scale = image.shape[1] / run.layout["page_mm"][0]
        for box in boxes:
            x, y = (int((box[side] + 6) * scale) for side in ("x_mm", "y_mm"))
            cv2.putText(image, "dianying", (x, y + 30), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 30, 3)
        cv2.imwrite(str(path), image)
