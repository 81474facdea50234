"""Office pages about people and about places: places stand below accounts, which know who may do what, so both are here."""
