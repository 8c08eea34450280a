"""A value pushed by API moves the key result bound to it, its objective and the map on pages that are open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Served, filled, serving
from tests.e2e.test_check_in import sign_in

pytestmark = pytest.mark.e2e


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Served, str]]:
    """A hospital with one objective on one KPI, and a token to push values with."""
    folder = tmp_path / "data"
    token = filled("objective_world", folder).split()[-1]
    with serving("serve", folder=folder) as running:
        yield running, token


def test_a_pushed_value_moves_the_key_result_its_objective_and_the_map(
    served: tuple[Served, str], page: Page
) -> None:  # fmt: skip
    (running, token), month = served, (datetime.now(tz=UTC).date().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    sign_in(page, running.address, "lea")
    objective, on_map = page.context.new_page(), page.context.new_page()
    page.goto(f"{running.address}/key-results/complaints-down/")
    objective.goto(f"{running.address}/objectives/fewer-reasons/")
    on_map.goto(f"{running.address}/objectives/?view=map")
    expect(page.locator(".kpi-number")).to_have_text("0 %")
    answer = page.request.post(
        f"{running.address}/api/v1/measurements",
        headers={"Authorization": f"Bearer {token}"},
        data={"points": [{"metric": "complaints", "period": month, "value": 35}]},
    )
    assert answer.ok, answer.text()
    expect(page.locator(".kpi-number")).to_have_text("50 %")
    expect(objective.locator(".kpi-number")).to_have_text("50 %")
    expect(objective.locator(".kr-line")).to_contain_text("35, from 50 to 20")
    expect(on_map.locator("main")).to_contain_text("50 %")
