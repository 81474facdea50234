"""The same function over many pieces of work: in this process, or on the workers of a Dask scheduler.

Dask adds machines, not durability: whoever calls keeps each answer as it comes, so that a lost scheduler costs no
more than what was under way. A worker that dies gives its piece back; another one does it again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

RETRIES = 3  # of a piece that raised or whose worker died
logger = logging.getLogger(__name__)


def spread(
    work: Callable[..., Any], pieces: Mapping[str, tuple[Any, ...]], *, scheduler: str = ""
) -> Iterator[tuple[str, Any]]:
    """(key, work(*piece)) for every piece as it gets done. ``scheduler``: tcp://host:port, or "" for this process.

    ``work`` must be importable on the workers. Without a scheduler that answers, the work is done here, with a warning.
    """
    client = _client(scheduler) if scheduler and pieces else None
    if client is None:
        for key, piece in pieces.items():
            yield key, work(*piece)
        return
    from distributed import as_completed

    with client:
        futures = {client.submit(work, *piece, pure=False, retries=RETRIES): key for key, piece in pieces.items()}
        for future, answer in as_completed(list(futures), with_results=True):
            yield futures[future], answer


def _client(scheduler: str) -> Any:
    from distributed import Client

    try:
        return Client(scheduler, timeout=5, set_as_default=False)
    except (OSError, ValueError) as error:
        logger.warning("no Dask scheduler at %s (%s); working here", scheduler, error)
        return None
