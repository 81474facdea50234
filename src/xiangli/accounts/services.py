"""Writes about people."""

from datetime import date
from typing import Any

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.db import IntegrityError, transaction

from xiangli.accounts.models import Assignment, User
from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place


@transaction.atomic
def add_staff(*, by: Any, username: str, name: str, password: str | None = None, post: str = "") -> User:
    """Create an account. Without ``password`` nobody can log in until one is set."""
    user = User(username=username, name=name, post=post)
    user.set_password(password)
    user.save()
    record("accounts.added", user, by=by)
    return user


@transaction.atomic
def assign(*, by: Any, user: User, role: str, place: Place, since: date) -> Assignment:
    """Give ``user`` a role at ``place`` from ``since`` on. UserError where the person has it already."""
    assignment = Assignment(county_id=place.county_id or place.pk, user=user, role=role, place=place, valid_from=since)
    try:
        with transaction.atomic():
            assignment.save()
    except IntegrityError:
        raise UserError(f"{user}在{place}已经是{assignment.get_role_display()}了。") from None
    record("accounts.assigned", assignment, by=by, place=place, role=role, user=user.pk)
    return assignment


@transaction.atomic
def end_assignment(*, by: Any, assignment: Assignment, on: date) -> None:
    """End a role on a day; the row stays as history."""
    assignment.valid_to = on
    assignment.save(update_fields=["valid_to"])
    record("accounts.assignment_ended", assignment, by=by)


@transaction.atomic
def renew_password(*, by: Any, user: User, password: str) -> None:
    """A new password for somebody who forgot the old one or lost the telephone: the second factor is taken off, a
    lock after wrong tries is lifted, and whoever is logged in with the old password is logged out."""
    user.set_password(password)
    user.save(update_fields=["password"])
    Authenticator.objects.filter(user=user).delete()
    AccessAttempt.objects.filter(username=user.username).delete()
    record("accounts.password_renewed", user, by=by)


@transaction.atomic
def add_and_assign(
    *, by: Any, since: date, username: str, name: str, post: str, role: str, place: Place, password: str
) -> Assignment:
    """A new account with its first role."""
    user = add_staff(by=by, username=username, name=name, password=password, post=post)
    return assign(by=by, user=user, role=role, place=place, since=since)
