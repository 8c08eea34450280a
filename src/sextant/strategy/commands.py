"""Verbs that change the vision, themes and cycles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from sextant.core import clock, editing, events
from sextant.core.access import require
from sextant.core.actors import Actor
from sextant.core.errors import Stale, refuse
from sextant.core.keys import new_key
from sextant.core.writing import writing
from sextant.people.commands.checks import besides, clean_name
from sextant.strategy.models import CYCLE_KINDS, Cycle, Theme, Vision

LONGEST_VISION = 2000


def change_vision(actor: Actor, text: str, *, version: int | None) -> Vision:
    """Say anew why the organisation exists. Every wording is kept; `version`: the id of the one seen."""
    text = text.strip()
    if not text:
        raise refuse("vision-missing", _("Say in a sentence or two why the organisation exists."), "text")
    if len(text) > LONGEST_VISION:
        message = _("Use at most %(count)d characters; people should be able to remember it.")
        raise refuse("vision-too-long", message % {"count": LONGEST_VISION}, "text")
    require("vision", actor, "change", None)
    now = clock.now()
    with writing():
        current = Vision.objects.select_for_update().filter(superseded_at=None).first()
        current_id = current.pk if current else 0
        if version is not None and version != current_id:
            theirs = current.text if current else ""
            raise Stale({"text": theirs, "version": current_id}, {"text": text, "version": version})
        if current is not None and current.text == text:
            return current
        if current is not None:
            current.superseded_at = now
            current.save(update_fields=["superseded_at"])
        vision = Vision.objects.create(text=text, known_at=now)
        events.emit(
            actor, "vision.changed", "vision", "vision", str(_("Vision")),
            text=text, before=current.text if current else "",
        )  # fmt: skip
    return vision


def create_theme(actor: Actor, name: str, *, description: str = "", source: str = "", external_id: str = "") -> Theme:
    """A strategic pillar, placed last. Refused when one at work has this name."""
    name = clean_name(name)
    require("theme", actor, "create", None)
    with writing():
        _check_theme_name_free(name)
        theme = Theme.objects.create(
            key=new_key(Theme, name), name=name, description=description.strip(),
            position=Theme.objects.count(), source=source, external_id=external_id,
        )  # fmt: skip
        events.emit(actor, "theme.created", "theme", theme.key, theme.name)
    return theme


def change_theme(
    actor: Actor,
    theme: Theme,
    *,
    version: int | None,
    name: str | None = None,
    description: str | None = None,
) -> Theme:
    values: dict[str, object] = {}
    if name is not None:
        values["name"] = clean_name(name)
    if description is not None:
        values["description"] = description.strip()
    with writing():
        row = editing.fresh(theme, version, values)
        require("theme", actor, "change", row)
        _check_theme_name_free(str(values.get("name", row.name)), but=row)
        changes = editing.change(row, values)
        if changes:
            events.emit(actor, "theme.changed", "theme", row.key, row.name, changes=editing.in_words(changes))
    return row


def order_themes(actor: Actor, keys: Sequence[str]) -> None:
    """Put the themes in this order; those not named keep their order behind them."""
    require("theme", actor, "change", None)
    with writing():
        themes = list(Theme.objects.select_for_update().order_by("position", "name"))
        place = {key: at for at, key in enumerate(keys)}
        themes.sort(key=lambda theme: place.get(theme.key, len(place)))
        for position, theme in enumerate(themes):
            theme.position = position
        Theme.objects.bulk_update(themes, ["position"])
        events.emit(actor, "theme.ordered", "theme", "themes", "")


def archive_theme(actor: Actor, theme: Theme, *, version: int | None = None) -> Theme:
    with writing():
        row = editing.fresh(theme, version, {})
        require("theme", actor, "archive", row)
        if row.archived_at is None:
            editing.change(row, {"archived_at": clock.now()})
            events.emit(actor, "theme.archived", "theme", row.key, row.name)
    return row


def restore_theme(actor: Actor, theme: Theme, *, version: int | None = None) -> Theme:
    with writing():
        row = editing.fresh(theme, version, {})
        require("theme", actor, "archive", row)
        if row.archived_at is not None:
            _check_theme_name_free(row.name, but=row)
            editing.change(row, {"archived_at": None})
            events.emit(actor, "theme.restored", "theme", row.key, row.name)
    return row


def create_cycle(actor: Actor, name: str, *, starts_on: date, ends_on: date, kind: str = "cycle") -> Cycle:
    """A named span of days, both ends included; any length, and as many at once as wanted."""
    name = clean_name(name)
    _check_span(starts_on, ends_on)
    _check_kind(kind)
    require("cycle", actor, "create", None)
    with writing():
        _check_cycle_name_free(name)
        cycle = Cycle.objects.create(
            key=new_key(Cycle, name), name=name, kind=kind, starts_on=starts_on, ends_on=ends_on
        )
        events.emit(
            actor, "cycle.created", "cycle", cycle.key, cycle.name,
            starts_on=starts_on.isoformat(), ends_on=ends_on.isoformat(),
        )  # fmt: skip
    return cycle


def change_cycle(
    actor: Actor,
    cycle: Cycle,
    *,
    version: int | None,
    name: str | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Cycle:
    given = {
        "name": clean_name(name) if name is not None else None,
        "starts_on": starts_on,
        "ends_on": ends_on,
    }
    values: dict[str, object] = {field: value for field, value in given.items() if value is not None}
    with writing():
        row = editing.fresh(cycle, version, values)
        require("cycle", actor, "change", row)
        _check_span(starts_on or row.starts_on, ends_on or row.ends_on)
        _check_cycle_name_free(str(values.get("name", row.name)), but=row)
        changes = editing.change(row, values)
        if changes:
            events.emit(actor, "cycle.changed", "cycle", row.key, row.name, changes=editing.in_words(changes))
    return row


def archive_cycle(actor: Actor, cycle: Cycle, *, version: int | None = None) -> Cycle:
    with writing():
        row = editing.fresh(cycle, version, {})
        require("cycle", actor, "archive", row)
        if row.archived_at is None:
            editing.change(row, {"archived_at": clock.now()})
            events.emit(actor, "cycle.archived", "cycle", row.key, row.name)
    return row


def restore_cycle(actor: Actor, cycle: Cycle, *, version: int | None = None) -> Cycle:
    with writing():
        row = editing.fresh(cycle, version, {})
        require("cycle", actor, "archive", row)
        if row.archived_at is not None:
            _check_cycle_name_free(row.name, but=row)
            editing.change(row, {"archived_at": None})
            events.emit(actor, "cycle.restored", "cycle", row.key, row.name)
    return row


def _check_span(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        message = _("The cycle would end on %(end)s, before it starts on %(start)s. Change one of the two days.")
        words = {"start": starts_on.isoformat(), "end": ends_on.isoformat()}
        raise refuse("cycle-ends-before-start", message % words, "ends_on")


def _check_kind(kind: str) -> None:
    if kind not in dict(CYCLE_KINDS):
        raise refuse("unknown-choice", _("A span of time is a cycle or a sprint."), "kind")


def _check_theme_name_free(name: str, but: Theme | None = None) -> None:
    same = besides(Theme.objects.filter(name__iexact=name, archived_at=None), but)
    if same.exists():
        raise refuse("theme-name-taken", _("There is already one called %(name)s.") % {"name": name}, "name")


def _check_cycle_name_free(name: str, but: Cycle | None = None) -> None:
    same = besides(Cycle.objects.filter(name__iexact=name, archived_at=None), but)
    if same.exists():
        raise refuse("cycle-name-taken", _("There is already one called %(name)s.") % {"name": name}, "name")
