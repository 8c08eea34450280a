"""The flawed example of DA-7, put right by accepting what the checks propose."""

from __future__ import annotations

import pytest

from sextant.calc.wording_repairs import proposed
from sextant.core.errors import NotAllowed, Refused
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.drafting import MOST_KEY_RESULTS, draft_objective
from sextant.okrs.commands.repairs import accept_repairs
from sextant.okrs.models import Initiative, KeyResult, Objective
from sextant.okrs.queries.standing import objective_standing
from sextant.okrs.queries.wording import findings_in
from tests.make import make_objective
from tests.world import World

FLAWED = "Increase website traffic by 20 % in the next quarter"
KEY_RESULTS = (
    "Publish five blog posts a week", "Launch two e-mail campaigns a month", "Implement SEO best practices",
    "Increase social media following by 10 %", "Track traffic in an analytics tool",
)  # fmt: skip


def flawed(world: World) -> Objective:
    return draft_objective(
        world.cem, title=FLAWED, team=world.emergency, owner=world.person("cem"),
        key_results=[{"title": title, "own_metric": {}} for title in KEY_RESULTS],
    )  # fmt: skip


def findings(world: World, objective: Objective) -> list[tuple[str, str]]:
    found = findings_in(world.cem, objective_standing(objective, standpoint()))
    titles = dict(KeyResult.objects.values_list("key", "title"))
    return [(one.rule, titles.get(one.ref, "")) for one in found]


def test_the_flawed_example_is_flagged_where_it_should_be(world: World) -> None:
    found = findings(world, flawed(world))
    assert ("number-in-objective", "") in found
    work = {title for rule, title in found if rule in ("activity-as-outcome", "key-result-as-task")}
    assert work == {KEY_RESULTS[0], KEY_RESULTS[1], KEY_RESULTS[2], KEY_RESULTS[4]}


def test_accepting_everything_gives_the_clean_version(world: World) -> None:
    objective = flawed(world)
    repairs = proposed(findings_in(world.cem, objective_standing(objective, standpoint())))
    accept_repairs(world.cem, objective, repairs)
    objective.refresh_from_db()
    assert objective.title == "Increase website traffic"
    kept = list(objective.key_results.filter(archived_at=None).order_by("title"))
    assert [one.title for one in kept] == ["Increase social media following by 10 %", "Website traffic up by 20 %"]
    for one in kept:
        terms = one.terms.get(superseded_at=None)
        assert (terms.relative, terms.baseline_from_series) == ("percent", True), one.title
    assert [one.terms.get(superseded_at=None).amount for one in kept] == [10.0, 20.0]
    assert Initiative.objects.filter(objective=objective).count() == 4
    assert objective.key_results.exclude(archived_at=None).count() == 4
    assert not {"number-in-objective", "key-result-as-task", "activity-as-outcome"} & {
        rule for rule, _title in findings(world, objective)
    }


def test_repairs_are_only_for_those_who_may_change_the_objective(world: World) -> None:
    objective = flawed(world)
    repairs = proposed(findings_in(world.otto, objective_standing(objective, standpoint())))
    with pytest.raises(NotAllowed):
        accept_repairs(world.otto, objective, repairs)
    objective.refresh_from_db()
    assert objective.title == FLAWED


def test_ten_thousand_key_results_are_refused_with_a_way_out_and_nothing_is_kept(world: World) -> None:
    rows = [{"title": f"Key result {number}"} for number in range(10_000)]
    with pytest.raises(Refused) as refused:
        draft_objective(world.cem, title="Everything at once", team=world.emergency, key_results=rows)
    assert [one.key for one in refused.value.problems] == ["too-many"]
    assert not Objective.objects.exists()
    assert MOST_KEY_RESULTS == 50


def test_a_problem_of_a_key_result_names_its_row(world: World) -> None:
    rows = [{"title": "Wait less"}, {"title": "Equal", "terms": {"baseline": 5.0, "target": 5.0}}]
    with pytest.raises(Refused) as refused:
        draft_objective(world.cem, title="Make waiting bearable", team=world.emergency, key_results=rows)
    assert [(one.key, one.field) for one in refused.value.problems] == [("baseline-is-target", "key_results.2.target")]
    assert not KeyResult.objects.exists()


def test_a_draft_is_aligned_in_the_same_step(world: World) -> None:
    parent = make_objective("Make the hospital the safest one")
    made = draft_objective(world.cem, title="Make waiting bearable", team=world.emergency, parent=parent)
    assert made.links.get().objective == parent
