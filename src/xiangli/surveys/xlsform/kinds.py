"""Which of our kinds of question a row of pyxform's form is, or why it is none."""

from collections.abc import Mapping
from typing import Any

from xiangli.surveys.cleaning import OPTIONS_MAX

KINDS = {"select one": "single", "select all that apply": "multiple", "rank": "ranking"}
TYPED = {"string": "text", "int": "number", "decimal": "number", "date": "date"}
REASONS = {
    "photo": "拍照", "audio": "录音", "video": "录像", "file": "传文件", "barcode": "扫条码", "geopoint": "定位",
    "geotrace": "画路线", "geoshape": "画范围", "time": "填时刻", "datetime": "填日期加时刻",
    "acknowledge": "勾选确认", "osm": "地图要素", "select one external": "选项在外部文件里",
}  # fmt: skip


def bind_type(node: Mapping[str, Any]) -> str:
    from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

    own = QUESTION_TYPE_DICT.get(str(node.get("type")), {})
    return str(node.get("bind", {}).get("type") or own.get("bind", {}).get("type") or "")


def kind_of(node: Mapping[str, Any], kind: str) -> tuple[str, str]:
    """(our kind, "") of what every channel can ask, else ("", why not)."""
    from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

    if kind in KINDS:
        choices = node.get("choices") or ()
        if not choices:
            return "", "选项在外部文件里"
        return (KINDS[kind], "") if len(choices) <= OPTIONS_MAX else ("", f"选项超过 {OPTIONS_MAX} 个")
    own = QUESTION_TYPE_DICT.get(str(node.get("type")), {})
    if kind in REASONS:
        return "", REASONS[kind]
    if kind == "phone number":
        return "", "电话号码（这里不收）"
    if kind == "range":
        return "number", ""
    if own.get("bind", {}).get("readonly") or node.get("bind", {}).get("readonly"):
        return "", "说明文字"
    if own.get("control", {}).get("tag") != "input":
        tag, media = own.get("control", {}).get("tag"), str(own.get("control", {}).get("mediatype", ""))
        known = {"image/*": "拍照", "audio/*": "录音", "video/*": "录像"}.get(
            media, "传文件" if tag == "upload" else ""
        )
        return "", known or ("勾选确认" if tag == "trigger" else "由手机自动记下或算出的")
    typed = bind_type(node)
    return (TYPED[typed], "") if typed in TYPED else ("", REASONS.get(typed.lower(), "这种题型"))


def take_range(question: dict[str, Any], parameters: Mapping[str, Any]) -> None:
    start, end, step = (str(parameters.get(key, usual)) for key, usual in (("start", 0), ("end", 10), ("step", 1)))
    try:
        question |= {"min": min(float(start), float(end)), "max": max(float(start), float(end))}
        if float(step).is_integer() and float(start).is_integer():
            question["whole"] = True
    except ValueError:
        return
