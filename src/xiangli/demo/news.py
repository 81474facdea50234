"""Three invented stories and a draft, with a drawn picture: no photograph of anyone real."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any

from xiangli.news import services
from xiangli.places.models import Place

WHAT = "新闻：三篇稿件和一篇草稿（编的）"

STORIES = [
    (
        12,
        "办公室搬上楼，一楼全给乡亲",
        "陆村社区把村干部办公室搬到了二楼，一楼腾出五间屋子，做健康小屋、日间照料室和食堂。\n"
        "“以前上楼办事腿疼，现在推门就是。”来量血压的老人说。\n这是一篇演示用的稿子，人和事都是编的。",
    ),
    (
        6,
        "书画棋牌室，周三晚上也亮灯",
        "白天下地，晚上下棋。乡亲在“有事您说”里提了一句，书画棋牌室从这个月起周三晚上也开门。\n"
        "值班由志愿者轮着来，谁来、几点到，贴在门口。\n这是一篇演示用的稿子，人和事都是编的。",
    ),
    (
        2,
        "一份问卷，二十个村怎么说",
        "这个春天，调查员挨户问：中心里该办什么？老人最想要食堂和看病，年轻人想要晚上能打球的灯。\n"
        "需求清单已经公布在各村的页面上。\n这是一篇演示用的稿子，人和事都是编的。",
    ),
]
DRAFT = ("门球场换了新网", "包村干部来看过，下周装好。（草稿，等编辑看过再发）")
WORDS = "示意图：一座平房，中间的门开着，一楼亮着灯"


def load(*, town: Place, users: dict[str, Any], today: date) -> None:
    village = town.children.order_by("path")[0]
    for number, (days, title, text) in enumerate(STORIES):
        photo: dict[str, Any] = {"photo": drawing(), "photo_alt": WORDS} if number == 0 else {}
        story = services.write_story(
            by=users["village"], place=village if number < 2 else town, title=title, text=text,
            byline="陆河（化名，演示）", today=today - timedelta(days=days), **photo,
        )  # fmt: skip
        services.publish_story(by=users["editor"], story=story)
    services.write_story(by=users["village"], place=village, title=DRAFT[0], text=DRAFT[1], today=today)


def drawing() -> BytesIO:
    """A centre with its door open, drawn with a few shapes."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (1280, 720), "#dfeee6")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 560, 1280, 720), fill="#b9cfa8")
    pen.polygon([(180, 300), (640, 120), (1100, 300)], fill="#0b6349")
    pen.rectangle((230, 300, 1050, 580), fill="#fbf7ee")
    for left in (290, 430, 760, 900):
        pen.rectangle((left, 370, left + 90, 470), fill="#f6cf6b", outline="#8a6d3b", width=5)
    pen.rectangle((580, 350, 700, 580), fill="#7a4f00")
    pen.rectangle((592, 362, 688, 580), fill="#fdf1d8")
    pen.ellipse((1080, 60, 1180, 160), fill="#f2b134")
    kept = BytesIO()
    picture.save(kept, "PNG")
    kept.seek(0)
    return kept
