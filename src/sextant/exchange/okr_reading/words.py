"""The words by which people and tools label the columns, kinds and states of OKRs.

Written as `understanding.cells.normal` leaves them. They only suggest; what the cells hold decides.
"""

from __future__ import annotations

from functools import lru_cache

from sextant.exchange.understanding.cells import normal

HEADERS: dict[str, str] = {
    "id": "id, key, ref, identifier, record id, external id, uid, guid, code, schlussel, identifiant, item id",
    "objective_id": "objective id, goal id, okr id, o id, objective key, objective ref, goal ref, goal key, aim id,"
    " objective code, goal code, ziel id",
    "key_result_id": "key result id, kr id, key result key, kr key, kr ref, target id, measure id, indicator id",
    "parent_id": "parent id, parent key, parent ref, related goal id, linked id, aligned to id, parent objective id,"
    " parent goal id, belongs to id, parent code, linked goal id, linked objective id, parent okr id",
    "parent": "parent, parent goal, parent objective, parent okr, aligned to, alignment, aligned with, aligns to,"
    " align"
    " to, contributes to, related goal, related objective, linked goal, linked objective, supports, parent name,"
    " parent title, ubergeordnetes ziel, parent key result",
    "type": "type, objective type, item type, okr type, kind, level, entity, record type, typ, object type, goal type",
    "goal": "goal, goals, strategic goal, company goal, company objective, strategic priority, priority area,"
    " goal name,"
    " goal title, strategisches ziel",
    "objective": "objective, objectives, objective name, objective title, okr, ziel, objectif, objetivo, obiettivo,"
    " doelstelling, o",
    "key_result": "key result, key results, kr, krs, key result name, key result title, keyresult, schlusselergebnis,"
    " schlusselergebnisse, resultat cle, resultats cles, resultado clave, resultado chave, kernresultaat",
    "name": "name, commitment, outcome, priority goal, deliverable, mission, ambition text, name, title, text,"
    " goal text, item, summary, titel, nom, nombre, statement, bezeichnung, aim",
    "description": "description, details, goal description, objective description, beschreibung, descripcion, detail,"
    " long text, about, rationale, why",
    "indicator": "indicator, measure, metric, metric name, kpi, measured by, indicator name, measurement, kennzahl,"
    " indicateur, measure name, how measured, key indicator",
    "kind": "indicator type, metric type, measure type, key result type, kr type, measurement type, target type,"
    " tracking type, kind of measure, progress type, target operator, operator",
    "owner": "owner, owners, responsible, accountable, lead, leads, leader, leaders, assignee, assigned to,"
    " dri, driver,"
    " champion, owner name, verantwortlich, verantwortliche, responsable, kr owner, key result owner, owned by, who,"
    " zustandig, eigenaar, related owner, owner email, held by, responsible body, lead body, accountable person",
    "objective_owner": "objective owner, o owner, goal owner, okr owner, goal leader, objective lead",
    "team": "team, teams, group, department, division, business unit, unit, organization, organisation,"
    " organisational"
    " unit, org unit, abteilung, bereich, equipe, squad, area, agency, organization name, organization abbreviation,"
    " agency name, agency abbreviation, ministry, office, directorate, workstream, team name, owner team,"
    " agency code, body, body name, board, authority, institution,"
    " entity name, company, division name, department name, programme, group name, service",
    "start": "starting figure, start figure, value at start, opening value, base value, start value, start,"
    " starting value, baseline, initial value, value start, initial, base, from, startwert,"
    " ausgangswert, baseline value, start from, valeur de depart, valor inicial, starting point, initial metric,"
    " startvalue, metric start",
    "target": "target, target value, aimed value, intended value, aimed at, desired, goal figure, target figure, end"
    " target, final target, goal value, value target, to, target metric, zielwert, zielvorgabe, cible, meta,"
    " valor objetivo, end value, desired value, target number, metric target, aim value, planned value",
    "current": "measured value, measured, latest actual, value now, so far, to date, current value, current,"
    " actual, actual value, value current, latest value, latest, now, value, istwert,"
    " aktuell, aktueller wert, valeur actuelle, valor actual, current metric, reported value, result, achieved,"
    " last value, metric current, observed",
    "progress": "share done, share reached, share of the way, degree of achievement, part done, percent of target,"
    " percent reached, progress, percent complete, complete, completion, done percent, percent done,"
    " progress percent,"
    " progress pct, percentage complete, fortschritt, progression, avance, attainment, achievement, pct complete,"
    " share done, percent achieved, progress value",
    "score": "score, grade, final score, grading, okr score, end score, end q, end of quarter, punktzahl",
    "status": "status, health, rag, rag status, state, goal status, progress status, status rag, on track,"
    " ampel, statut,"
    " estado, kr status, outlook, assessment",
    "state": "lifecycle, lifecycle state, stage, workflow state, phase, okr state, progress stage",
    "confidence": "confidence, confidence level, confidence score, confidence 0 10, konfidenz, confiance, likelihood",
    "due": "due, due date, end date, deadline, target date, end, finish date, ends on, due on, falligkeit, fallig am,"
    " faellig, echeance, fecha limite, complete by, by when, date end, finish, end day",
    "begin": "start date, begin, begins on, starts on, date start, begin date, startdatum, start day",
    "year": "year, fiscal year, fiscal yr, fy, financial year, jahr, annee, ano, yr, reporting year, date start fy,"
    " start year, school year",
    "end_year": "end year, date end fy, final year, target year, end fy",
    "quarter": "quarter, fiscal qtr, fiscal quarter, qtr, q, quartal, trimestre, financial quarter,"
    " reporting quarter",
    "period": "period, reporting period, month, update date, updated on, date, as of, last updated, last update,"
    " week,"
    " berichtszeitraum, reporting date, check in date, date updated, observation date, last check in",
    "cycle": "cycle, okr cycle, timeframe, time frame, time period, session, interval, planning session, zeitraum,"
    " cycle name, session name, okr period, planning period, sprint",
    "weight": "weight, weighting, gewicht, gewichtung, poids, peso, relative weight, importance",
    "priority": "priority, prio, prioritat, priorite, prioridad, p",
    "unit": "unit of measure, uom, metric unit, measurement unit, einheit, unite, unidad, target unit, value unit,"
    " units, format, value type",
    "direction": "direction, desired direction, polarity, trend wanted, richtung, better",
    "ambition": "ambition, commitment, okr category, committed or aspirational, aspirational, stretch,"
    " ambition level",
    "theme": "theme, pillar, strategic pillar, strategy pillar, strategic theme, focus area, strategic area, thema,"
    " saule, bet, perspective",
    "note": "note, notes, comment, comments, update, latest update, latest comment, check in note, kommentar,"
    " remarks,"
    " remark, bemerkung, commentaire, explanation, narrative, last check in note, check in comment, status note",
    "initiative": "initiative, initiatives, action, actions, project, projects, task, tasks, massnahme, massnahmen",
    "done": "done, completed, is done, is complete, erledigt, finished, closed, achieved yes no",
    "link": "link, url, web address, web url, permalink, issue link, page",
    "number": "no, nr, number, n, outline, outline number, goal no, objective no, sort order, sg id, so id",
    "low": "lower bound, minimum, min, at least, low, lower limit, untergrenze",
    "high": "upper bound, maximum, max, at most, high, upper limit, obergrenze",
}  # fmt: skip

TYPES = {
    "goal": "goal, strategic goal, company goal, ultimate goal, strategic pillar goal, strategic pillar, pillar,"
    " north star, ambition, strategic priority",
    "objective": "objective, objectives, o, okr, company objective, team objective, individual objective,"
    " big rock, ziel,"
    " objectif, objetivo, personal objective",
    "key_result": "key result, key results, kr, keyresult, metric key result, milestone key result, kpi key result,"
    " kpi,"
    " project key result, schlusselergebnis, resultat cle, target, resultado clave, metric, milestone kr",
    "initiative": "initiative, project, task, action, action item, activity, epic, kr initiative, massnahme",
}

STATUSES = {
    "on_track": "on track, ahead, green, good, healthy, progressing well, grun, ontrack, completed,"
    " complete, done, achieved, exceeded, in line, auf kurs, im plan, satisfactory, ahead of schedule, well ahead,"
    " on schedule, vert, verde, closed achieved",
    "at_risk": "at risk, amber, yellow, orange, delayed, behind, needs attention, progressing, some concerns,"
    " caution,"
    " atrisk, gelb, slightly behind, minor delay, gefahrdet, slow, jaune, amarillo, watch, lagging, needs work",
    "off_track": "off track, red, blocked, not on track, failing, offtrack, rot, behind schedule,"
    " critical, stalled, overdue, rouge, rojo, far behind, in trouble, major issues",
}
NOTHING_SAID = frozenset(
    {"", "unavailable", "not started", "none", "n a", "unknown", "no status", "not set", "not reported", "pending",
     "tbd", "target undefined", "no data", "new", "open", "planned"}
)  # fmt: skip

STATES = {
    "draft": "draft, entwurf, brouillon, borrador, idea, in draft",
    "proposed": "proposed, submitted, in review, under review, vorgeschlagen",
    "agreed": "agreed, approved, accepted, committed, ready, vereinbart",
    "active": "active, in progress, open, ongoing, started, live, published, running, aktiv, laufend, not started",
    "closed": "closed, done, completed, complete, archived, finished, cancelled, canceled, dropped, abgeschlossen,"
    " achieved, missed, abandoned, deferred, postponed",
}

# First match wins; words as they stand in "Maintain at or above threshold", "Increase", "Yes/No".
KINDS = (
    ("guardrail_low", ("at or above", "stay above", "keep above", "at least", "above threshold", "hold above",
                       "not below", "floor", "should stay above", "remain above")),
    ("guardrail_high", ("at or below", "stay below", "keep below", "at most", "below threshold", "hold below",
                        "not above", "ceiling", "should stay below", "remain below")),
    ("guardrail", ("maintain", "threshold", "hold", "stay within", "guardrail", "keep within", "control kpi")),
    ("up", ("increase", "raise", "grow", "measurable increase", "higher", "increasing", "should increase to")),
    ("down", ("decrease", "reduce", "lower", "reduction", "measurable decrease", "decreasing", "should decrease to")),
    ("milestones", ("milestone", "milestones", "step", "meilenstein", "jalon")),
    ("yes_no", ("yes no", "binary", "boolean", "done not done", "complete", "deliverable", "checkbox", "task",
                "true false")),
    ("baseline", ("baseline", "establish baseline", "to be baselined")),
    ("metric", ("metric", "number", "numeric", "percent", "percentage", "currency", "kpi", "value", "measure")),
)  # fmt: skip


def _sets(texts: dict[str, str]) -> dict[str, frozenset[str]]:
    return {name: frozenset(word.strip() for word in text.split(",") if word.strip()) for name, text in texts.items()}


_HEADERS, _TYPES, _STATUSES, _STATES = _sets(HEADERS), _sets(TYPES), _sets(STATUSES), _sets(STATES)
_WHOLE_ONLY = frozenset(
    {"o", "p", "q", "n", "to", "from", "no", "key", "text", "item", "base", "now", "end", "who", "area", "value",
     "result", "date", "action", "start", "kind", "type", "code", "page", "max", "min", "low", "high", "unit",
     "group",
     "lead", "complete", "update", "number", "level", "format", "target", "goal", "name", "state", "better", "phase",
     "step"}
)  # fmt: skip


@lru_cache(maxsize=8192)
def header_scores(header: str) -> dict[str, float]:
    """How strongly a header suggests each role, 0..1: whole words 1, known words inside it less."""
    words = normal(header)
    scores = {role: 1.0 for role, known in _HEADERS.items() if words in known}
    if not words:
        return scores
    padded = f" {words} "
    for role, known in _HEADERS.items():
        inside = [word for word in known if word not in _WHOLE_ONLY and len(word) > 2 and f" {word} " in padded]
        weak = [word for word in known if word in _WHOLE_ONLY and padded.endswith(f" {word} ")]
        best = max((len(word) / len(words) for word in inside), default=0.0)
        ending = 0.15 if any(padded.endswith(f" {word} ") for word in inside) else 0.0
        strength = 0.3 + 0.5 * best + ending if inside else 0.35 if weak else 0.0
        if strength > scores.get(role, 0.0):
            scores[role] = round(strength, 3)
    return scores


def type_of(text: str) -> str:
    """ "objective", "key_result", "initiative", "goal" or "" for a word in a column of types."""
    words = normal(text)
    found = next((name for name, known in _TYPES.items() if words in known), "")
    return found or ("key_result" if "key result" in words else "objective" if words.endswith("objective") else "")


def status_of(text: str) -> str | None:
    """The status a person reported, "" when the words say that nothing is known,"
    " None when they are not understood."""
    words = normal(text)
    if words in NOTHING_SAID:
        return ""
    return next((name for name, known in _STATUSES.items() if words in known), None)


def state_of(text: str) -> str:
    """The state of an objective's life, "" when the words name none."""
    words = normal(text)
    return next((name for name, known in _STATES.items() if words in known), "")


def kind_of(text: str) -> str:
    """ "up", "down", "guardrail_low", "guardrail_high", "guardrail", "milestones", "yes_no", "baseline","
    " "metric" or ""."""
    padded = f" {normal(text)} "
    if not padded.strip() or "undefined" in padded:
        return ""
    return next((kind for kind, words in KINDS if any(f" {word} " in padded for word in words)), "")


def ambition_of(text: str) -> str:
    """ "committed", "aspirational" or ""."""
    words = normal(text)
    if words in ("committed", "commitment", "must", "roofshot"):
        return "committed"
    return "aspirational" if words in ("aspirational", "stretch", "moonshot", "aspiration", "ambitious") else ""
