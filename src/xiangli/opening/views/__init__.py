"""Pages of opening hours: ``office`` where staff keep them, ``published`` where everybody reads them."""
