"""Static files with hashed names, so that browsers may keep them for ever."""

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.management import call_command


class StaticStorage(ManifestStaticFilesStorage):
    """Django's own; a file that was not collected keeps its plain name instead of breaking the page."""

    manifest_strict = False


def collect_static() -> None:
    """Gather styles and icons into STATIC_ROOT when any of ours is newer than the last time."""
    stamp = settings.STATIC_ROOT / "staticfiles.json"
    newest = max(path.stat().st_mtime for path in settings.PACKAGE.glob("*/static/**/*"))
    if not stamp.exists() or stamp.stat().st_mtime < newest:
        call_command("collectstatic", verbosity=0, interactive=False)
