import json
import os
import signal

from xiangli.planning.county import Limits, plan_county
from xiangli.planning.timetable import check, generate, read_plan


def test_county_plans_what_is_missing_and_names_what_cannot_be_planned(tmp_path):
    towns, out = tmp_path / "towns", tmp_path / "plans"
    towns.mkdir()
    for seed in (1, 2):
        data = generate(seed=seed, villages=1, spaces=2, services=4, specialists=0)
        (towns / f"t{seed}.json").write_text(json.dumps(data), "utf-8")
    (towns / "bad.json").write_text("{", "utf-8")
    limits = Limits(work=0.3)
    first = {t.name: t for t in plan_county(towns, out, limits)}
    assert {name: (t.plan is None, t.kept) for name, t in first.items()} == {
        "bad": (True, False), "t1": (False, False), "t2": (False, False),
    }  # fmt: skip
    assert first["bad"].faults == ("不是正确的 UTF-8 JSON 文件",)
    assert [check(*read_plan(json.loads(p.read_text("utf-8")))) for p in sorted(out.iterdir())] == [[], []]
    (out / "t2.json").write_text("half wri", "utf-8")  # as a kill or a full disk might have left it
    again = {t.name: t.kept for t in plan_county(towns, out, limits)}
    assert again == {"bad": False, "t1": True, "t2": False}


def test_folder_and_a_number_without_end_among_the_inputs_stop_no_other_town(tmp_path):
    towns = tmp_path / "towns"
    (towns / "folder.json").mkdir(parents=True)
    (towns / "endless.json").write_text('{"seed": ' + "9" * 5000 + "}", "utf-8")
    data = generate(seed=1, villages=1, spaces=2, services=4, specialists=0)
    (towns / "t1.json").write_text(json.dumps(data), "utf-8")
    assert {t.name: t.faults for t in plan_county(towns, tmp_path / "plans", Limits(work=0.3))} == {
        "folder": ("读不了：这是一个文件夹，不是文件",), "endless": ("不是正确的 UTF-8 JSON 文件",), "t1": (),
    }  # fmt: skip


def test_county_on_a_dask_cluster_loses_nothing_when_a_worker_is_killed(tmp_path):
    """The same call as here, two worker processes, one of them killed while it plans a town."""
    from distributed import Client, LocalCluster

    towns, limits = tmp_path / "towns", Limits(work=1.0)
    towns.mkdir()
    for seed in range(1, 6):
        data = generate(seed=seed, villages=1, spaces=3, services=8, specialists=0)
        (towns / f"t{seed}.json").write_text(json.dumps(data), "utf-8")
    here = {t.name: (t.value, t.bound) for t in plan_county(towns, tmp_path / "here", limits)}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, protocol="tcp://", dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        there = {}
        for town in plan_county(towns, tmp_path / "there", limits, scheduler=cluster.scheduler_address):
            if not there:
                os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
            there[town.name] = (town.value, town.bound)
    assert there == here
    assert {p.name for p in (tmp_path / "there").iterdir()} == {p.name for p in towns.iterdir()}
