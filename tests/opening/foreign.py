"""Foreign readers of our feeds that run on Node: the packages are fetched once, by exact version, outside the tree."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.conftest import absent

PACKAGES = {
    "opening_hours": "3.15.0",
    "@openactive/rpde-validator": "3.0.3571",
    "@openactive/data-model-validator": "3.0.3",
}


def node_packages(*names: str) -> Path:
    """A folder with these packages installed; the test is skipped where Node or the packages cannot be had."""
    if not shutil.which("node") or not shutil.which("npm"):
        absent("no Node", "apt-get install nodejs npm")
    wanted = {name: PACKAGES[name] for name in names}
    folder = Path(tempfile.gettempdir()) / (
        "xiangli-node-" + "-".join(sorted(wanted)).replace("/", "_").replace("@", "")
    )
    done = folder / "done.json"
    if not done.exists() or json.loads(done.read_text()) != wanted:
        folder.mkdir(exist_ok=True)
        (folder / "package.json").write_text(json.dumps({"type": "module", "dependencies": wanted}))
        command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
        try:
            subprocess.run(command, cwd=folder, check=True, timeout=240, capture_output=True)
        except (subprocess.SubprocessError, OSError) as error:
            absent(f"npm cannot fetch {', '.join(names)}", f"let npm reach its registry ({type(error).__name__})")
        done.write_text(json.dumps(wanted))
    return folder


def run_node(folder: Path, script: str, *arguments: str, timeout: int = 240) -> str:
    """The output of a module that may import the folder's packages."""
    (folder / "run.mjs").write_text(script)
    done = subprocess.run(
        ["node", "run.mjs", *arguments], cwd=folder, capture_output=True, text=True, timeout=timeout, check=False,
        env={"TZ": "Asia/Shanghai", "PATH": "/usr/local/bin:/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
