"""The village's page: about ten plain sentences, nothing in them that privacy keeps back, and words to be read out."""

import re
from datetime import date

import pytest

from tests.planning.factories import NOW, SOON, TODAY, answer, make_planned_town
from xiangli.planning import queries, services
from xiangli.planning.choices import ImprovementKind
from xiangli.planning.public import village_facts
from xiangli.planning.telling import Bought, Facts, NotBought, Short, sentences, spoken

ASKED = {"village": "陆村", "asked_on": date(2026, 6, 1), "answered": 122}
FULL = Facts(
    **ASKED, wishes=[("食堂", 52), ("下棋", 40)], groups=[("60–69 岁", "食堂", 71)], adopted_on=date(2026, 6, 10),
    services=[("书画棋牌", 3), ("便民服务", 2)], best=("书画棋牌", ["周一 8:00–10:00 在大厅"]),
    visits=["巡诊医生单周周二 14:00–16:00来健康小屋"], shared_money=True,
    bought=[Bought("隔出厨房", 30_000, date(2026, 9, 1))], not_bought=[NotBought("修球场", 800), NotBought("装灯")],
    short=[Short("食堂", "没有一间房有厨房", "给大厅配上厨房")], met=61, least=("18–59 岁", 40),
)  # fmt: skip


def test_ten_sentences_tell_what_was_asked_chosen_and_not_and_why():
    told = sentences(FULL)
    assert 9 <= len(told) <= 13
    assert told == [
        "2026年6月问了陆村的乡亲想要什么，122 位答了问卷。",
        "想要食堂的有 52%，想要下棋的有 40%。",
        "60–69 岁的人里，71% 想要食堂。",
        "镇里照这些需求定了方案，6月10日起每周在村里办书画棋牌 3 场、便民服务 2 场。",
        "书画棋牌的时间是周一 8:00–10:00 在大厅。",
        "巡诊医生单周周二 14:00–16:00来健康小屋。",
        "改善的钱用在我们村的有隔出厨房 30000 元，9月1日前办成。",
        "修球场这次没选上，因为要它的乡亲名下的钱合起来还差 800 元。",
        "装灯这次没选上，因为要它的乡亲名下的钱合起来还不够它的价钱。",
        "食堂还没排够，因为没有一间房有厨房。",
        "要是能做到给大厅配上厨房，食堂就能多办一些。",
        "照这个方案，村里的需求满足了 61%，照顾得最少的是 18–59 岁，满足了 40%。",
        "对安排有意见，到中心柜台说，或者在网上“有事您说”里写，都会有答复。",
    ]


def test_spoken_sentences_hold_no_figure_and_no_sign():
    for sentence in sentences(FULL):
        assert not re.search(r"[0-9A-Za-z%:–“”（）]", spoken(sentence)), spoken(sentence)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("周一 8:00–10:00", "周一上午八点到上午十点"), ("14:30", "下午两点半"), ("52%", "百分之五十二"),
        ("22:00–24:00", "晚上十点到夜里十二点"), ("2 场", "两场"), ("12 场", "十二场"), ("2026年6月", "二零二六年六月"),
        ("60–69 岁", "六十到六十九岁"), ("11,500 元", "一万一千五百元"), ("医生（演示）来", "医生，演示，来"),
        ("3.5%", "百分之三点五"),
    ],
)  # fmt: skip
def test_spoken_says_figures_as_people_do(text, words):
    assert spoken(text) == words


def test_nothing_asked_and_nothing_decided_are_said_plainly():
    assert sentences(Facts("陆村"))[:2] == ["还没有公布民意调查的结果。", "镇里的方案还没有定下来，定了就写在这里。"]
    few = sentences(Facts("陆村", asked_on=date(2026, 6, 1)))
    assert few[0] == "2026年6月问了陆村的乡亲想要什么，答的人还少，数字先不公布。"


# from the rows


@pytest.fixture
def town(db):
    return make_planned_town()


def publish(listed, *lines):
    """Publish a list that shows only these lines (label, service, group, percent)."""
    listed.published = [
        {"key": f"want/{service}", "label": label, "service": service, "group": group, "percent": percent,
         "people": 9, "low": 1, "high": 99}
        for label, service, group, percent in lines
    ]  # fmt: skip
    listed.published_at = NOW
    listed.save()


def adopted(town):
    plan = services.propose(by=town.boss, place=town.place, **SOON)
    return services.mark_adopted(by=town.boss, plan=plan, today=TODAY)


def facts_of(town, plan):
    place = town.villages[0]
    return village_facts(place, plan, queries.why_here(place), {})


def test_why_here_shows_only_what_is_published(town):
    place = town.villages[0]
    assert queries.why_here(place) is None
    publish(town.lists[0], ("下棋", "chess", "", 40), ("下棋", "chess", "60 岁以上", 70), ("食堂", "canteen", "", 20))
    chess, canteen = queries.why_here(place).wishes
    assert (chess.label, chess.percent, chess.groups) == ("下棋", 40, [("60 岁以上", 70)])
    assert (canteen.percent, canteen.groups) == (20, [])
    assert [wish.label for wish in queries.why_here(place, ["canteen"]).wishes] == ["食堂"]
    assert queries.why_here(place, ["health"]).wishes == []


def test_wishes_kept_back_leave_no_figure_in_the_sentences(town):
    """Only chess is published: what the canteen lacks, and groups not named, must not be told by other means."""
    services.add_improvement(
        by=town.boss, place=town.villages[0], title="隔出厨房", service=town.canteen, kind=ImprovementKind.REBUILD,
        cost_fen=90_000, now=NOW,
    )  # fmt: skip
    answer(town.lists[0], "canteen")
    services.share_budget(by=town.boss, place=town.place, budget_fen=10_000, now=NOW)
    publish(town.lists[0], ("下棋", "chess", "", 40))
    facts, _ = facts_of(town, adopted(town))
    assert facts.not_bought == [NotBought("隔出厨房", None)]
    assert (facts.groups, facts.least) == ([], None)
    assert "乡里食堂" not in {one.service for one in facts.short}
    publish(town.lists[0], ("下棋", "chess", "60 岁以上", 40), ("食堂", "canteen", "", 20), ("下棋", "chess", "", 40))
    facts, _ = facts_of(town, queries.adopted_plan(town.place))
    assert facts.not_bought == [NotBought("隔出厨房", 800)]
    assert "乡里食堂" in {one.service for one in facts.short}


def test_sum_that_a_project_lacks_is_not_told_while_an_option_behind_it_is_kept_back(town):
    campaign = town.lists[0].campaign
    campaign.definition["questions"][0]["options"].append({"name": "soup", "label": "送餐", "service": "canteen"})
    campaign.save()
    services.add_improvement(
        by=town.boss, place=town.villages[0], title="隔出厨房", service=town.canteen, kind=ImprovementKind.REBUILD,
        cost_fen=90_000, now=NOW,
    )  # fmt: skip
    answer(town.lists[0], "canteen")
    services.share_budget(by=town.boss, place=town.place, budget_fen=10_000, now=NOW)
    publish(town.lists[0], ("食堂", "canteen", "", 20))
    facts, _ = facts_of(town, adopted(town))
    assert facts.not_bought == [NotBought("隔出厨房", None)]


def test_each_service_that_is_held_has_its_times_and_its_needs(town):
    publish(town.lists[0], ("下棋", "chess", "", 40))
    plan = adopted(town)
    facts, held = facts_of(town, plan)
    assert {row["service"].key: row["count"] for row in held} == {
        key: plan.activities.filter(place=town.villages[0], service__key=key).count() for key in ("chess", "health")
    }
    wishes = {row["service"].key: row["wish"] for row in held}
    assert (wishes["chess"].percent, wishes["health"]) == (40, None)
    assert facts.best[0] == "书画棋牌"
    assert all("在大厅" in time for time in facts.best[1])


def test_public_page_reads_in_both_scripts_and_costs_few_queries(client, town, django_assert_max_num_queries):
    from xiangli.places.models import Centre

    centre = Centre.everywhere.get(place=town.villages[0])
    url = f"/c/{town.place.county.slug}/{centre.slug}/plan/"
    assert "还没有定下来" in client.get(url).content.decode()
    publish(town.lists[0], ("下棋", "chess", "", 40))
    adopted(town)
    with django_assert_max_num_queries(14):
        page = client.get(url).content.decode()
    assert "想要下棋的有 40%" in page
    assert "想要下棋的有百分之四十" in page
    client.cookies["script"] = "hant"
    assert "鎮裡照這些需求定了方案" in client.get(url).content.decode()


def test_suppressed_number_of_answers_is_not_told(town):
    publish(town.lists[0])
    town.lists[0].responses, town.lists[0].hidden_below = 3, 5
    town.lists[0].save()
    facts, _ = facts_of(town, None)
    assert facts.answered is None
