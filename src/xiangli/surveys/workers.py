"""Who reads the parts of a pile: this process, or the workers of a Dask scheduler. The same function does the work.

Workers need this package and the same DATA folder under the same path: they read the scans and write the crops there.
What is finished is kept in the journal beside the scans, so a lost scheduler costs no more than the parts under way.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xiangli.surveys.sheets import load_layout
from xiangli.surveys.sheets.batch import Part, Record, read_part

LARGE = 64  # pages; below that the way to other machines costs more than it saves
logger = logging.getLogger(__name__)


def spread(
    parts: Sequence[Part], layout: Mapping[str, Any], crops: str | None, *, scheduler: str = ""
) -> Iterator[tuple[Part, list[Record]]]:
    """Each part with its records as they get done. ``scheduler``: tcp://host:port, or "" for this process."""
    pages = sum(part.last - part.first for part in parts)
    client = _client(scheduler) if scheduler and pages >= LARGE else None
    if client is None:
        checked = load_layout(layout)
        for part in parts:
            yield part, read_part(checked, part, crops)
        return
    from distributed import as_completed

    with client, client.as_current():
        by_key = {part.key(): part for part in parts}
        shared = client.scatter(dict(layout), broadcast=True)
        futures = [client.submit(_read, part, shared, crops, key=key, pure=False) for key, part in by_key.items()]
        for future, records in as_completed(futures, with_results=True):
            yield by_key[future.key], records


def _read(part: Part, layout: Mapping[str, Any], crops: str | None) -> list[Record]:
    return read_part(load_layout(layout), part, crops)


def _client(scheduler: str) -> Any:
    from distributed import Client

    try:
        return Client(scheduler, timeout=5, set_as_default=False)
    except OSError as error:
        logger.warning("no Dask scheduler at %s (%s); reading here", scheduler, error)
        return None
