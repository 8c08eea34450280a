from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.periods import Calendar, Frequency, parse_period
from sextant.calc.trust import WEIGHTS, TrustFacts, completeness, explain_trust, trust

at = datetime.fromisoformat

SOUND = TrustFacts(has_definition=True, has_source=True, owner_present=True, freshness="fresh", completeness=1.0)
BREAKS = {
    "no-values": {"freshness": "never"},
    "stale": {"freshness": "stale"},
    "no-definition": {"has_definition": False},
    "no-source": {"has_source": False},
    "draft": {"is_draft": True},
    "not-approved": {"awaiting_approval": True},
    "incomplete-history": {"completeness": 12 / 13},
    "estimated-values": {"estimated_share": 0.1},
    "no-owner": {"owner_present": False},
    "restated-recently": {"restated_recently": True},
    "definition-changed-recently": {"definition_changed_recently": True},
    "qualified-latest": {"qualified_latest": True},
    "dated-by-import": {"dated_by_import": True},
}


def test_a_sound_number_has_an_a_and_nothing_to_say():
    assert trust(SOUND).grade == "A"
    assert trust(SOUND).reasons == ()
    assert trust(replace(SOUND, freshness="due", completeness=None)).grade == "A"


@pytest.mark.parametrize("key", WEIGHTS)
def test_each_ingredient_broken_in_turn_is_named_and_lowers_the_grade(key):
    graded = trust(replace(SOUND, **BREAKS[key]))
    assert [reason.key for reason in graded.reasons] == [key]
    assert graded.grade == {"dated-by-import": "A", "stale": "C", "no-values": "D"}.get(key, "B")


def test_faults_add_up():
    two = replace(SOUND, has_definition=False, restated_recently=True)
    assert trust(two).grade == "C"
    assert trust(replace(two, has_source=False)).grade == "D"


def test_the_weightiest_reason_comes_first():
    graded = trust(replace(SOUND, owner_present=False, freshness="stale", dated_by_import=True))
    assert [reason.key for reason in graded.reasons] == ["stale", "no-owner", "dated-by-import"]
    assert graded.points == 4


@pytest.mark.parametrize(("share", "points"), [(12 / 13, 1), (0.8, 2), (0.5, 3), (0.0, 3)])
def test_more_missing_periods_cost_more(share, points):
    reason = trust(replace(SOUND, completeness=share)).reasons[0]
    assert reason.points == points
    assert reason.params == {"percent": round(100 * (1 - share), 1)}


def test_a_grade_explains_itself():
    why = explain_trust(replace(SOUND, has_source=False))
    assert why.rule == "trust-grade"
    assert why.inputs["points"] == {"no-source": 2}
    assert why.inputs["has_source"] is False
    assert why.inputs["result"] == "B"
    assert why.source == "method#trust"


facts = st.builds(
    TrustFacts,
    has_definition=st.booleans(),
    has_source=st.booleans(),
    owner_present=st.booleans(),
    freshness=st.sampled_from(["fresh", "due", "stale", "never"]),
    completeness=st.none() | st.floats(0, 1),
    estimated_share=st.floats(0, 1),
    restated_recently=st.booleans(),
    definition_changed_recently=st.booleans(),
    qualified_latest=st.booleans(),
    is_draft=st.booleans(),
    dated_by_import=st.booleans(),
)


@given(facts, st.sampled_from(sorted(set(BREAKS) - {"stale", "incomplete-history", "estimated-values"})))
def test_breaking_one_more_thing_never_improves_the_grade(before, key):
    assert trust(before).grade <= trust(replace(before, **BREAKS[key])).grade


@given(facts)
def test_no_data_never_earns_trust(before):
    assert trust(replace(before, freshness="never")).grade == "D"
    assert trust(replace(before, freshness="stale")).grade >= "C"


def ends(*texts, calendar=Calendar()):
    return [parse_period(text, calendar=calendar).end for text in texts]


NOW = at("2026-03-14")


def test_a_full_history_is_complete():
    months = [f"2025-{month:02}" for month in range(1, 13)] + ["2026-01", "2026-02"]
    assert completeness(ends(*months), NOW, Frequency.MONTH) == 1
    assert completeness(ends(*months[:5], *months[6:]), NOW, Frequency.MONTH) == pytest.approx(12 / 13)


def test_only_the_newest_thirteen_periods_count():
    months = ["2020-01"] + [f"2025-{month:02}" for month in range(2, 13)] + ["2026-01", "2026-02"]
    assert completeness(ends(*months), NOW, Frequency.MONTH) == 1


def test_a_short_history_is_measured_from_its_first_period():
    assert completeness(ends("2025-12", "2026-02"), NOW, Frequency.MONTH) == pytest.approx(2 / 3)
    first = ends("2025-11")[0]
    assert completeness(ends("2025-12", "2026-02"), NOW, Frequency.MONTH, first_end=first) == 0.5
    assert completeness([], NOW, Frequency.MONTH, first_end=first) == 0


def test_a_period_within_its_grace_days_is_not_yet_missing():
    assert completeness(ends("2025-12", "2026-01"), NOW, Frequency.MONTH, grace_days=20) == 1
    assert completeness(ends("2025-12", "2026-01"), NOW, Frequency.MONTH, grace_days=10) == pytest.approx(2 / 3)
    assert completeness(ends("2026-01", "2026-02"), NOW, Frequency.MONTH, grace_days=20) == 1


def test_nothing_is_expected_before_the_first_period_has_ended():
    assert completeness([], NOW, Frequency.MONTH) is None
    assert completeness(ends("2026-03"), NOW, Frequency.MONTH) is None


def test_calendar_years_are_complete_in_a_house_with_fiscal_years():
    years = ends("2021", "2022", "2023", "2024")
    assert completeness(years, at("2025-05-01"), Frequency.YEAR, Calendar(year_start_month=4)) == 1


def test_rolling_spans_count_by_their_last_year():
    spans = ends("2020/2022", "2021/2023", "2023/2025")
    assert completeness(spans, NOW, Frequency.YEAR) == pytest.approx(3 / 4)
