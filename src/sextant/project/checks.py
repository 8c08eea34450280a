"""What `sextant check` looks at: every setting and what it needs around it, each with the way to mend it."""

from __future__ import annotations

import difflib
import os
import shutil
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, connection

from sextant.core import jobs_keeping
from sextant.project.database import foreign_migrations, pending_migrations
from sextant.project.server import LOOPBACK

# Every name read from the environment; docs/operate/settings.md describes each of them.
NAMES = (
    "DATABASE_URL",
    "EMAIL_URL",
    "SEXTANT_ALLOW_PRIVATE_CHAT",
    "SEXTANT_DATA",
    "SEXTANT_DEMO",
    "SEXTANT_LOG_LEVEL",
    "SEXTANT_MAIL_FROM",
    "SEXTANT_SECRET_KEY",
    "SEXTANT_THREADS",
    "SEXTANT_TIMEZONE",
    "SEXTANT_UPLOAD_LIMIT_MB",
    "SEXTANT_URL",
)
LEAST_FREE_MEGABYTES = 500
SECONDS_FOR_MAIL = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `level` is ok, note (works, but know this) or problem; `mend` says what to do."""

    level: str
    what: str
    mend: str = ""


def findings() -> Iterator[Finding]:
    """All checks, in the order somebody would mend them."""
    for check in (names, data_folder, secret_key, public_address, time_zone, database, background, mail):
        yield from check()


def names() -> Iterator[Finding]:
    unknown = sorted(name for name in os.environ if name.startswith("SEXTANT_") and name not in NAMES)
    for name in unknown:
        near = difflib.get_close_matches(name, NAMES, n=1)
        yield Finding("note", f"{name} is not a setting", f"Did you mean {near[0]}?" if near else "Remove it.")


def data_folder() -> Iterator[Finding]:
    folder: Path = settings.DATA_FOLDER
    above = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(above, os.W_OK | os.X_OK):
        yield Finding(
            "problem", f"The data folder {folder} cannot be written", "Change its owner, or set SEXTANT_DATA."
        )
        return
    free = shutil.disk_usage(above).free // 1_000_000
    if free < LEAST_FREE_MEGABYTES:
        yield Finding(
            "problem",
            f"Only {free} MB are free at {folder}",
            "Make room, or set SEXTANT_DATA to another disk.",
        )
    else:
        yield Finding("ok", f"Data folder {folder}, {free:,} MB free")


def secret_key() -> Iterator[Finding]:
    if os.environ.get("SEXTANT_SECRET_KEY"):
        if len(settings.SECRET_KEY) < 40:
            yield Finding("problem", "SEXTANT_SECRET_KEY is short", "Use 40 random characters or more, or remove it.")
        else:
            yield Finding("ok", "Signing key from the environment")
        return
    file = settings.DATA_FOLDER / "secret-key"
    if file.is_file() and file.stat().st_mode & 0o077:
        yield Finding("problem", f"Others can read {file}", f"chmod 600 {file}")
    else:
        yield Finding("ok", f"Signing key in {file}")


def public_address() -> Iterator[Finding]:
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        yield Finding(
            "problem",
            f"SEXTANT_URL '{settings.SITE_URL}' is not an address",
            "Write it like https://kpi.example.org",
        )
        return
    if settings.DEMO_SIGN_IN and parts.hostname not in LOOPBACK:
        yield Finding("problem", "SEXTANT_DEMO lets everybody in on a public address", "Remove SEXTANT_DEMO.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        yield Finding(
            "note",
            f"{settings.SITE_URL} sends passwords unencrypted",
            "Put a proxy with HTTPS in front (docs/operate).",
        )
    else:
        yield Finding("ok", f"Public address {settings.SITE_URL}")


def time_zone() -> Iterator[Finding]:
    if settings.TIME_ZONE in zoneinfo.available_timezones():
        yield Finding("ok", f"Time zone {settings.TIME_ZONE}")
    else:
        near = difflib.get_close_matches(settings.TIME_ZONE, zoneinfo.available_timezones(), n=1)
        hint = f"Did you mean {near[0]}?" if near else "Use a name such as Europe/Berlin."
        yield Finding("problem", f"SEXTANT_TIMEZONE '{settings.TIME_ZONE}' is not a time zone", hint)


def database() -> Iterator[Finding]:
    if connection.vendor == "sqlite" and not Path(str(connection.settings_dict["NAME"])).exists():
        yield Finding("ok", "Database: SQLite, made on first start")
        return
    try:
        missing = pending_migrations()
        unknown = foreign_migrations()
    except DatabaseError as error:
        yield Finding(
            "problem",
            f"The database cannot be reached: {str(error).strip()}",
            "Check DATABASE_URL and that it runs.",
        )
        return
    if unknown:
        yield Finding(
            "problem",
            f"The database was used by a newer version (it has {', '.join(unknown[:3])})",
            "Install that version, or restore the backup made before it.",
        )
    elif missing:
        yield Finding("problem", f"The database lacks {len(missing)} steps", "Run: sextant migrate (serve does it too)")
    else:
        yield Finding("ok", f"Database: {connection.display_name}, up to date")


def background() -> Iterator[Finding]:
    """Who works in the background. Asked only of a database that is there and fits."""
    if connection.vendor == "sqlite" and not Path(str(connection.settings_dict["NAME"])).exists():
        return
    try:
        if pending_migrations():
            return
        is_worked_on, lines = jobs_keeping.is_worked_on(), jobs_keeping.backlog()
    except DatabaseError:
        return
    waiting, failed = sum(line.waiting for line in lines), sum(line.failed for line in lines)
    if is_worked_on:
        yield Finding("ok", f"Background jobs are worked on, {waiting:,} waiting")
    else:
        yield Finding(
            "note",
            f"No worker runs: rules, forecasts and messages wait ({waiting:,} jobs)",
            "`sextant serve` brings one; beside `sextant web` start `sextant worker`.",
        )
    if failed:
        yield Finding("note", f"{failed:,} background jobs failed", "See Settings, Background work.")


def mail() -> Iterator[Finding]:
    if not settings.HAS_MAIL_SERVER:
        yield Finding(
            "note",
            "No mail server: invitations and new passwords are one-time links that administrators hand on, and "
            "notifications stay in the inbox",
            "Set EMAIL_URL, such as smtp+tls://user:password@mail.example.org:587",
        )
        return
    try:
        with get_connection(timeout=SECONDS_FOR_MAIL):
            yield Finding(
                "ok",
                f"Mail server {settings.EMAIL_HOST or settings.EMAIL_BACKEND.rsplit('.', 2)[-2]} answers",
            )
    except (OSError, TypeError) as error:
        yield Finding("problem", f"The mail server does not answer: {error}", "Check EMAIL_URL.")
