"""A workbook's rows as our questionnaire: what every channel can carry becomes questions, the rest is named.

The rows are kept (``source``) wherever they say more than the questions do, so that the ODK form loses nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.surveys.cleaning import PLACES_MAX, QUESTIONS_MAX, clean_questionnaire, plain_text
from xiangli.surveys.xlsform.expressions import NotPlain, constraint_of, limits_of, rule_of
from xiangli.surveys.xlsform.kinds import KINDS, bind_type, kind_of, take_range
from xiangli.surveys.xlsform.names import OURS
from xiangli.surveys.xlsform.reading import read_book
from xiangli.surveys.xlsform.rows import HANS, TEXT_CONSTRAINT, WORDS, Book, book_of
from xiangli.surveys.xlsform.xform import keep_quotes, names_form, run_pyxform

DEFAULT = "default"
"""pyxform's name for the language of columns that name none."""
WITHHELD = ("submission_url", "public_key", "auto_send", "auto_delete")
"""Settings that would send the answers elsewhere or lock us out of them."""
MADE_BY_PYXFORM = "reserved_name_for_field_list_labels_"
_REFERENCE = re.compile(r"\$\{[^}]*\}")
_NEIGHBOUR = re.compile(r"\.\./([\w.-]+)")


@dataclass(frozen=True, slots=True)
class Imported:
    """``definition``: ready for a campaign; ``notes``: what the person should know, in plain Chinese."""

    definition: dict[str, Any]
    notes: list[str]


def import_workbook(data: bytes, *, notice: str = "", title: str = "") -> Imported:
    """An XLSForm workbook (XLSX, XLS) as a questionnaire. Raises UserError, with pyxform's reason where it refuses.

    ``notice``: the privacy notice (RULES P1) for a workbook that carries none; ``title`` goes before its own.
    """
    book, notes = read_book(data)
    definition, more = definition_of_book(book, notice=notice, title=title)
    return Imported(definition, notes + more)


def definition_of_book(book: Book, *, notice: str = "", title: str = "") -> tuple[dict[str, Any], list[str]]:
    """The same for rows that have been read already."""
    book = {sheet: [_tidy(row) for row in rows] for sheet, rows in book.items()}
    form, notes = _checked_by_pyxform(book)
    settings = dict((book.get("settings") or [{}])[0])
    if withheld := [name for name in settings if name.strip().lower() in WITHHELD]:
        notes.append(f"去掉了会把答卷送到别处或加密的设置：{'、'.join(withheld)}。")
        book = {**book, "settings": [{name: cell for name, cell in settings.items() if name not in withheld}]}
    walk = _Walk(form)
    walk.group(form.get("children", ()), _Group())
    definition = {
        "title": title or _cut(str(form.get("title") or form.get("id_string") or ""), 60), "notice": notice,
        **walk.words, "questions": walk.questions, "needs_by": walk.named.get(str(form.get(OURS + "needs_by", ""))),
    }  # fmt: skip
    if walk.language not in (HANS, DEFAULT):
        definition["language"] = walk.language
    walk.translate(definition, "title", form.get(OURS + "title"))
    if not definition["notice"]:
        raise UserError("工作簿里没有个人信息告知，请填写由谁处理、怎么联系。")
    plain = clean_questionnaire({**definition, "source": {"survey": []} if not walk.questions else None})
    if book_of(plain, ours=True) == _in_order(book):
        return plain, notes
    for question in definition["questions"]:
        question["path"] = walk.paths[question["name"]]
    return clean_questionnaire({**definition, "source": _theirs(book), "odk_only": walk.odk_only}), notes


def _tidy(row: Mapping[str, str]) -> dict[str, str]:
    """Without what XML cannot hold. ``label`` before ``label::English``: the other way round pyxform loses one."""
    cells = {
        plain_text(column): text for column, cell in row.items() if (text := plain_text(cell).replace("\u00a0", " "))
    }
    return dict(sorted(cells.items(), key=lambda cell: ":" in cell[0]))


def _theirs(book: Book) -> Book:
    """The rows without those that every form gets from us: the notice before the questions, title, id and version."""
    words = {OURS + word for word in WORDS}
    survey = [row for row in book["survey"] if not words & set(row.values())]
    settings = [
        {name: cell for name, cell in row.items() if not names_form(name)} for row in book.get("settings", ())[:1]
    ]
    rest = {**book, "survey": survey, "settings": [row for row in settings if row]}
    return {name: rows for name, rows in rest.items() if rows}


def _checked_by_pyxform(book: Book) -> tuple[dict[str, Any], list[str]]:
    """The form as pyxform understands it. Raises UserError with its reason."""
    result, warnings = run_pyxform(book)
    notes = [f"pyxform 提醒：{line}" for warning in warnings for line in warning.splitlines() if line]
    return keep_quotes(result._pyxform or {}), notes


def _in_order(book: Book) -> Book:
    """The rows to compare with our own: without empty rows and without what we set ourselves."""
    kept = {name: [row for row in rows if row] for name, rows in book.items()}
    settings = [
        {name: cell for name, cell in row.items() if name not in ("form_id", "version")}
        for row in kept.get("settings", ())
    ]
    return {"survey": kept.get("survey", []), "choices": kept.get("choices", []), "settings": settings}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


@dataclass(frozen=True, slots=True)
class _Group:
    """Where a question stands: element names above it, the heading, the conditions, why it cannot be asked at all."""

    path: tuple[str, ...] = ()
    section: Mapping[str, str] = field(default_factory=dict)
    relevant: tuple[str, ...] = ()
    reason: str = ""


class _Walk:
    """Goes through pyxform's form once and gathers questions and what cannot be one."""

    def __init__(self, form: Mapping[str, Any]) -> None:
        self.default = _spoken(form)
        self.language = HANS if self.default == DEFAULT else self.default
        self.questions: list[dict[str, Any]] = []
        self.odk_only: list[dict[str, str]] = []
        self.words: dict[str, Any] = {}
        self.paths: dict[str, str] = {}
        self.named: dict[str, str] = {}  # element name -> question name
        self.elements: dict[str, dict[str, Any]] = {}  # element name -> question
        self.values: dict[str, dict[str, str]] = {}  # question name -> value in the form -> option name

    def group(self, children: Iterable[Mapping[str, Any]], above: _Group) -> None:
        for node in children:
            kind = str(node.get("type", "")).lower()
            name = str(node.get("name", ""))
            if (name == "meta" and kind == "group") or name.startswith(MADE_BY_PYXFORM):
                continue
            if kind in ("group", "repeat", "loop"):
                self.group(node.get("children", ()), self._below(node, kind, above))
            else:
                self._node(node, kind, above)

    def _below(self, node: Mapping[str, Any], kind: str, above: _Group) -> _Group:
        relevant = str(node.get("bind", {}).get("relevant", ""))
        heading = self.texts(node.get("label"))
        section = dict(above.section)
        for language, text in heading.items():
            section[language] = f"{section[language]} · {text}" if language in section else text
        reason = above.reason or ("要逐个重复填写的一组题" if kind != "group" else "")
        return _Group((*above.path, str(node["name"])), section, (*above.relevant, *filter(None, [relevant])), reason)

    def _node(self, node: Mapping[str, Any], kind: str, above: _Group) -> None:
        name = str(node.get("name", ""))
        if name.startswith(OURS) and kind == "note" and name.removeprefix(OURS) in WORDS:
            self._word(name.removeprefix(OURS), node)
            return
        asked, reason = kind_of(node, kind)
        if above.reason or reason:
            self._apart(node, above.reason or reason)
            return
        if len(self.questions) == QUESTIONS_MAX:
            self._apart(node, f"排在第 {QUESTIONS_MAX} 道题以后")
            return
        self._question(node, asked, above)

    def _apart(self, node: Mapping[str, Any], reason: str) -> None:
        label = self.texts(node.get("label")).get(self.language) or str(node.get("name", ""))
        self.odk_only.append({"label": label, "reason": f"{reason}：只在 ODK 手机表单里"})

    def _word(self, word: str, node: Mapping[str, Any]) -> None:
        texts = self.texts(node.get("label"))
        self.words[word] = texts.get(self.language, "")
        self.translate(self.words, word, node.get("label"))

    def _question(self, node: Mapping[str, Any], kind: str, above: _Group) -> None:
        element, label = str(node["name"]), self.texts(node.get("label"))
        name = str(node.get(OURS + "name") or element)
        if name in self.paths:
            name = "-".join((*above.path, element))[-64:]
        question: dict[str, Any] = {"name": name, "kind": kind, "label": label.get(self.language) or element}
        self.translate(question, "label", node.get("label"))
        question["hint"] = self.texts(node.get("hint")).get(self.language, "")
        self.translate(question, "hint", node.get("hint"))
        question["section"] = above.section.get(self.language, "")
        self.translate(question, "section", {k: v for k, v in above.section.items() if k != self.language})
        bind = dict(node.get("bind", {}))
        if kind in KINDS.values():
            self._options(question, node)
        question["required"] = str(bind.get("required", "")).lower() in ("yes", "true", "true()")
        if kind == "text":
            question["lines"] = whole_number(str(node.get(OURS + "lines", ""))) or 2
            if "multiline" not in str(node.get("control", {}).get("appearance", "")) and OURS + "lines" not in node:
                question["lines"] = 2
        self._conditions(question, bind, node, above)
        self.questions.append(question)
        self.paths[name] = "/".join((*above.path, element))
        self.named[element] = name
        self.elements[element] = question

    def _options(self, question: dict[str, Any], node: Mapping[str, Any]) -> None:
        question["role"] = node.get(OURS + "role")
        if question["kind"] == "single" and "likert" in str(node.get("control", {}).get("appearance", "")):
            question["kind"] = "scale"
        options: dict[str, dict[str, Any]] = {}
        values = self.values.setdefault(question["name"], {})
        for choice in node["choices"]:
            value = str(choice["name"])
            name = str(choice.get(OURS + "name") or value)
            option: dict[str, Any] = {
                "name": name,
                "label": self.texts(choice.get("label")).get(self.language) or value,
            }
            self.translate(option, "label", choice.get("label"))
            option |= {key: choice[OURS + key] for key in ("service", "band", "category") if choice.get(OURS + key)}
            if choice.get(OURS + "exclusive"):
                option["exclusive"] = True
            options.setdefault(name, option)
            values[value] = name
        question["options"] = list(options.values())
        if question["kind"] == "ranking":
            self._places(question, node)
        if node.get("choice_filter"):
            self._apart(node, "选项要按前面的答案筛选（别处列出全部选项）")

    def _places(self, question: dict[str, Any], node: Mapping[str, Any]) -> None:
        """How many places count; a phone always has all options put in order."""
        options = len(question["options"])
        given = str(node.get(OURS + "places", ""))
        question["places"] = whole_number(given) or min(PLACES_MAX, options)
        if not given and options > PLACES_MAX:
            self._apart(node, f"排在第 {PLACES_MAX} 以后的次序")

    def _conditions(
        self, question: dict[str, Any], bind: Mapping[str, Any], node: Mapping[str, Any], above: _Group
    ) -> None:
        relevant = [*above.relevant, *filter(None, [str(bind.get("relevant", ""))])]
        try:
            rules = [
                rule_of(_NEIGHBOUR.sub(r"${\1}", text), self.elements, lambda q, value: self.values[q][value])
                for text in relevant
            ]
        except NotPlain:
            question["required"] = False
            self._apart(node, f"跳答条件“{_cut(' and '.join(relevant), 80)}”太复杂（别处这道题人人都答）")
            rules = []
        if rules:
            question["relevant"] = rules[0] if len(rules) == 1 else {"all": rules}
        if (required := str(bind.get("required", ""))) and not question["required"] and "(" in required[4:]:
            self._apart(node, "有条件的必填")
        self._limits(question, str(bind.get("constraint", "")).strip(), node)
        if _REFERENCE.search(str(node.get("label", ""))):
            self._apart(node, "题干里要填进前面的答案")
        if node.get("media"):
            self._apart(node, "题干里的图片或声音")
        if bind.get("calculate") or node.get("default"):
            self._apart(node, "预先填好的答案")

    def _limits(self, question: dict[str, Any], constraint: str, node: Mapping[str, Any]) -> None:
        whole = bind_type(node) == "int"
        if whole:
            question["whole"] = True
        if bind_type(node) == "range" or str(node.get("type")) == "range":
            take_range(question, node.get("parameters", {}))
            return
        exclusive = [
            value
            for value, name in self.values.get(question["name"], {}).items()
            if any(o["name"] == name and o.get("exclusive") for o in question.get("options", ()))
        ]
        if not constraint or constraint in (TEXT_CONSTRAINT[0], constraint_of(question, exclusive)[0]):
            return
        limits = limits_of(constraint, whole=whole) if question["kind"] == "number" else None
        if limits is None:
            self._apart(node, f"填写的限制“{_cut(constraint, 80)}”")
        else:
            question |= {key: bound for key, bound in zip(("min", "max"), limits, strict=True) if bound is not None}

    def texts(self, said: Any) -> dict[str, str]:
        """Language -> text, whatever shape pyxform gives a label; references become dots."""
        if not isinstance(said, Mapping):
            said = {self.default: said}
        rows = {(self.language if key == self.default else str(key)): str(text or "") for key, text in said.items()}
        texts = {key: _REFERENCE.sub("……", text).strip() for key, text in rows.items()}
        texts = {key: text for key, text in texts.items() if text}
        if texts and self.language not in texts:
            texts[self.language] = next(iter(texts.values()))
        return texts

    def translate(self, target: dict[str, Any], key: str, said: Any) -> None:
        """Puts the texts in other languages into ``translations``."""
        if not isinstance(said, Mapping):
            return
        for language, text in self.texts(said).items():
            if language not in (self.language, DEFAULT):
                target.setdefault("translations", {}).setdefault(language, {})[key] = text


def _spoken(form: Mapping[str, Any]) -> str:
    """The form's own language: the one it names, or the first of its labels where all of them name one."""
    given = str(form.get("default_language") or DEFAULT)
    labels = list(_labels(form.get("children", ())))
    if given != DEFAULT or not labels or any(not isinstance(label, Mapping) or DEFAULT in label for label in labels):
        return given
    return str(next(iter(labels[0])))


def _labels(nodes: Iterable[Mapping[str, Any]]) -> Iterable[Any]:
    for node in nodes:
        if str(node.get("name", "")).startswith(OURS):
            continue
        if node.get("label") and not (node.get("type") == "text" and str(node.get("name", "")).endswith("_other")):
            yield node["label"]
        yield from _labels(node.get("children", ()))
