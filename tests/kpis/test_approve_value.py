import pytest

from sextant.core.errors import NotAllowed, Refused
from sextant.kpis.commands import approve_value
from sextant.kpis.queries.standing import standing
from sextant.metrics.queries.standpoint import standpoint
from tests.kpis.test_standings import last_months
from tests.make import make_kpi, record_values
from tests.world import World

pytestmark = pytest.mark.django_db


def keys(kpi) -> set[str]:  # type: ignore[no-untyped-def]
    return {reason.key for reason in standing(kpi, standpoint()).trust.reasons}


def test_a_sensitive_kpi_is_trusted_less_until_its_value_is_approved(world: World) -> None:
    kpi = make_kpi(needs_approval=True)
    record_values(kpi, last_months([5]))
    assert "not-approved" in keys(kpi)
    approve_value(world.lea, kpi, value=5)
    assert "not-approved" not in keys(kpi)


def test_a_corrected_value_has_to_be_approved_again(world: World) -> None:
    kpi = make_kpi(needs_approval=True)
    record_values(kpi, last_months([5]))
    approve_value(world.lea, kpi, value=5)
    record_values(kpi, last_months([6]))
    assert "not-approved" in keys(kpi)


def test_nobody_approves_what_they_did_not_see(world: World) -> None:
    kpi = make_kpi(needs_approval=True)
    record_values(kpi, last_months([6]))
    with pytest.raises(Refused) as refused:
        approve_value(world.lea, kpi, value=5)
    assert refused.value.problems[0].key == "value-changed"


def test_a_contributor_does_not_approve(world: World) -> None:
    kpi = make_kpi(needs_approval=True)
    record_values(kpi, last_months([5]))
    with pytest.raises(NotAllowed):
        approve_value(world.cem, kpi, value=5)


def test_other_kpis_need_no_approval(world: World) -> None:
    kpi = make_kpi()
    record_values(kpi, last_months([5]))
    assert "not-approved" not in keys(kpi)
