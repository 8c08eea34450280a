"""What the pages that change a KPI say first, where others rely on it: propose the change."""

from __future__ import annotations

from dataclasses import dataclass

from sextant.kpis.models import ChangeProposal
from sextant.kpis.queries.proposals import open_proposal
from sextant.kpis.using import is_shared, uses_of
from sextant.web.kpi_subject import Subject


@dataclass(frozen=True, slots=True)
class ProposalHint:
    """`count` things of others rely on the KPI; `open` is the change announced already."""

    open: ChangeProposal | None
    is_shared: bool
    count: int


def proposal_hint(subject: Subject) -> ProposalHint | None:
    """None where nothing is to be said: a draft, a metric nobody watches, or no right to change it."""
    if not subject.is_watched or subject.kpi.state != "active" or not subject.may["change"]:
        return None
    uses = uses_of(subject.kpi)
    return ProposalHint(open_proposal(subject.actor, subject.kpi), is_shared(subject.kpi, uses), len(uses))
