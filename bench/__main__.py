"""`./xiangli bench [names]`: runs the benchmarks of this folder and prints what they measured, peers beside ours.

A benchmark is a module with `run() -> list[tuple[str, float, str]]`: label, value, unit. Ratios have the unit "x".
"""

import importlib
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main(names: list[str]) -> int:
    """Runs the named benchmarks, or all. 2 for an unknown name."""
    known = sorted(file.stem for file in FOLDER.glob("*.py") if not file.stem.startswith("_"))
    if unknown := [name for name in names if name not in known]:
        sys.stderr.write(f"没有这个测速项目：{'、'.join(unknown)}。可用：{'、'.join(known)}\n")
        return 2
    for name in names or known:
        started = time.perf_counter()
        module = importlib.import_module(f"bench.{name}")
        summary = (module.__doc__ or "").strip().splitlines()
        print(f"\n{name}: {summary[0] if summary else ''}", flush=True)
        for label, value, unit in module.run():
            print(f"  {label:<64} {value:>12,.4g} {unit}", flush=True)
        print(f"  ({time.perf_counter() - started:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
