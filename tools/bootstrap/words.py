"""Which word does what."""

import os

from .terminal import say


def dispatch(arguments: list[str], usage: str) -> int:
    """Runs the first argument as a word of the launcher, or hands everything to the application's command line."""
    word, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if word == "run":
        from .running import run

        return run(rest)
    if word == "test":
        from .testing import test

        return test(rest)
    if word == "snapshot":
        from .schema import snapshot

        return snapshot(rest)
    if word in ("check", "lock", "bench"):
        from . import checking

        return getattr(checking, word)(rest)
    if word in ("help", "--help", "-h"):
        return _help(usage)
    return _application([word, *rest])


def _help(usage: str) -> int:
    """The application lists all words; before anything is installed, the launcher lists its own."""
    from .environment import location

    if (location() / "bin" / "python").exists():
        return _application(["help"])
    say(usage.rstrip())
    return 0


def _application(words: list[str]) -> int:
    from .environment import ensure
    from .running import application, default_data
    from .schema import packed

    command, env = application(ensure("core"), words)
    if words[0] == "demo-loop" and packed().exists():
        env["XIANGLI_SCHEMA"] = str(packed())
    env.setdefault("XIANGLI_DATA", str(default_data()))
    os.execve(command[0], command, env)
    return 0
