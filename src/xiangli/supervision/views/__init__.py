"""Office pages of supervision."""
