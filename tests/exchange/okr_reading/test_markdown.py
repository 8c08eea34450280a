"""OKRs as people write them in Markdown: headings, bullets, boxes and tables."""

from pathlib import Path

from tests.exchange.okr_reading.files import key_result, keys_of, objective, read_text

BOXES = """# OKRs 2024 Q3

- [Run the shop](#run-the-shop)
  - [Open on Sundays](#open-on-sundays)

## Run the shop

### Open on Sundays [SALES]

- [x] Find [two people](https://example.org/jobs) who like Sundays [P0][HR]
  - [ ] Write the advert
- [ ] Agree with the neighbours (WIP: _talks_)
- [ ] Ask the town ([#12](https://example.org/12))

### Sell cakes

## ~~Move house [OPS]~~
"""


def test_headings_are_a_tree_of_objectives_and_boxes_their_key_results(tmp_path: Path) -> None:
    document = read_text(tmp_path, BOXES, "plan.md")
    assert [one.title for one in document.objectives] == ["Run the shop", "Open on Sundays", "Sell cakes", "Move house"]
    sundays = objective(document, "Open on Sundays")
    assert sundays.cycle is not None
    assert (sundays.parent_ref, sundays.teams, sundays.cycle.first) == (
        document.objectives[0].ref,
        ("SALES",),
        "2024-Q3",
    )
    assert [one.is_done for one in document.key_results] == [True, False, False]
    assert objective(document, "Move house").state == "closed"


def test_marks_are_taken_off_the_words(tmp_path: Path) -> None:
    document = read_text(tmp_path, BOXES, "plan.md")
    found = key_result(document, "Find two people who like Sundays")
    assert (found.priority, found.teams, found.link) == ("P0", ("HR",), "https://example.org/jobs")
    assert key_result(document, "Agree with the neighbours").note == "WIP: talks"
    assert key_result(document, "Ask the town").link == "https://example.org/12"
    assert [(one.title, one.key_result_ref == found.ref) for one in document.initiatives] == [
        ("Write the advert", True)
    ]


def test_plain_bullets_over_bullets_with_priorities_are_objectives(tmp_path: Path) -> None:
    text = "# Objectives and Key Results\n\n## Q1 2023\n\n### Vision:\n\n* Be loved\n\n### Kitchen:\n\n" + (
        "* Cook faster\n\t* [P0] Serve in 9 minutes\n\t* [P1] Buy a second oven\n* Waste less\n"
    )
    document = read_text(tmp_path, text, "okr.md")
    assert [one.title for one in document.objectives] == ["Cook faster", "Waste less"]
    assert document.objectives[0].teams == ("Kitchen",)
    assert [(one.title, one.priority, one.kind) for one in document.key_results] == [
        ("Serve in 9 minutes", "P0", "metric"), ("Buy a second oven", "P1", "yes_no"),
    ]  # fmt: skip


def test_bold_priorities_and_notes_below_a_key_result(tmp_path: Path) -> None:
    text = "# Port\n\n## 2022 Q2 - Objectives and Key Results\n\n### Ships leave on time\n\n" + (
        "- **P0** -  Cranes are checked daily\n  - they broke twice\n- **P2** -  Rota is written\n\n## 2022 Q1\n\n"
        "- [port 2022 Q1](https://example.org)\n"
    )
    document = read_text(tmp_path, text, "port.md")
    assert [one.title for one in document.objectives] == ["Ships leave on time"]
    cranes = key_result(document, "Cranes are checked daily")
    assert (cranes.priority, cranes.note) == ("P0", "- they broke twice")
    assert document.initiatives == []


TABLE = """# Choir Team OKRs

## 2021 Q4

| **Choir** | **Priority** | **Owner** | **Mid-Q Actual** | **Mid-Q Projection** | **End-Q** |
| :-- | :-: | :-: | --- | --- | --- |
| **** | P0-P4 | | **0.2** | **0.5** | **0.4** |
| **1 Sing in tune (Lea, Max)** | | | | | |
| Warm up daily (Lea) | **P0** | Lea | 0.0 | 0.8 | 0 |
| Tape a concert | ![P1](https://example.org/p1.svg) | lea / max | | 0.5 | |
| Learn three songs: | P1 | | | | |
| 1. A round | P1 | max | 0.3 | 0.5 | 1 |
| 2. TBD | | | | | 0 |
| *Not likely to get done:* | | | | | |
| Hire a hall | P3 | max | soon | | 0.1 |
"""


def test_bold_rows_of_a_table_are_objectives_and_scores_are_kept_apart_from_nothing(tmp_path: Path) -> None:
    document = read_text(tmp_path, TABLE, "choir.md")
    [aim] = document.objectives
    assert (aim.title, aim.owners, aim.teams) == ("Sing in tune", ("Lea", "Max"), ("Choir",))
    assert {one.title: one.score for one in document.key_results} == {
        "Warm up daily": 0.0, "Tape a concert": None, "Learn three songs: A round": 1.0, "Hire a hall": 0.1,
    }  # fmt: skip
    warm_up = document.key_results[0].ref
    assert [(one.period, one.value) for one in document.updates if one.key_result_ref == warm_up] == [
        ("2021-11-15", 0.0), ("2021-12-31", 0.0),
    ]  # fmt: skip
    assert key_result(document, "Tape a concert").priority == "P1"
    assert key_result(document, "Tape a concert").owners == ("lea", "max")
    assert key_result(document, "Hire a hall").note == "Not likely to get done"
    assert sorted(keys_of(document)) == ["no-text", "not-a-number"]


def test_explicit_objectives_with_sections_of_their_own(tmp_path: Path) -> None:
    text = """# Lab OKRs

## 2020 Q2

### Objective: Answers come fast

* Speed: people leave when it is slow.

#### Key Results

* P0: Answer - in one second.
* P1: Load - at most 10% more traffic.

**Rationale**

* This is no key result.

##### P0: Answer

We measure at the door.

#### Initiatives

##### P0: Cache

**KR**: Answer
**Owner:** @sam

Keep what was asked before.

#### Alternatives

* Buy more machines.

### Objective: We ship

#### Key Results

Version 2 is out.
"""
    document = read_text(tmp_path, text, "lab.md")
    assert [one.title for one in document.objectives] == ["Answers come fast", "We ship"]
    assert [one.title for one in document.key_results] == [
        "Answer - in one second.", "Load - at most 10% more traffic.", "Version 2 is out.",
    ]  # fmt: skip
    assert "We measure at the door." in document.key_results[0].note
    [cache] = document.initiatives
    assert (cache.title, cache.owners, cache.key_result_ref) == ("Cache", ("sam",), document.key_results[0].ref)


def test_a_numbered_list_that_is_called_objectives(tmp_path: Path) -> None:
    text = (
        "# Garden OKRs\n\n## 2020 Q1\nHere are our objectives for spring:\n\n1. Plant trees\n2. Better soil by:\n"
        + ("   1. Buying compost\n   2. Digging\n\nFor more:\n- [sheet](https://example.org) (final)\n")
    )
    document = read_text(tmp_path, text, "garden.md")
    assert [one.title for one in document.objectives] == ["Plant trees", "Better soil by:"]
    assert [one.title for one in document.key_results] == ["Buying compost", "Digging"]


def test_the_same_words_on_two_levels_stay_two_things(tmp_path: Path) -> None:
    text = "# OKRs 2024 Q1\n\n## Fix it\n\n### Fix it\n\n- [ ] Fix it\n- [ ] Fix it\n"
    document = read_text(tmp_path, text, "a.md")
    refs = [one.ref for one in (*document.objectives, *document.key_results)]
    assert len(set(refs)) == 4


def test_boxes_below_a_plain_line_are_its_milestones(tmp_path: Path) -> None:
    text = "# OKRs 2024 Q1\n\n## Drivers\n\n- Finish for all:\n   - [X] Go\n   - [ ] Rust\n- [ ] Document\n"
    document = read_text(tmp_path, text, "a.md")
    finish = key_result(document, "Finish for all:")
    assert (finish.kind, [(step.title, step.is_done) for step in finish.steps]) == (
        "milestones", [("Go", True), ("Rust", False)],
    )  # fmt: skip


def test_numbered_key_results_with_their_owner_in_brackets(tmp_path: Path) -> None:
    text = "# Press OKRs Q2 2025\n\n## Objective 1: Be known\n\n- KR1: 10k visitors (owner: Ana Paz)\n"
    text += "- KR 2. Five articles\n"
    document = read_text(tmp_path, text, "team.md")
    assert [(one.title, one.owners) for one in document.key_results] == [
        ("10k visitors", ("Ana Paz",)),
        ("Five articles", ()),
    ]
    assert document.objectives[0].teams == ("Press",)
