"""Reading formulas: what is accepted, what is refused and how the refusal helps."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from sextant.calc.formula import FUNCTIONS, Formula, FormulaError, check_inputs, describe, parse, rename
from sextant.calc.formula_grammar import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES
from sextant.calc.formula_text import canonical, describe_tree
from sextant.calc.formula_tree import AGGREGATES, COMPARISONS, Binary, Call, Name, Negate, Node, Number, walk

KEYS = st.from_regex(re.compile(r"[A-Za-z0-9_.\-]{0,8}[A-Za-z0-9_][A-Za-z0-9_.\-]{0,8}", re.ASCII), fullmatch=True)


SIGNS = st.sampled_from(["+", "-", "*", "/", "^"])
SPANS = st.sampled_from(["sum", "mean", "min", "max"])
KINDS = ["negate", "sign", "if", "abs", "default", "several", "round", "previous", "rolling", "cumulative"]


@st.composite
def trees(draw: st.DrawFn, depth: int = 4) -> Node:
    """Any tree the grammar can hold."""
    kind = draw(st.sampled_from(["atom", *KINDS])) if depth else "atom"
    if kind == "atom":
        return draw(atoms())
    one, other = draw(trees(depth - 1)), draw(trees(depth - 1))
    if kind == "negate":
        return Negate(one)
    if kind == "sign":
        return Binary(draw(SIGNS), one, other)
    if kind == "if":
        condition = Binary(draw(st.sampled_from(COMPARISONS)), draw(atoms()), draw(trees(depth - 1)))
        return Call("if", (condition, one, other))
    if kind == "several":
        return Call(draw(st.sampled_from(["min", "max"])), (one, other))
    if kind in ("abs", "default"):
        return Call(kind, (one,) if kind == "abs" else (one, other))
    if kind == "round":
        return Call("round", (one,), draw(st.integers(-12, 12)))
    metric = Binary(draw(SIGNS), one, Name(draw(KEYS)))
    number = 0 if kind == "cumulative" else draw(st.integers(1, 1000))
    return Call(kind, (metric,), number, "" if kind == "previous" else draw(SPANS))


@st.composite
def atoms(draw: st.DrawFn) -> Node:
    kind = draw(st.sampled_from(["number", "name", "total", "aggregate", "aggregate of several"]))
    name = Name(draw(KEYS))
    if kind == "number":
        return Number(draw(st.floats(0, allow_nan=False, allow_infinity=False) | st.integers(0, 1000).map(float)))
    if kind == "name":
        return name
    if kind == "total":
        return Call("total", (name,))
    inside = name if kind == "aggregate" else Binary("*", name, Negate(Name(draw(KEYS))))
    return Call(draw(st.sampled_from(AGGREGATES)), (inside,))


def _outcome(text: str) -> Formula | FormulaError:
    try:
        return parse(text)
    except FormulaError as error:
        return error


def _key_of(text: str) -> str:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    return caught.value.key


@given(trees())
def test_the_canonical_text_of_any_tree_reads_back_as_the_same_tree(tree: Node) -> None:
    text = canonical(tree)
    assume(len(text) <= MAX_CHARACTERS and len(list(walk(tree))) <= MAX_NODES)
    formula = parse(text)
    assert formula.root == tree
    assert formula.text == text
    assert parse(formula.text) == formula


@settings(max_examples=300)
@given(st.text(max_size=60) | st.text(alphabet="abc[]()+-*/^,<>=!. 0123456789eEsumif\n\0×≤", max_size=60))
@example("((((")
@example("1e5e")
@example("[")
@example("٣ + ²")
@example("-" * 1000)
@example("a^" * 300)
def test_no_text_crashes_the_parser(text: str) -> None:
    found = _outcome(text)
    if isinstance(found, FormulaError):
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", found.key)
        assert 0 <= found.position <= len(text)
        assert len(str(found)) > 20
    else:
        assert parse(found.text) == found


def test_operators_bind_as_on_paper() -> None:
    same = {
        "1 + 2 * 3": "1 + (2 * 3)",
        "8 - 4 - 2": "(8 - 4) - 2",
        "8 / 4 / 2": "(8 / 4) / 2",
        "2 ^ 3 ^ 2": "2 ^ (3 ^ 2)",
        "-2 ^ 2": "-(2 ^ 2)",
        "-a * b": "(-a) * b",
        "2 ^ -1 * 3": "(2 ^ (-1)) * 3",
        "+a - -b": "a - (-b)",
    }
    for text, spelled_out in same.items():
        assert parse(text) == parse(spelled_out)


def test_habits_from_spreadsheets_are_understood() -> None:
    assert parse("=SUM([a]) ÷ Sum(b) × 100").text == "sum([a]) / sum([b]) * 100"
    assert parse("IF(a <> 0; a − b; 0)").text == "if([a] != 0, [a] - [b], 0)"
    assert parse("if(a == 1, .5, 1.)").text == "if([a] = 1, 0.5, 1)"
    assert parse("if((a ≥ b), a, b)").text == "if([a] >= [b], [a], [b])"


def test_the_canonical_text_keeps_only_what_is_needed() -> None:
    assert parse("((a))+((b*(c)))").text == "[a] + [b] * [c]"
    assert parse("previous(a, 1) + previous(a, 4)").text == "previous([a]) + previous([a], 4)"
    assert parse("rolling(a, 3, SUM) + rolling(a, 3, Mean)").text == "rolling([a], 3) + rolling([a], 3, mean)"
    assert parse("cumulative(a, sum) - cumulative(a, max)").text == "cumulative([a]) - cumulative([a], max)"
    assert parse("round(a, 0) + round(a, -3)").text == "round([a]) + round([a], -3)"
    assert parse("1e15 + 0.1 + 1e-7 + 12e3").text == "1000000000000000 + 0.1 + 1e-07 + 12000"


def test_metric_keys_may_hold_dots_and_dashes_in_brackets() -> None:
    formula = parse("[ sales.eu-west ] / [2024] + größe + sum")
    assert formula.inputs == {"sales.eu-west", "2024", "größe", "sum"}
    assert formula.text == "[sales.eu-west] / [2024] + [größe] + [sum]"


@pytest.mark.parametrize(
    ("text", "key", "position", "says"),
    [
        ("", "formula-empty", 0, "[income] - [cost]"),
        ("  ", "formula-empty", 0, "empty"),
        ("a +", "formula-unfinished", 3, "ends too early"),
        ("a % b", "unexpected-character", 2, "/ 100"),
        ("a ? b", "unexpected-character", 2, "'?' at character 3"),
        ("a ** 2", "unexpected-character", 2, "use ^"),
        ("{a}", "unexpected-character", 0, "use ("),
        ("2x", "unexpected-word", 1, "between two values"),
        ("a (b)", "unknown-function", 0, "Known are sum, mean"),
        ("[a] (b)", "unexpected-word", 4, "between two values"),
        ("a, b", "unexpected-word", 1, "decimals with a point"),
        ("a)", "unexpected-word", 1, "no ( before it"),
        ("a * / b", "unexpected-word", 4, "is expected"),
        ("(a + b", "bracket-not-closed", 0, "no )"),
        ("(a b", "unexpected-word", 3, "between two values"),
        ("[a + b", "key-not-closed", 0, "no ]"),
        ("[net margin]", "bad-metric-key", 0, "[net-margin]"),
        ("[]", "bad-metric-key", 0, "letters, digits"),
        ("a.b", "unexpected-character", 1, "[its.key]"),
        ("1 + 1e999", "number-too-large", 4, "too large"),
        ("1 + summ(a)", "unknown-function", 4, "sum(x)"),
        ("AVG(a)", "unknown-function", 0, "mean(x)"),
        ("YTD(a)", "unknown-function", 0, "cumulative(x)"),
        ("zzzzz(a)", "unknown-function", 0, "Known are"),
        ("sum()", "wrong-arguments", 0, "takes 1 arguments, not 0"),
        ("rolling(a)", "wrong-arguments", 0, "2 to 3"),
        ("a < b", "comparison-outside-if", 2, "condition of if"),
        ("if(a < b < c, 1, 2)", "comparison-outside-if", 5, "condition of if"),
        ("if(a, 1, 2)", "if-needs-comparison", 0, "[a] > 0"),
        ("if(a > 0, a > 1, 2)", "comparison-outside-if", 12, "condition of if"),
        ("abs(a > 0)", "comparison-outside-if", 6, "condition of if"),
        ("-(a > 0)", "comparison-outside-if", 4, "condition of if"),
        ("total(a + b)", "total-needs-metric", 0, "one metric"),
        ("sum(5)", "needs-metric", 0, "needs a metric"),
        ("previous(1 + 2)", "needs-metric", 0, "needs a metric"),
        ("1 + sum(mean(a))", "not-inside-aggregate", 4, "cannot hold mean()"),
        ("sum(previous(a))", "not-inside-aggregate", 0, "other way round"),
        ("previous(a, 0)", "bad-argument", 0, "1 to 1000"),
        ("previous(a, b)", "bad-argument", 0, "whole number"),
        ("rolling(a, 2.5)", "bad-argument", 0, "whole number"),
        ("rolling(a, 3, last)", "bad-argument", 0, "sum, mean, min, max"),
        ("cumulative(a, 3)", "bad-argument", 0, "sum, mean, min, max"),
        ("round(a, 13)", "bad-argument", 0, "-12 to 12"),
    ],
)
def test_a_refusal_says_where_and_what_to_do(text: str, key: str, position: int, says: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert (caught.value.key, caught.value.position) == (key, position)
    assert says in str(caught.value)


def test_ten_thousand_nested_parentheses_are_refused_at_once() -> None:
    assert _key_of("(" * 10_000 + "1" + ")" * 10_000) == "formula-too-long"
    assert _key_of("(" * 10_000) == "formula-too-long"
    assert _key_of("(" * 1_900 + "1" + ")" * 1_900) == "formula-too-deep"
    assert _key_of("abs(" * 900) == "formula-too-deep"
    assert _key_of("-" * 3_999 + "1") == "formula-too-deep"
    assert _key_of("2^" * 1_999 + "2") == "formula-too-deep"


def test_the_limits_are_reachable_but_not_passable() -> None:
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH).text == "[a]"
    assert _key_of("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1)) == "formula-too-deep"
    terms = MAX_NODES // 2
    assert len(parse("+".join("a" * terms)).inputs) == 1
    assert _key_of("+".join("a" * (terms + 1))) == "formula-too-large"
    assert parse(" " * (MAX_CHARACTERS - 1) + "a").text == "[a]"
    assert _key_of("a" * (MAX_CHARACTERS + 1)) == "formula-too-long"


def test_a_formula_whose_stored_text_would_be_too_long_is_refused() -> None:
    assert _key_of("a" * MAX_CHARACTERS) == "formula-too-long"


def test_an_unknown_metric_is_refused_with_the_near_match() -> None:
    formula = parse("1 - sum([cots]) / sum([revenue])")
    check_inputs(formula, ["cots", "revenue"])
    with pytest.raises(FormulaError, match=re.escape("Did you mean [cost]?")) as caught:
        check_inputs(formula, ["cost", "revenue"])
    assert (caught.value.key, caught.value.position) == ("unknown-metric", 8)
    with pytest.raises(FormulaError, match=r"no metric \[cots\]\.$"):
        check_inputs(formula, [])


def test_renaming_replaces_all_keys_at_once() -> None:
    formula = parse("if(a > b, -sum(a), round(b + 1, 2))")
    assert rename(formula, {"a": "b", "b": "a"}).text == "if([b] > [a], -sum([b]), round([a] + 1, 2))"
    assert rename(formula, {"x": "y"}) == formula
    with pytest.raises(FormulaError) as caught:
        rename(formula, {"a": "net margin"})
    assert caught.value.key == "bad-metric-key"


def test_a_formula_knows_how_far_it_looks_back() -> None:
    assert parse("a / previous(a, 12) - -rolling(previous(b, 2), 3)").lookback == 12
    assert parse("rolling(previous(b, 2), 3)").lookback == 4
    assert not parse("a + 1").needs_year
    assert parse("100 * cumulative(a) / 2").needs_year


NAMES = {"cost": "Cost", "revenue": "Revenue", "staff": "Staff on duty"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 - sum(cost) / sum(revenue)", "1 minus the sum of Cost divided by the sum of Revenue"),
        ("(revenue - cost) * 2", "(Revenue minus Cost) times 2"),
        ("-(cost + unknown) ^ 2", "minus (Cost plus unknown) to the power of 2"),
        ("mean(staff) + min(staff) + max(staff)", "the average of Staff on duty plus the smallest value of Staff on "
         "duty plus the largest value of Staff on duty"),
        ("last(staff) - total(cost)", "the last value of Staff on duty minus the total over all breakdowns of Cost"),
        ("sum(cost * staff)", "the sum of (Cost times Staff on duty)"),
        ("if(cost > 0, revenue, 0)", "(Revenue where Cost is above 0, otherwise 0)"),
        ("default(cost, 0)", "(Cost, or 0 where there is no data)"),
        ("min(cost, 5)", "the smallest of (Cost; 5)"),
        ("max(cost, 5)", "the largest of (Cost; 5)"),
        ("abs(cost - 1)", "the size of (Cost minus 1) without its sign"),
        ("round(cost, 2)", "(Cost rounded to 2 digits)"),
        ("previous(cost)", "Cost of the period before"),
        ("previous(cost - 1, 12)", "(Cost minus 1) 12 periods earlier"),
        ("rolling(cost, 12)", "the sum of Cost over the last 12 periods"),
        ("rolling(cost, 3, mean)", "the average of Cost over the last 3 periods"),
        ("cumulative(cost)", "the sum of Cost since the start of the year"),
    ],
)  # fmt: skip
def test_a_formula_reads_like_a_sentence(text: str, words: str) -> None:
    assert describe(parse(text), NAMES) == words


@given(trees())
def test_every_tree_can_be_described(tree: Node) -> None:
    words = describe_tree(tree, {})
    assert words
    assert "None" not in words


def test_every_function_has_a_signature_that_names_it() -> None:
    for name, function in FUNCTIONS.items():
        assert function.signature.startswith(f"{name}(")
        assert function.about
