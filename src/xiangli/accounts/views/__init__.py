"""Office pages about people and places. Places stand below accounts, which know who may do what: so both are here."""
