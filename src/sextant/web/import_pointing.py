"""What a person pointed at on the preview, as a new mapping."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from sextant.core.errors import Refused, refuse
from sextant.exchange import pointing
from sextant.exchange.models import Import
from sextant.exchange.queries import draft as draft_of
from sextant.exchange.queries import drafts as drafts_of
from sextant.web.requests import whole

Decisions = dict[str, Any]
Form = Mapping[str, str]
PLAIN = ("role", "decimal", "frequency", "aggregation", "period", "metric_name", "team", "roll_up", "year", "measure")
FACTS = ("name", "unit", "direction", "frequency", "aggregation", "owner", "theme", "how_measured", "match")
FIGURES = ("target", "red_flag", "low", "high")
MOST_AT_ONCE = 20_000
LONGEST = 2_000


def decide(imp: Import, sent: QueryDict) -> Decisions:
    """The mapping of the import with what the form says. Raises Refused for a form about something that is gone."""
    kinds: Mapping[str, Callable[[Import, Form], Decisions]] = {
        "table": _table, "questions": _questions, "ratio": _ratio, "drafts": _drafts, "rules": _rules,
        "reset": _nothing, "kind": _kind, "meant": _meant,
    }  # fmt: skip
    post = {name: str(sent[name]) for name in sent} | {"draft": " ".join(map(str, sent.getlist("draft")))}
    if post.get("about") not in kinds:
        raise refuse("unknown-form", _("The form can't be understood; nothing was changed."))
    return kinds[post["about"]](imp, post)


def _nothing(imp: Import, post: Form) -> Decisions:
    """Forget every decision."""
    return {}


def _kind(imp: Import, post: Form) -> Decisions:
    """Read the files as KPIs, or as objectives and key results, whatever they look like."""
    if post.get("kind") not in ("kpis", "okrs"):
        raise refuse("unknown-form", _("The form can't be understood; nothing was changed."))
    return {**imp.mapping, "kind": post["kind"]}


def _meant(imp: Import, post: Form) -> Decisions:
    """Which objective, team or person a name of the files means."""
    mapping: Decisions = dict(imp.mapping)
    for number, question in enumerate(imp.summary.get("questions", [])):
        answer = post.get(f"meant.{number}", "")
        known = [*(key for key, _title in question["near"]), "new", "skip"]
        if post.get(f"asked.{number}") == question["name"] and answer in known:
            said = mapping.get(question["about"], {})
            mapping[question["about"]] = {**said, question["name"]: {"match": answer}}
    return mapping


def _gone() -> Refused:
    message = _("The files were read anew since this page was opened. Nothing was changed: look again, then decide.")
    return refuse("page-is-old", message)


def _number(text: str, field: str) -> float:
    try:
        value = float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text.replace(",", ""))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise refuse("not-a-number", _("“%(text)s” is not a number.") % {"text": text[:40]}, field)
    return value


def _table_at(imp: Import, text: str) -> Mapping[str, Any]:
    tables = imp.summary.get("tables", [])
    place = whole(text)
    if place is None or place >= len(tables):
        raise _gone()
    table: Mapping[str, Any] = tables[place]
    return table


def _table(imp: Import, post: Form) -> Decisions:
    """Kind, header row, formats and the roles of columns of one table."""
    table = _table_at(imp, post.get("table", ""))
    changes: dict[str, Any] = {name: post[name].strip()[:LONGEST] for name in PLAIN if name in post}
    if "decimal" in changes:
        changes["thousands"] = ""
    if "day_order" in post:
        changes["day_first"] = {"day": True, "month": False}.get(post["day_order"])
    if "header_row" in post:
        text = post["header_row"].strip()
        row = whole(text)
        if text and not 0 < (row or 0) <= 10_000:
            raise refuse("bad-row", _("A header row is a row number, such as 3."), "header_row")
        changes["header_row"] = row
    # Only what differs from what was shown is a decision.
    shown = {**table["decided"], "day_first": table["decided"].get("day_first")}
    changes = {name: value for name, value in changes.items() if value != (shown.get(name) or "")}
    mapping = pointing.with_table(imp.mapping, table["file"], table["sheet"], changes)
    roles = {
        column["header"]: post[f"column.{place}"]
        for place, column in enumerate(table["columns"])
        if post.get(f"column.{place}", column["role"]) != column["role"]
    }
    mapping = pointing.with_columns(mapping, table["file"], table["sheet"], roles) if roles else mapping
    return _splits(mapping, table, post) if "by.shown" in post else mapping


def _splits(mapping: Decisions, table: Mapping[str, Any], post: Form) -> Decisions:
    """By which columns the members come in beside the whole."""
    for place, column in enumerate(table["columns"]):
        names, wanted = [column["header"]], f"by.{place}" in post
        if column["role"] in ("dimension", "team") and wanted != (names in table["breakdowns"]):
            mapping = pointing.with_breakdown(mapping, table["file"], table["sheet"], names, wanted)
    return mapping


def _questions(imp: Import, post: Form) -> Decisions:
    mapping: Decisions = imp.mapping
    for number, offer in enumerate(imp.summary.get("offers", [])):
        name = f"offer.{number}"
        if f"{name}.asked" not in post and name not in post:
            continue
        if post.get(f"{name}.asked", offer["message"]) != offer["message"]:
            raise _gone()
        if offer["setting"] == "columns":
            roles = {header: "number" for place, header in enumerate(offer["choices"]) if post.get(f"{name}.{place}")}
            mapping = pointing.with_columns(mapping, offer["file"], offer.get("sheet", ""), roles) if roles else mapping
        else:
            mapping = _answer(mapping, offer, post.get(name, ""))
    return mapping


def _answer(mapping: Decisions, offer: Mapping[str, Any], text: str) -> Decisions:
    file, sheet, setting = offer["file"], offer.get("sheet", ""), offer["setting"]
    if setting == "breakdowns":
        return pointing.with_breakdown(mapping, file, sheet, offer["choices"], bool(text))
    if text == str(offer["chosen"]):
        return mapping
    if setting == "year_start_month":
        return _year_start(mapping, text)
    if setting == "headline":
        column, _equals, member = text.partition(" = ")
        return pointing.with_headline(mapping, file, sheet, column, member)
    value: Any = text.strip()[:LONGEST]
    if setting == "day_first":
        value = text.startswith("day")
    elif setting == "scale":
        value = _number(text, "scale")
    return pointing.with_table(mapping, file, sheet, {setting: value})


def _ratio(imp: Import, post: Form) -> Decisions:
    """One column divided by another."""
    table = _table_at(imp, post.get("table", ""))
    if post.get("remove"):
        return pointing.without_ratio(imp.mapping, table["file"], table["sheet"], post["remove"])
    ratio = {name: post.get(name, "").strip()[:300] for name in ("name", "numerator", "denominator", "unit")}
    ratio["unit"] = ratio["unit"] or "percent"
    if not ratio["name"]:
        raise refuse("name-missing", _("Give the ratio a name."), "name")
    if ratio["numerator"] == ratio["denominator"] or not ratio["numerator"] or not ratio["denominator"]:
        raise refuse("ratio-of-one", _("Choose two different columns to divide."), "denominator")
    mapping = pointing.with_ratio(imp.mapping, table["file"], table["sheet"], ratio)
    if post.get("roll_up"):
        mapping = pointing.with_table(mapping, table["file"], table["sheet"], {"roll_up": "sum"})
    return mapping


def _rules(imp: Import, post: Form) -> Decisions:
    return _year_start(imp.mapping, post.get("year_start_month", ""))


def _year_start(mapping: Decisions, month: str) -> Decisions:
    if not month:
        return pointing.with_year_start(mapping, None)
    if not month.isdecimal() or not 1 <= int(month) <= 12:
        raise refuse("bad-month", _("A year begins in a month from 1 to 12."), "year_start_month")
    return pointing.with_year_start(mapping, int(month))


def _drafts(imp: Import, post: Form) -> Decisions:
    """Facts about the chosen KPIs, the same for each; and answers to single near matches."""
    facts = {name: post[name].strip()[:LONGEST] for name in FACTS if post.get(name, "").strip()}
    figures = {name: _number(post[name], name) for name in FIGURES if post.get(name, "").strip()}
    if facts.get("match") == "take":
        facts["match"] = ""
    said: dict[str, dict[str, Any]] = {}
    chosen = _chosen(imp, post)
    if len(chosen) > 1:
        facts.pop("name", None)
    for row in chosen:
        said[_identity(row)] = _differing(row, facts, figures)
    for field, answer in post.items():
        number = whole(field.removeprefix("match."))
        if field.startswith("match.") and number is not None and answer:
            found = draft_of(imp, number)
            if found is None:
                raise _gone()
            said.setdefault(_identity(found), {})["match"] = answer[:120]
    if not said or not any(said.values()):
        raise refuse("nothing-chosen", _("Choose at least one KPI and what it should be. Nothing was changed."))
    return pointing.with_metrics(imp.mapping, said)


def _differing(row: Mapping[str, Any], facts: Mapping[str, str], figures: Mapping[str, float]) -> dict[str, Any]:
    """Only what differs from what was found is a decision; of targets all figures together."""
    known = row["targets"][-1] if row["targets"] else {}
    said: dict[str, Any] = {name: value for name, value in facts.items() if name == "match" or row.get(name) != value}
    if any(known.get(name) != value for name, value in figures.items()):
        said |= {**figures, **{name: known[name] for name in ("aim_by", "valid_from") if name in known}}
    return said


def _chosen(imp: Import, post: Form) -> list[dict[str, Any]]:
    if post.get("every"):
        page = drafts_of(imp, state=post.get("state", ""), text=post.get("q", ""), limit=MOST_AT_ONCE)
        return page.rows
    found = [draft_of(imp, number) for text in post["draft"].split() if (number := whole(text)) is not None]
    if any(one is None for one in found):
        raise _gone()
    return [one for one in found if one is not None]


def _identity(row: Mapping[str, Any]) -> str:
    """By what the mapping knows a draft: its id in the file, else its name there."""
    return str(row["external_id"] or row["name"])
