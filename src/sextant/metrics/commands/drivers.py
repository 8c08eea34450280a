"""Saying what is supposed to drive a metric, and thinking better of it (METHOD.md section 4)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.checking import A_TEXT, checked_text
from sextant.core.editing import hold
from sextant.core.errors import Hidden, Problem, Refused, Stale, refuse
from sextant.core.events import emit
from sextant.core.writing import writing
from sextant.metrics.commands.metrics import circle_of
from sextant.metrics.models import WAY_CHOICES, DriverLink, Metric
from sextant.metrics.queries.drivers import is_calculated_from, way_without_lag

LONGEST_LAG = 120
LONGEST_WHY = 1_000


def link_driver(
    actor: Actor, outcome: Metric, driver: Metric, *, lag: int = 0, way: str = "same", why: str
) -> DriverLink:
    """Suppose that the driver moves the outcome, `lag` periods of the outcome later, the same `way` or the other.

    Refused: a metric that drives itself, at once or around a circle without lag; what goes into its formula anyway.
    A circle with a lag somewhere is a feedback loop and welcome.
    """
    _require(actor, outcome, driver)
    with writing():
        hold(outcome)
        if _standing(outcome, driver) is not None:
            message = _("%(driver)s is linked to it already. Change that link.") % {"driver": driver.name}
            raise refuse("already-linked", message, "driver")
        made = DriverLink(outcome=outcome, driver=driver, lag=lag, way=way, why=why.strip())
        _check(actor, made)
        _write(actor, made)
        _announce(actor, "driver.linked", made, why=made.why)
    return made


def change_driver(
    actor: Actor, outcome: Metric, driver: Metric, *, version: int | None = None, **changes: Any
) -> DriverLink:
    """State the hypothesis anew: `lag`, `way`, `why`, what is not given stays. The former one is kept as it was.

    `version` is the id of the link the editor saw; Stale when it has been changed since.
    """
    _require(actor, outcome, driver)
    unknown = set(changes) - {"lag", "way", "why"}
    if unknown:
        raise refuse("unknown-field", f"A link has no field '{sorted(unknown)[0]}'.", sorted(unknown)[0])
    with writing():
        hold(outcome)
        before = _found(outcome, driver)
        said = {name: getattr(before, name) for name in ("lag", "way", "why")}
        if version is not None and version != before.pk:
            theirs = {name: said[name] for name in changes}
            raise Stale({**theirs, "version": before.pk}, {**changes, "version": version})
        wanted = said | {name: value.strip() if isinstance(value, str) else value for name, value in changes.items()}
        if wanted == said:
            return before
        made = DriverLink(outcome=outcome, driver=driver, **wanted)
        _check(actor, made)
        DriverLink.objects.filter(pk=before.pk).update(superseded_at=clock.now())
        _write(actor, made)
        _announce(actor, "driver.changed", made, why=made.why)
    return made


def unlink_driver(actor: Actor, outcome: Metric, driver: Metric, *, reason: str) -> DriverLink:
    """End the hypothesis; what was supposed, by whom and why it ended stays to be read."""
    _require(actor, outcome, driver)
    missing = _("Say why the link ends: a hypothesis given up is something learned.")
    reason = checked_text(reason, "reason", missing=missing, most=A_TEXT)
    with writing():
        hold(outcome)
        link = _found(outcome, driver)
        link.superseded_at, link.reason_ended = clock.now(), reason[:LONGEST_WHY]
        link.save(update_fields=["superseded_at", "reason_ended"])
        _announce(actor, "driver.unlinked", link, reason=link.reason_ended)
    return link


def relink_driver(actor: Actor, outcome: Metric, driver: Metric) -> DriverLink:
    """Take the end of a link back: the same hypothesis again."""
    ended = (
        outcome.driver_links.filter(driver=driver).exclude(superseded_at=None).order_by("superseded_at", "id").last()
    )
    if ended is None:
        raise refuse("unknown-link", _("There is no such link to bring back."))
    return link_driver(actor, outcome, driver, lag=ended.lag, way=ended.way, why=ended.why)


def _require(actor: Actor, outcome: Metric, driver: Metric) -> None:
    access.require("metric", actor, "change", outcome)
    if not access.visible("metric", actor).filter(pk=driver.pk).exists():
        raise Hidden("metric", driver.key)


def _standing(outcome: Metric, driver: Metric) -> DriverLink | None:
    return DriverLink.objects.filter(outcome=outcome, driver=driver, superseded_at=None).first()


def _found(outcome: Metric, driver: Metric) -> DriverLink:
    link = _standing(outcome, driver)
    if link is None:
        raise refuse("unknown-link", _("This link is no longer there."))
    return link


def _check(actor: Actor, link: DriverLink) -> None:
    problems = []
    if not link.why:
        message = _("Say in a sentence why the one should move the other: that is the bet to be tested.")
        problems.append(Problem("why-missing", message, "why"))
    if len(link.why) > LONGEST_WHY:
        problems.append(Problem("too-long", _("Use at most %(most)s characters.") % {"most": LONGEST_WHY}, "why"))
    if not isinstance(link.lag, int) or not 0 <= link.lag <= LONGEST_LAG:
        message = _("The lag is 0 to %(most)s periods.") % {"most": LONGEST_LAG}
        problems.append(Problem("bad-lag", message, "lag"))
    if link.way not in dict(WAY_CHOICES):
        problems.append(Problem("unknown-choice", _("The way is same, other or unknown."), "way"))
    if link.driver_id == link.outcome_id:
        problems.append(Problem("drives-itself", _("A metric does not drive itself. Choose another one."), "driver"))
    elif link.driver.archived_at is not None:
        problems.append(Problem("archived", _("%(name)s is archived.") % {"name": link.driver.name}, "driver"))
    if not problems:
        problems = _circle(actor, link)
    if problems:
        raise Refused(*problems)


def _circle(actor: Actor, link: DriverLink) -> list[Problem]:
    """What arithmetic has to say against the link."""
    if is_calculated_from(link.outcome, link.driver):
        words = {"outcome": link.outcome.name, "driver": link.driver.name}
        message = _("%(outcome)s is calculated from %(driver)s: that it drives it is no hypothesis.") % words
        return [Problem("calculated-from-it", message, "driver")]
    way = [] if link.lag else way_without_lag(link.driver, link.outcome)
    if not way:
        return []
    seen = dict(access.visible("metric", actor).filter(pk__in=way).values_list("pk", "name"))
    names = [seen.get(each, _("a metric not visible to you")) for each in (*way, way[0])]
    message = _("They would drive each other at once: %(path)s. With a lag it would be a feedback loop.")
    return [Problem("driver-cycle", message % {"path": " → ".join(map(str, names))}, "lag")]


def _write(actor: Actor, link: DriverLink) -> None:
    link.author, link.known_at = actor.label, clock.now()
    link.save(force_insert=True)


def _announce(actor: Actor, name: str, link: DriverLink, **said: str) -> None:
    """The event about the outcome. Of a driver that not everybody may see it says nothing."""
    outcome, driver = link.outcome, link.driver
    is_open = driver.visibility == "organisation"
    team_id, visibility, viewer_ids = circle_of(outcome)
    emit(
        actor, name, "metric", outcome.key, outcome.name, team_id=team_id, visibility=visibility, viewer_ids=viewer_ids,
        topics=[f"metric:{driver.key}"] if is_open else [], **({"driver": driver.name, **said} if is_open else {}),
    )  # fmt: skip
