"""Writes about places. Each takes ``by=`` and records its event."""

from xiangli.places.services.changing import FOLLOWERS, merge, move, recode, rename, split
from xiangli.places.services.mapping import fill_map, put_on_map
from xiangli.places.services.replaying import replay_national
from xiangli.places.services.tree import (
    add_place,
    import_local,
    import_national,
    path_of,
    save_centre,
    save_space,
)

__all__ = [
    "FOLLOWERS", "add_place", "fill_map", "import_local", "import_national", "merge", "move", "path_of", "put_on_map",
    "recode", "rename", "replay_national", "save_centre", "save_space", "split",
]  # fmt: skip
