"""Why a key result or an objective stands where it stands, in figures people read."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from sextant.calc.why import Why
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.standing import ObjectiveStanding
from sextant.okrs.queries.why import explain_key_result, explain_objective
from sextant.web import okr_words
from sextant.web.kpi_words import Told, hour_words
from sextant.web.okr_chances import chance_of

HOURS = frozenset({"from", "until", "period_start", "period_end", "latest_end"})
FIGURES = frozenset({"value", "baseline", "target", "former", "low", "high"})
SHARES = frozenset({"progress", "expected", "elapsed", "straight", "computed_progress", "chance"})
STATUSES = frozenset({"status", "without_freshness", "worst", "computed_status", "computed", "reported"})
# What the result of an explanation is, by the field it explains.
RESULTS: Mapping[str, str] = {
    "value": "value", "baseline": "value", "target": "value", "progress": "progress", "expected": "progress",
    "status": "status",
}  # fmt: skip


def whys_of_key_result(each: KeyResultStanding) -> dict[str, Told]:
    """One explanation for every computed field."""
    found = {name: _told(why, name, each) for name, why in explain_key_result(each).items()}
    return found | {"chance": chance_of(each).why}


def whys_of_objective(each: ObjectiveStanding) -> dict[str, Told]:
    return {name: _told(why, name, None) for name, why in explain_objective(each).items()}


def _told(why: Why, field: str, each: KeyResultStanding | None) -> Told:
    said = {
        _("result") if name == "result" else name: _said(
            RESULTS.get(field, "") if name == "result" else name, one, each
        )
        for name, one in why.inputs.items()
        if name != "metric" and one is not None and one not in ("", (), [])  # it is linked where it may be seen
    }
    return Told(why.rule, why.formula, said, why.source)


def _said(name: str, value: object, each: KeyResultStanding | None) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in STATUSES:
        return str(okr_words.STATUS_WORDS.get(str(value), value))
    if name == "parts" and isinstance(value, (list, tuple)):
        return "; ".join(_part(one) for one in value)
    if name == "checkpoints" and isinstance(value, (list, tuple)) and each is not None:
        return "; ".join(f"{okr_words.figure(each, at)}: {okr_words.share_words(share)}" for at, share in value)
    if isinstance(value, (int, float)):
        return _number(name, value, each)
    if isinstance(value, (list, tuple)):
        return ", ".join(_said(name, one, each) for one in value)
    if name in ("freshness", "fresh"):
        return str(okr_words.FRESH_WORDS.get(str(value), value))
    return str(value)


def _number(name: str, value: float, each: KeyResultStanding | None) -> str:
    if name in HOURS:
        return hour_words(int(value))
    if name in SHARES:
        return okr_words.share_words(float(value))
    if name in FIGURES and each is not None:
        return okr_words.figure(each, float(value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _part(part: object) -> str:
    """ "75 %, weight 1, on track"."""
    if not isinstance(part, (list, tuple)) or len(part) < 3:
        return str(part)
    share, weight, status = part[:3]
    word = str(okr_words.STATUS_WORDS.get(str(status), status)).lower()
    return _("%(share)s, weight %(weight)s, %(status)s") % {
        "share": okr_words.share_words(share), "weight": f"{weight:g}", "status": word,
    }  # fmt: skip
