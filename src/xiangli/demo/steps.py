"""A round made of steps: each says what it did and how long it took, for the terminal and for the one-page summary."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Step:
    """One step: what it is, the facts it came to, wall-clock seconds."""

    title: str
    facts: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def note(self, fact: str) -> None:
        self.facts.append(fact)


@dataclass
class Steps:
    """The steps so far. ``say`` is called with a line when a step begins and with another when it is done."""

    say: Callable[[str], None]
    done: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        step = Step(title)
        self.say(f"{len(self.done) + 1}. {title} ……")
        started = time.perf_counter()
        yield step
        step.seconds = time.perf_counter() - started
        self.done.append(step)
        for fact in step.facts:
            self.say(f"   {fact}")
        self.say(f"   用时 {step.seconds:.1f} 秒")

    def summary(self, heading: str, remarks: list[str]) -> str:
        """One page of Markdown: what was done, in which time, and what one has to know about it."""
        total = sum(step.seconds for step in self.done)
        lines = [f"# {heading}", "", f"合计 {total:.1f} 秒。", ""]
        lines += [f"- {remark}" for remark in remarks]
        for number, step in enumerate(self.done, start=1):
            lines += ["", f"## {number}. {step.title}（{step.seconds:.1f} 秒）", ""]
            lines += [f"- {fact}" for fact in step.facts]
        return "\n".join(lines) + "\n"
