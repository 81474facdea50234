"""What people write into the cells of a ledger: days, sums of money, how far something has come. Pure."""

import calendar
import re
from datetime import date, timedelta

from xiangli.core.money import parse_fen
from xiangli.core.search import half_width
from xiangli.ledger.choices import Fund, State

SERIAL_DAY_0 = date(1899, 12, 30)  # Excel's day numbers, right from March 1900 on
FIRST_SERIAL, LAST_SERIAL = 36526, 73050  # 2000 to 2099
_HAN = str.maketrans("〇零一二三四五六七八九", "00123456789")
_FULL = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?(?:前|之前|以前|底前)?(?:\s?\d{1,2}:\d{2}(?::\d{2})?)?"
)
_SHORT = re.compile(r"(\d{2})年(\d{1,2}月.*)")
_SPAN = re.compile(r"(.+?)[—–~～至到](?:—)?(.+)")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DAY = re.compile(r"(\d{1,2})[月.](\d{1,2})[日号](?:前|之前|以前)?")
_QUARTER = re.compile(r"(?:(\d{4})年)?第?([1-4])季度(?:末|底)?(?:前)?")
_HALF = re.compile(r"(?:(\d{4})年)?(上半年|下半年|年底|年末|年内|全年)(?:前)?|(\d{4})年(?:底|末|内)?(?:前)?")
STATES = {
    State.NOT_STARTED: "未启动 未开始 未开工 否 未完成 未整改 0% 0",
    State.IN_PROGRESS: "进行中 推进中 正在推进 整改中 办理中 正在整改 正在办理 已启动 已开工 在建 施工中",
    State.CLOSE_REQUESTED: "已申请销号 待销号 待验收 申请销号",
    State.CLOSED: "已销号 已完成 完成 已办结 办结 已整改 是 销号 100% 已竣工 整改完成 全部完成",
    State.RETURNED: "退回",
    State.REOPENED: "复发",
}
_STATES = {word: state for state, words in STATES.items() for word in words.split()}
_FUNDS = {
    Fund.SUPERIOR: "上级 中央 省级 市级 专项 衔接资金",
    Fund.COUNTY: "县级 区级 县财政 区财政",
    Fund.TOWN: "乡镇 镇级 镇财政",
    Fund.VILLAGE: "村集体 村级 集体经济",
    Fund.DONATION: "捐",
    Fund.RESIDENTS: "自筹 筹资",
}


def day(text: str, today: date) -> tuple[date | None, str]:
    """(the day, what had to be assumed). A month or a quarter stands for its last day, as a deadline does.

    Takes 2026-03-01, 2026.3.1, 2026/3/1, 2026年3月1日, 20260301, Excel's 46082, 2026年3月, 2026.3, 3月底, 3月1日前,
    二〇二六年三月一日, 二季度, 上半年, 2026年底, 26年3月1日; of 3月—6月 the end. (None, "") for anything else.
    """
    plain = half_width(text).strip().replace(" ", "") if ":" not in text else half_width(text).strip()
    plain = re.sub(r"[(（](?:周|星期).[)）]$", "", plain)
    plain = re.sub(r"三十一|三十|二十[一二三四五六七八九]?|十[一二三四五六七八九]?", _tens, plain).translate(_HAN)
    try:
        return _span(plain, today) or _day(plain, today)
    except ValueError:  # 30 February
        return None, ""


def _span(plain: str, today: date) -> tuple[date | None, str] | None:
    """The end of a time from one day to another, where both are days and stand in order; None for anything else."""
    match = _SPAN.fullmatch(plain)
    if match is None:
        return None
    begins, ends = _day(match[1], today)[0], match[2]
    if begins and not re.match(r"\d{2,4}[-/.年]\d", ends):
        today = today.replace(year=begins.year, day=1)  # 2027年3月—6月: the same year
    found, said = _day(ends, today)
    if not begins or not found or begins > found:
        return None, ""
    return found, "；".join(filter(None, ["写的是一段时间，按结束的那天算", said]))


def _tens(match: re.Match[str]) -> str:
    words = match[0]
    before, _, after = words.partition("十")
    digit = "〇一二三四五六七八九".index
    return str((digit(before) if before else 1) * 10 + (digit(after) if after else 0))


def _day(plain: str, today: date) -> tuple[date | None, str]:
    if match := _FULL.fullmatch(plain) or _PACKED.fullmatch(plain):
        return date(int(match[1]), int(match[2]), int(match[3])), ""
    if match := _SHORT.fullmatch(plain):
        found, said = _day(f"20{match[1]}年{match[2]}", today)
        return found, said or f"年份按 20{match[1]} 年"
    if re.fullmatch(r"\d{5}(\.\d+)?", plain) and FIRST_SERIAL <= float(plain) <= LAST_SERIAL:
        return SERIAL_DAY_0 + timedelta(days=int(float(plain))), ""
    if match := _DAY.fullmatch(plain):
        return date(today.year, int(match[1]), int(match[2])), f"没有写年份，按 {today.year} 年"
    if match := _QUARTER.fullmatch(plain):
        return _end(match[1], int(match[2]) * 3, today)
    if match := _HALF.fullmatch(plain):
        return _end(match[1] or match[3], 6 if match[2] == "上半年" else 12, today)
    match = re.fullmatch(r"(?:(\d{4})[-/.年])?(\d{1,2})(月份?)?(上旬|中旬|下旬|底|末|初)?(?:前|之前|以前)?", plain)
    if match and (match[1] or match[3]) and 1 <= int(match[2]) <= 12:
        if plain.endswith(".1"):  # Excel keeps a typed 2026.10 as the number 2026.1
            return _end(match[1], 1, today)[0], f"“{plain}”按 1 月算；要是 10 月，请写 {match[1]}-10"
        found, said = _end(match[1], int(match[2]), today)
        tenth = {"上旬": 10, "初": 10, "中旬": 20}.get(match[4] or "")
        return (found.replace(day=tenth) if tenth else found), said
    return None, ""


def _end(year: str | None, month: int, today: date) -> tuple[date, str]:
    number = int(year) if year else today.year
    last = calendar.monthrange(number, month)[1]
    return date(number, month, last), "" if year else f"没有写年份，按 {number} 年"


def fen(text: str, unit: str) -> int:
    """A sum in fen; ``unit`` is the column's (元, 万元) where the cell names none. ValueError in Chinese."""
    plain = half_width(text).strip()
    if plain in ("", "-", "—", "/", "无", "无需资金", "不需要资金"):
        return 0
    amount = parse_fen(plain + unit if re.fullmatch(r"[\d,.]+", plain) else plain)
    if amount < 0:
        raise ValueError("资金不能是负数。")
    return amount


def state(text: str) -> State | None:
    """How far it has come, where the cell says so in one of the usual words; None for a sentence."""
    return _STATES.get(half_width(text).strip().rstrip("。！"))


def fund(text: str) -> Fund | None:
    """Whose money, where exactly one source is named."""
    found = {fund for fund, words in _FUNDS.items() if any(word in text for word in words.split())}
    return found.pop() if len(found) == 1 else None
