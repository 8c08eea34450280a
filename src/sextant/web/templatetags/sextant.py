"""The parts pages are made of: marks, chips, notes, fields and frames around tables and dialogs.

A part that shows up hundreds of times on a page (status, icon, freshness, trust) is written in Python and
cached; the others are templates in `components/`, each saying at its top what it takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_lazy

from sextant.calc import numbers
from sextant.kpis.sentences import STATUS
from sextant.reports import charts
from sextant.reports.drawing import Pen
from sextant.reports.pictures import KpiPicture, key_items

register = template.Library()

STYLESHEETS = (
    "tokens",
    "base",
    "frame",
    "button",
    "form",
    "status",
    "table",
    "panel",
    "menu",
    "dialog",
    "message",
    "disclosure",
    "navigation",
    "print",
)

# A period that runs is told by its cell, without a mark.
STATUS_WORDS = {key: words for key, words in STATUS.items() if key != "running"}
GRADE_WORDS = {
    "A": gettext_lazy("Trust A: nothing to report"),
    "B": gettext_lazy("Trust B: small reservations"),
    "C": gettext_lazy("Trust C: use with care"),
    "D": gettext_lazy("Trust D: do not rely on it"),
}
MESSAGE_MARKS = {"success": "check", "error": "warning", "warning": "warning"}


@register.simple_tag
@lru_cache(maxsize=1)
def stylesheets() -> SafeString:
    """Links to our stylesheets; the first one declares the order of the cascade layers."""
    return format_html_join(
        "\n  ",
        '<link rel="stylesheet" href="{}">',
        ((static(f"sextant/css/{name}.css"),) for name in STYLESHEETS),
    )


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; without a label it is decoration and not spoken."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" {}><use href="{}#{}"/></svg>',
        spoken,
        static("sextant/icons.svg"),
        name,
    )


@register.simple_tag
def status(key: str, note: str = "", compact: bool = False) -> SafeString:
    """A KPI status as shape, word and colour; `compact` leaves the word to screen readers."""
    return _status(key, note, compact, get_language() or "")


@lru_cache(maxsize=1024)
def _status(key: str, note: str, compact: bool, language: str) -> SafeString:
    known = key if key in STATUS_WORDS else "no_data"
    word = conditional_escape(str(STATUS_WORDS[known]))
    title = format_html(' title="{}"', f"{word}: {note}" if note else word) if note or compact else ""
    shown = format_html('<span class="{}">{}</span>', "unseen" if compact else "status-word", word)
    shape = status_shape(known)
    return format_html('<span class="status status-{}"{}>{}{}</span>', known, title, shape, shown)


@lru_cache(maxsize=16)
def status_shape(key: str) -> SafeString:
    """The drawn shape of a status alone, for places that say the word themselves."""
    return format_html(
        '<svg class="mark" viewBox="0 0 12 12" aria-hidden="true"><use href="{}#s-{}"/></svg>',
        static("sextant/icons.svg"),
        key,
    )


@register.simple_tag
def freshness(state: str, latest: str = "", expected: str = "") -> SafeString:
    """How recent the data is, in words.

    `state` is fresh, due, stale or never; `latest` names the newest period ("Mar 2026"), `expected` the day the
    next value should come.
    """
    return _freshness(state, latest, expected, get_language() or "")


@lru_cache(maxsize=4096)
def _freshness(state: str, latest: str, expected: str, language: str) -> SafeString:
    if state == "never":
        words = gettext("No value yet")
    elif state == "stale":
        words = gettext("No value since %(latest)s") if latest else gettext("No recent value")
    elif state == "due":
        words = gettext("Next value due %(expected)s") if expected else gettext("Next value is due")
    else:
        words = gettext("Up to %(latest)s") if latest else gettext("Up to date")
    said = words % {"latest": latest, "expected": expected}
    return format_html('<span class="fresh fresh-{}">{}</span>', state, said)


@register.simple_tag
def trust(grade: str, reasons: Sequence[str] = (), part: str = "trust") -> SafeString:
    """The trust grade as a chip that opens its reasons (sentences, already translated).

    `part` keeps the ids apart when several chips are on a page; pass the KPI's key.
    """
    word = str(GRADE_WORDS.get(grade, GRADE_WORDS["D"]))
    if not reasons:
        return format_html('<span class="grade grade-{}" title="{}">{}</span>', grade, word, grade)
    identity = f"trust-{part}"
    listed = format_html_join("", "<li>{}</li>", ((reason,) for reason in reasons))
    return format_html(
        '<button type="button" class="grade grade-{}" popovertarget="{}" aria-label="{}">{}</button>'
        '<div id="{}" class="menu note" popover>'
        '<p class="menu-title">{}</p><ul class="plain-list">{}</ul></div>',
        grade,
        identity,
        word,
        grade,
        identity,
        word,
        listed,
    )


@register.simple_tag
def definition_link(url: str, text: str, label: str = "") -> SafeString:
    """A number (or name) that opens its definition card: a dialog with JavaScript, a page without."""
    spoken = format_html(' aria-label="{}"', label) if label else ""
    return format_html('<a class="defined" href="{}" data-sheet{}>{}</a>', url, spoken, text)


@register.inclusion_tag("components/_why.html")
def why(explained: Any, label: str = "") -> dict[str, object]:
    """Inputs, formula, rule and source of a derived number, folded behind "why".

    `explained` is a `calc.status.Why` or any mapping with rule, formula, inputs and source.
    """
    wanted = ("rule", "formula", "inputs", "source")
    if isinstance(explained, Mapping):
        given = {name: explained.get(name) for name in wanted}
    else:
        given = {name: getattr(explained, name, None) for name in wanted}
    source = str(given["source"] or "")
    return {
        "label": label or gettext("Why?"),
        "rule": given["rule"] or "",
        "formula": given["formula"] or "",
        "inputs": [(str(name).replace("_", " "), plain(value)) for name, value in dict(given["inputs"] or {}).items()],
        "source": source if source.startswith("/") or not source else f"/help/{source}",
    }


@register.filter
def plain(value: object) -> str:
    """A value as a person writes it down: no trailing zeros, a dash for nothing."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, float):
        return f"{value:.10g}" if value == value else "–"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {plain(one)}" for name, one in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(plain(one) for one in value)
    return str(value)


@register.simple_tag(takes_context=True)
def toast(context: Context, message: Any) -> SafeString:
    """One message. Its `extra_tags` may hold `undo:/address` for a button that takes the change back."""
    tags = str(getattr(message, "extra_tags", "") or "").split()
    undo = next((tag[5:] for tag in tags if tag.startswith("undo:/") and not tag.startswith("undo://")), "")
    level = getattr(message, "level_tag", "") or "info"
    parts = {"level": level, "mark": MESSAGE_MARKS.get(level, "info"), "text": str(message), "undo_url": undo}
    return render_to_string("components/_toast.html", {**parts, "csrf_token": context.get("csrf_token")})


@register.inclusion_tag("components/_stale_edit.html")
def stale_edit(theirs: Mapping[str, object], yours: Mapping[str, object]) -> dict[str, object]:
    """Both versions of a thing edited by two people at once, field by field; differing fields are marked."""
    names = list(dict.fromkeys([*yours, *theirs]))
    rows = [
        {
            "name": name.replace("_", " "),
            "theirs": plain(theirs.get(name)),
            "yours": plain(yours.get(name)),
            "differs": plain(theirs.get(name)) != plain(yours.get(name)),
        }
        for name in names
    ]
    return {"rows": rows}


@register.inclusion_tag("components/_field.html")
def field(bound: Any, kept: str = "", wide: bool = False) -> dict[str, object]:
    """A bound Django form field with label, hint and error. `kept` says what of the input was kept."""
    identity = bound.id_for_label or bound.auto_id  # a group of choices has no one label to point at
    described = [f"{identity}-hint"] if bound.help_text else []
    described += [f"{identity}-error"] if bound.errors else []
    attributes: dict[str, object] = {"aria-describedby": " ".join(described)} if described else {}
    if bound.errors:
        attributes["aria-invalid"] = "true"
    widget = bound.field.widget
    return {
        "id": identity,
        "label": bound.label,
        "hint": bound.help_text,
        "errors": list(bound.errors),
        "control": bound.as_widget(attrs=attributes),
        "required": bound.field.required,
        "kept": kept,
        "wide": wide,
        "is_choice": getattr(widget, "input_type", "") == "checkbox",
        "is_group": getattr(widget, "use_fieldset", False),
    }


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the way to this page; the last one has no address."""

    label: str
    url: str = ""


@register.inclusion_tag("components/_breadcrumbs.html")
def breadcrumbs(*steps: Any) -> dict[str, object]:
    """The way to this page: crumbs, or label and address in turn: `{% breadcrumbs "KPIs" "/kpis" name %}`."""
    if steps and not isinstance(steps[0], (str, Promise)):
        given = steps[0] if isinstance(steps[0], (list, tuple)) else steps
        return {"crumbs": list(given)}
    pairs = [steps[at : at + 2] for at in range(0, len(steps), 2)]
    return {"crumbs": [Crumb(str(pair[0]), str(pair[1]) if len(pair) > 1 else "") for pair in pairs]}


@register.simple_tag(takes_context=True)
def same_page(context: Context, **changes: object) -> str:
    """This page's address with some parameters changed; None takes one away."""
    request = context.get("request")
    if request is None:
        return "?"
    parameters = dict(request.GET.lists())
    for name, value in changes.items():
        if value is None or value == "":
            parameters.pop(name, None)
        else:
            parameters[name] = [str(value)]
    return f"?{urlencode(parameters, doseq=True)}" if parameters else request.path


@register.simple_block_tag
def scroll_region(content: str, label: str, kind: str = "") -> SafeString:
    """A frame around a wide table: scrolls on its own, reachable and named for the keyboard."""
    frame = '<div class="scroll-region {}" role="region" aria-label="{}" tabindex="0">{}</div>'
    return format_html(frame, kind, label, content)


@register.simple_block_tag
def dialog(content: str, identity: str, title: str) -> SafeString:
    """A dialog opened by any button carrying `data-open="identity"`; closes by Escape and its cross."""
    return render_to_string("components/_dialog.html", {"id": identity, "title": title, "content": content})


@register.simple_block_tag
def empty_state(content: str, title: str, mark: str = "kpis") -> SafeString:
    """What will be here, why it matters, and the one action that fills it."""
    return render_to_string("components/_empty.html", {"title": title, "icon": mark, "content": content})


@register.filter
def unbroken(text: object) -> str:
    """A sentence or a figure whose numbers keep their units on the same line."""
    return numbers.unbroken(str(text))


@register.filter
def initials(name: object) -> str:
    """At most two letters standing for a person."""
    words = str(name or "?").replace(".", " ").split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


@register.simple_tag(takes_context=True)
def chosen_theme(context: Context) -> str:
    """light or dark when the reader chose one, empty to follow the system."""
    request = context.get("request")
    theme = request.COOKIES.get("theme", "") if request is not None else ""
    return theme if theme in ("light", "dark") else ""


@register.simple_tag(takes_context=True)
def teams_below(context: Context) -> list[Any]:
    """The visible teams directly below the one this page is about; the top two levels when it is about none."""
    known, team = list(context.get("teams") or ()), context.get("team")
    if team:
        return [one for one in known if one.parent_id == team.pk]
    ids = {one.pk for one in known}
    tops = {one.pk for one in known if one.parent_id not in ids}
    return [one for one in known if one.pk in tops or one.parent_id in tops]


@register.filter
def safe_back(address: object) -> str:
    """The path of the page one came from; never another site."""
    try:
        parts = urlsplit(str(address or "").replace("\\", "/"))  # as browsers read it
    except ValueError:
        return "/"
    path = parts.path if parts.path.startswith("/") and not parts.path.startswith("//") else "/"
    return f"{path}?{parts.query}" if parts.query else path


@register.inclusion_tag("components/_form_problems.html")
def form_problems(form: Any) -> dict[str, object]:
    """What is wrong with a form as a whole, and where to look; put it above the first field."""
    fields = [bound for bound in form if bound.errors]
    return {"problems": list(form.non_field_errors()), "fields": fields}


@register.inclusion_tag("components/_chart_key.html")
def chart_key(picture: KpiPicture) -> dict[str, object]:
    """The legend of a KPI chart: only the shapes that appear in it."""
    return {"items": _signs(picture)}


def _signs(picture: KpiPicture) -> list[tuple[SafeString, str]]:
    return [(SafeString(charts.key_shape(Pen(), look)), words) for look, words in key_items(picture)]


@register.simple_block_tag
def kpi_chart(content: str, picture: KpiPicture, name: str = "chart", editable: bool = False) -> SafeString:
    """The chart of a KPI with legend, moving ranges and, between the tags, the form `data-chart-form` of its tools.

    `editable` makes the dividers movable; `name` keeps the ids of several charts on one page apart.
    """
    narrow = charts.NARROW_WIDTH
    drawn = {
        "wide": charts.svg(picture, name=f"{name}-wide", editable=editable),
        "narrow": charts.svg(picture, name=f"{name}-narrow", width=narrow, height=320, editable=editable),
        "ranges": charts.moving_range_svg(picture, name=f"{name}-ranges"),
        "narrow_ranges": charts.moving_range_svg(picture, name=f"{name}-narrow-ranges", width=narrow),
    }
    parts = {place: SafeString(text) for place, text in drawn.items()}
    context = {**parts, "signs": _signs(picture), "content": content}
    return render_to_string("components/_kpi_chart.html", context)
