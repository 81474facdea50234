"""A throw-away database with the demonstration in it, shared by the benchmarks of one run."""

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path


@cache
def demonstration() -> Path:
    """Builds it once for this process, in a temporary folder that goes with the process. Returns the folder."""
    import atexit

    folder = Path(tempfile.mkdtemp(prefix="xiangli-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["XIANGLI_DATA"] = str(folder)
    os.environ.pop("DATABASE_URL", None)

    from xiangli.config.cli import configure

    configure()
    from xiangli.demo.commands.setup import main as setup
    from xiangli.ui.storage import collect_static

    setup([])
    collect_static()
    return folder
