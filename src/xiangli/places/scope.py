"""Every query is scoped to a place; one that is not raises instead of leaking another county's rows.

``Model.objects`` must be narrowed with ``within(place)`` before it is read. ``Model.everywhere`` is the plain manager:
Django itself uses it (foreign keys, constraints), and commands that serve the whole deployment may, by name and on
purpose.
"""

from datetime import date, datetime
from typing import Any, Self

from django.db import connection, models


class UnscopedQuery(RuntimeError):
    """A query on operational rows that says neither which place nor that it means everywhere."""


class ScopedQuerySet(models.QuerySet):
    """A queryset that refuses to run until it knows its place."""

    _scoped = False

    def within(self, place: Any) -> Self:
        """The rows of ``place`` and of everything below it."""
        rows = self._chain()  # type: ignore[attr-defined]  # the stubs leave out what is private
        rows._scoped = True
        return rows.filter(self.model.scope_filter(place))

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone._scoped = self._scoped
        return clone

    def _check_scope(self) -> None:
        if not (
            self._scoped
            or "instance" in self._hints  # type: ignore[attr-defined]
            or self.query.is_empty()
        ):
            raise UnscopedQuery(f"{self.model.__name__}.objects needs .within(place); see places/scope.py")

    def _fetch_all(self) -> None:
        self._check_scope()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any) -> Any:
        self._check_scope()
        return super().iterator(*args, **kwargs)

    def count(self) -> int:
        self._check_scope()
        return super().count()

    def exists(self) -> bool:
        self._check_scope()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._check_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._check_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._check_scope()
        return super().delete()


EVERYTHING = ~models.Q(pk__in=[])
"""A condition that no database sees. What belongs to the nation, looked for by path, would walk every village."""


def under(path: str, field: str = "path") -> models.Q:
    """Rows whose ``field`` begins with ``path``, so that the index on paths is used on both engines.

    SQLite's LIKE ignores case and with it the index; there a range says the same ("0" follows "/").
    """
    if connection.vendor == "sqlite":
        return models.Q(**{f"{field}__gte": path, f"{field}__lt": f"{path[:-1]}0"})
    return models.Q(**{f"{field}__startswith": path})


def subtree(place: Any, prefix: str = "place__") -> models.Q:
    """Rows whose place is ``place`` or below. From the county down the county's own key narrows first."""
    if place.level == "county":
        return models.Q(**{f"{prefix}county_id" if prefix else "county_id": place.pk})
    narrowed = under(place.path, f"{prefix}path")
    if place.county_id:
        narrowed &= models.Q(**{f"{prefix}county_id": place.county_id})
    return narrowed


def _as_kept(value: Any) -> Any:
    """A value as the database keeps it: SQLite knows no dates."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


class ScopedModel(models.Model):
    """Base of every operational row: it belongs to a county, and usually to a place through the field ``place``.

    A model that reaches its place through another row sets ``PLACE = "centre__place"``.
    """

    PLACE = "place"

    county = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="县（区）")

    everywhere = models.Manager()  # first: Django's own default manager
    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def rows_where(cls, county: Any, condition: str, *values: Any) -> list[Self]:
        """The rows of a county that a condition in plain SQL holds for, which both engines know; a list stands for IN.

        For the few reads of which every booking makes several: Django takes five times as long to write such a query
        as the database takes to answer it. The rows are as any other.
        """
        if county.level != "county":
            raise UnscopedQuery(f"{cls.__name__}.rows_where wants a county, not {county}")
        places = [f"({', '.join(['%s'] * len(one))})" if isinstance(one, list) else "%s" for one in values]
        plain = [part for one in values for part in (one if isinstance(one, list) else [one])]
        sql = f"SELECT * FROM {cls._meta.db_table} WHERE county_id = %s AND {condition.format(*places)}"
        return list(cls.everywhere.raw(sql, [county.pk, *map(_as_kept, plain)]))

    @classmethod
    def scope_filter(cls, place: Any) -> models.Q:
        if place.level == "county":
            return models.Q(county_id=place.pk)
        if place.level == "nation":
            return models.Q()  # everything: a condition on paths would keep the database from using better indexes
        if not place.county_id:  # a province or city: its few counties are found first, not its many villages
            return under(place.path, "county__path")
        return under(place.path, f"{cls.PLACE}__path") & models.Q(county_id=place.county_id)
