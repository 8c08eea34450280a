"""The organisation, its people, teams, roles and tokens."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

ROLE_CHOICES = [
    ("viewer", "Viewer"),
    ("contributor", "Contributor"),
    ("lead", "Lead"),
    ("admin", "Administrator"),
]
VISIBILITY_CHOICES = [("organisation", "Everyone"), ("team", "The team"), ("people", "Named people")]


def new_stamp() -> str:
    return uuid.uuid4().hex


class Organisation(models.Model):
    """The one settings row of an installation (ADR 0004)."""

    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64, default="UTC")
    locale = models.CharField(max_length=10, default="en")
    currency = models.CharField(max_length=3, default="EUR")
    year_start_month = models.PositiveSmallIntegerField(default=1)
    fiscal_year_named_by = models.CharField(max_length=5, default="end")
    terms = models.JSONField(default=dict)  # renamed words, such as {"theme": "Pillar"}
    personal_objectives = models.BooleanField(default=False)  # whether people may keep objectives of their own
    check_in_weekday = models.PositiveSmallIntegerField(default=4)  # the day check-ins are due: 0 Monday to 6 Sunday
    is_demo = models.BooleanField(default=False)
    # Changes with every change of a team, so that processes know when to read the tree again. Random, not
    # counted: a transaction that is rolled back must not leave a number that another one will use.
    tree_stamp = models.CharField(max_length=32, default=new_stamp)
    version = models.PositiveIntegerField(default=1)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A sign-in. What the organisation knows of somebody is the Person."""

    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects: ClassVar[UserManager] = UserManager()


class Team(models.Model):
    """A node of the organisation's tree; the root is the organisation itself."""

    key = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    source = models.CharField(max_length=200, blank=True)
    external_id = models.CharField(max_length=200, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """Somebody of the organisation, with or without a sign-in; names found in files start without one."""

    key = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="person")
    is_admin = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True)
    external_id = models.CharField(max_length=200, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["email"], condition=~Q(email=""), name="person_email_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in a team; it holds for the teams below as well. Ended, never deleted."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=ROLE_CHOICES)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "team"], condition=Q(superseded_at=None), name="membership_current_once"
            ),
        ]


class Invitation(models.Model):
    """A one-time link into the organisation, or to a new password. Only the hash of the link is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="invitations")
    purpose = models.CharField(max_length=10, default="join")  # join | password
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class Token(models.Model):
    """An API token: `sxt_` acts for a person within its scope, `sxp_` only pushes for one team's tree."""

    key = models.CharField(max_length=80, unique=True)  # the recognisable beginning of the token
    name = models.CharField(max_length=200)
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.CASCADE, related_name="tokens")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="tokens")
    scope = models.CharField(max_length=10)  # read | write | push
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)
