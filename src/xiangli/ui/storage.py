"""Static files with hashed names, so that browsers may keep them for ever; uploads that are whole or not there."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command

PART = ".part"
"""How the name of an upload ends until all of it is on the disk."""


class StaticStorage(ManifestStaticFilesStorage):
    """Django's own; a file that was not collected keeps its plain name instead of breaking the page."""

    manifest_strict = False


class UploadStorage(FileSystemStorage):
    """Django's own; but a file gets its name when all of it is on the disk. Who is killed meanwhile leaves a ``.part``,
    which the room that kept it sweeps away, and never half a picture that looks like a whole one."""

    def _save(self, name: str, content: Any) -> str:
        part = Path(self.path(super()._save(f"{name}{PART}", content)))  # type: ignore[misc]  # left out of the stubs
        with part.open("rb") as written:
            os.fsync(written.fileno())
        while True:
            try:
                os.link(part, self.path(name))  # unlike a renaming, it never takes a name that is taken
            except FileExistsError:
                name = self.get_available_name(name)
            except OSError:  # a file system without hard links
                part.replace(self.path(name))
                return name
            else:
                part.unlink()
                return name


def collect_static() -> None:
    """Gather styles and icons into STATIC_ROOT when any of ours is newer than the last time."""
    stamp = settings.STATIC_ROOT / "staticfiles.json"
    newest = max(path.stat().st_mtime for path in settings.PACKAGE.glob("*/static/**/*"))
    if not stamp.exists() or stamp.stat().st_mtime < newest:
        call_command("collectstatic", verbosity=0, interactive=False)
