"""The reference of mappings names everything a mapping may hold."""

import re
import textwrap
import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sextant.exchange import pointing
from sextant.exchange.summaries import SETTINGS
from sextant.exchange.toml_text import as_toml
from sextant.exchange.understanding import Mapping
from sextant.exchange.understanding.words import Role

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "mapping.md").read_text(encoding="utf-8")


def test_every_setting_and_every_role_is_described() -> None:
    assert [
        name for name in SETTINGS - {"columns", "headline", "labels", "metrics", "repeats"} if name not in PAGE
    ] == []
    assert [role.value for role in Role if f"`{role.value}`" not in PAGE] == []


def test_the_examples_can_be_read() -> None:
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", PAGE, re.MULTILINE)
    examples = [textwrap.dedent(block) for block in blocks if "[metrics" in block or "[[table]]" in block]
    for example in examples:
        Mapping.from_dict(tomllib.loads(example))
    assert len(examples) == 2


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
plain = st.one_of(st.booleans(), st.integers(-(2**40), 2**40), names, st.floats(allow_nan=False, allow_infinity=False))
decisions = st.fixed_dictionaries(
    {},
    optional={
        "year_start_month": st.integers(1, 12),
        "metrics": st.dictionaries(names, st.dictionaries(names, plain, max_size=3), max_size=3),
        "table": st.lists(
            st.fixed_dictionaries(
                {"file": names},
                optional={
                    "role": names,
                    "columns": st.dictionaries(names, names, max_size=3),
                    "breakdowns": st.lists(st.lists(names, max_size=2), max_size=2),
                    "ratio": st.lists(
                        st.fixed_dictionaries({"name": names, "numerator": names}), min_size=1, max_size=2
                    ),
                },
            ),
            min_size=1,
            max_size=3,
        ),
    },
)


@given(decisions)
def test_a_mapping_written_as_toml_is_read_back_the_same(mapping: dict[str, object]) -> None:
    assert tomllib.loads(as_toml(mapping)) == mapping


@given(names, names, st.sampled_from(["ignored", "targets", ""]), names)
def test_pointing_and_taking_back_leaves_the_mapping_as_it_was(file: str, sheet: str, role: str, header: str) -> None:
    before = {"table": [{"file": "other-*.csv", "role": "ignored"}]}
    pointed = pointing.with_table(before, file, sheet, {"role": role})
    pointed = pointing.with_columns(pointed, file, sheet, {header: "owner"})
    Mapping.from_dict(pointed)
    back = pointing.with_columns(pointed, file, sheet, {header: ""})
    assert pointing.with_table(back, file, sheet, {"role": ""}) == before


def test_pointing_keeps_what_a_pattern_had_decided() -> None:
    before = {"table": [{"file": "*.csv", "role": "series_long", "columns": {"A": "owner"}}]}
    pointed = pointing.with_columns(before, "june.csv", "", {"B": "theme"})
    settings = Mapping.from_dict(pointed).table("june.csv", "")
    assert (settings.role, dict(settings.columns)) == ("series_long", {"A": "owner", "B": "theme"})
    assert dict(Mapping.from_dict(pointed).table("july.csv", "").columns) == {"A": "owner"}
