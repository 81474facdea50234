"""Every query is scoped to a place; one that is not raises instead of leaking another county's rows.

``Model.objects`` must be narrowed with ``within(place)`` before it is read. ``Model.everywhere`` is the plain manager:
Django itself uses it (foreign keys, constraints), and commands that serve the whole deployment may, by name and on
purpose.
"""

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
    def scope_filter(cls, place: Any) -> models.Q:
        if place.level == "county":
            return models.Q(county_id=place.pk)
        if place.level == "nation":
            return models.Q()  # everything: a condition on paths would keep the database from using better indexes
        if not place.county_id:  # a province or city: its few counties are found first, not its many villages
            return under(place.path, "county__path")
        return under(place.path, f"{cls.PLACE}__path") & models.Q(county_id=place.county_id)
