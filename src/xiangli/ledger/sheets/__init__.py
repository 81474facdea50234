"""Spreadsheets of items: reading those that towns already keep, and telling what an edited one would change."""
