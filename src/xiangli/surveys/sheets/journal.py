"""The journal of a batch: what a killed run has done is not done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import refusal
from .records import Part, Record

ENGINE = 6
"""Number of the reading rules: a journal of other rules is not taken up."""


class Journal:
    """Finished parts, one JSON line each, beside the table; taken up again only for the same layout and rules."""

    def __init__(self, target: Path, layout: Mapping[str, Any], review_dir: str | None) -> None:
        self.path = target.with_name(target.name + ".journal")
        digest = hashlib.sha256(json.dumps(layout, sort_keys=True).encode()).hexdigest()
        self.head = json.dumps({"engine": ENGINE, "layout": digest, "review": review_dir})
        self.done: dict[str, list[Record]] = {}

    def __enter__(self) -> Journal:
        self._load()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lines = [self.head, *(json.dumps(item, ensure_ascii=False) for item in self.done.items())]
            temporary = self.path.with_name(self.path.name + ".part")
            temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
            temporary.replace(self.path)
            self.file = self.path.open("a", encoding="utf-8")
        except OSError as error:
            raise refusal("写不了文件", self.path, error) from error
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def add(self, part: Part, records: list[Record]) -> None:
        """Keep a finished part."""
        self.done[part.key()] = records
        try:
            self._write(json.dumps([part.key(), records], ensure_ascii=False))
        except OSError as error:
            raise refusal("写不了文件", self.path, error) from error

    def forget(self) -> None:
        """The table is written: the journal has done its work."""
        self.path.unlink(missing_ok=True)

    def _write(self, line: str) -> None:
        self.file.write(line + "\n")
        self.file.flush()

    def _load(self) -> None:
        try:
            lines = self.path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            return
        if lines[0] != self.head:
            return
        for line in lines[1:-1]:
            try:
                key, records = json.loads(line)
            except ValueError:
                return
            self.done[key] = records
