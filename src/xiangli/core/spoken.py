"""Numbers, dates and times as they are read out: for the village loudspeaker and for reading aloud."""

from datetime import date, time
from decimal import Decimal

_DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "万亿")
_WEEKDAYS = "一二三四五六日"
_PARTS = ((5, "凌晨"), (8, "早上"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))


def _group(number: int) -> str:
    """0 to 9999 without what comes before it."""
    out, gap = "", False
    for power in range(3, -1, -1):
        digit = number // 10**power % 10
        if digit:
            out += (_DIGITS[0] if gap and out else "") + _DIGITS[digit] + _UNITS[power]
            gap = False
        else:
            gap = True
    return out


def spoken_integer(number: int) -> str:
    """120 -> 一百二十, 10 -> 十, 10005 -> 一万零五. Up to 10**16 either way."""
    if abs(number) >= 10**16:
        raise ValueError("数字太大，念不出来")
    if number < 0:
        return "负" + spoken_integer(-number)
    if number == 0:
        return _DIGITS[0]
    out, gap = "", False
    for index in range(3, -1, -1):
        part = number // 10 ** (4 * index) % 10000
        if part:
            out += (_DIGITS[0] if out and (gap or part < 1000) else "") + _group(part) + _GROUPS[index]
        gap = part == 0
    return out.removeprefix("一") if out.startswith("一十") else out


def spoken_number(number: int | Decimal) -> str:
    """Also with decimals: 3.05 -> 三点零五."""
    whole, _, fraction = format(Decimal(number), "f").partition(".")
    fraction = fraction.rstrip("0")
    sign = "负" if whole.startswith("-") else ""
    out = sign + spoken_integer(abs(int(whole)))
    return f"{out}点{spoken_digits(fraction, telephone=False)}" if fraction else out


def spoken_digits(digits: str, *, telephone: bool = True) -> str:
    """Digit by digit, as a telephone number is read (一 as 幺); other characters are dropped."""
    return "".join(
        "幺" if telephone and digit == "1" else _DIGITS[int(digit)] for digit in digits if digit in "0123456789"
    )


def spoken_time(at: time) -> str:
    """8:30 -> 早上八点半, 14:00 -> 下午两点, 12:05 -> 中午十二点零五分."""
    part = next(name for end, name in _PARTS if at.hour < end)
    hour = at.hour if at.hour <= 12 else at.hour - 12
    spoken = "两" if hour == 2 else spoken_integer(hour)
    if at.minute == 0:
        minutes = ""
    elif at.minute == 30:
        minutes = "半"
    else:
        minutes = f"{'零' if at.minute < 10 else ''}{spoken_integer(at.minute)}分"
    return f"{part}{spoken}点{minutes}"


def spoken_date(day: date, *, with_year: bool = False) -> str:
    """2026-06-08 -> 六月八日，星期一."""
    year = f"{''.join(_DIGITS[int(digit)] for digit in str(day.year))}年" if with_year else ""
    return f"{year}{spoken_integer(day.month)}月{spoken_integer(day.day)}日，星期{_WEEKDAYS[day.weekday()]}"
