import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.truths import Truths, explain_truths, truths

REPORTED = ("", "on_track", "at_risk", "off_track")
COMPUTED = ("on_track", "at_risk", "off_track", "too_early", "no_data", "stale", "incomplete")
FRESH = ("fresh", "due", "stale", "never")
BETTER, STALE = "reported-better-than-computed", "reported-on-track-while-stale"


@pytest.mark.parametrize(
    ("reported", "computed", "freshness", "reasons"),
    [
        ("on_track", "on_track", "fresh", ()),
        ("on_track", "at_risk", "fresh", (BETTER,)),
        ("on_track", "off_track", "due", (BETTER,)),
        ("at_risk", "off_track", "fresh", (BETTER,)),
        ("at_risk", "on_track", "fresh", ()),
        ("off_track", "off_track", "stale", ()),
        ("on_track", "off_track", "stale", (BETTER, STALE)),
        ("on_track", "stale", "stale", (STALE,)),
        ("on_track", "stale", "fresh", (STALE,)),
        ("at_risk", "stale", "stale", ()),
        ("on_track", "too_early", "fresh", ()),
        ("on_track", "too_early", "stale", (STALE,)),
        ("on_track", "no_data", "never", ()),
        ("", "off_track", "stale", ()),
        ("on_track", "watch", "fresh", (BETTER,)),
        ("at_risk", "off_target", "fresh", (BETTER,)),
        ("on_track", "on_target", "fresh", ()),
        ("on_track", "no_target", "fresh", ()),
    ],
)
def test_a_watermelon_is_reported_better_than_it_is(reported, computed, freshness, reasons):
    assert truths(reported, computed, freshness) == Truths(reported, computed, freshness, bool(reasons), reasons)


@given(st.sampled_from(COMPUTED), st.sampled_from(FRESH))
def test_who_says_nothing_or_the_worst_makes_no_watermelon(computed, freshness):
    assert not truths("", computed, freshness).is_watermelon
    assert not truths("off_track", computed, freshness).is_watermelon


@given(st.sampled_from(REPORTED), st.sampled_from(COMPUTED), st.sampled_from(FRESH))
def test_a_watermelon_always_has_a_reason(reported, computed, freshness):
    found = truths(reported, computed, freshness)
    assert found.is_watermelon == bool(found.reasons)
    assert explain_truths(found).inputs["result"] is found.is_watermelon


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (("on_track", "off_track", "stale"), BETTER),
        (("on_track", "stale", "stale"), STALE),
        (("at_risk", "at_risk", "fresh"), "truths-agree"),
        (("", "at_risk", "fresh"), "truths-nothing-reported"),
    ],
)
def test_the_disagreement_is_named(given, rule):
    why = explain_truths(truths(*given))
    assert (why.rule, why.source) == (rule, "method#three-truths")
    assert why.formula
