"""What the demo asks people, what it supposes to drive its numbers, and a change of a KPI that is on its way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sextant.calc.periods import Frequency, Period, periods_between
from sextant.kpis.commands import activate_kpi, set_target, watch_metric
from sextant.kpis.commands.proposals import announce_proposal, draft_proposal
from sextant.metrics.commands.drivers import link_driver
from sextant.practice.commands.pulse import answer_pulse, close_round, set_rhythm, start_round
from sextant.practice.queries.pulse import open_round
from sextant.surveys.commands import create_survey, enter_counts, open_survey
from sextant.surveys.models import Survey

if TYPE_CHECKING:
    from sextant.demo.build import Builder

STAY, WORK = "how-was-your-stay", "a-place-to-work"
SURVEYS_BEGAN = 400  # days ago
STAY_SHARES = (0.03, 0.05, 0.12, 0.46, 0.34)  # of the answers 1 to 5
WORK_SHARES = (0.01, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.19, 0.24, 0.18, 0.14)  # of the answers 0 to 10
QUIET_MONTH = 4  # months ago in which hardly anybody answered
DRIVERS = (
    # outcome, driver, periods until it shows, which way, the hypothesis
    ("Time per process", "Adoption rate of new tools", 1, "other", "Who works with the new tools types nothing twice."),
    ("Adoption rate of new tools", "Managers trained in the new tools", 3, "same",
     "Teams use what their managers use; it takes about three weeks to spread."),
    ("Adoption rate of new tools", "Time per process", 4, "other", "What saves time is used more."),
    ("Feedback score of new tools", "Adoption rate of new tools", 2, "same", "Who uses a tool daily comes to like it."),
    ("Time per process", "Feedback score of new tools", 0, "other", "People are quicker with tools they like."),
    ("Open requests", "Adoption rate of new tools: Day centres", 4, "other",
     "The day centres ask the help desk less, once they know the tools."),
    ("Requests we could not fill", "Supplier deliveries on time", 1, "other", "What comes late is not on the shelf."),
    ("Seen within four hours", "Bed occupancy", 0, "other", "A full ward cannot take patients from the door."),
    ("Bed occupancy", "Length of stay", 0, "same", "Who stays longer keeps the bed."),
    ("Home visits on time", "Visits per carer and day", 1, "other", "One visit too many makes all later ones late."),
    ("Turnover rate", "Absence rate", 2, "same", "Who covers for others too often looks around."),
    ("Patient registration uptime", "Service availability", 0, "same", "Registration runs on the same servers."),
)  # fmt: skip
PULSE_SCORES = ((4, 3, 4, 2, 4), (3, 4, 4, 3, 5), (5, 4, 3, 2, 4), (2, 3, 3, 2, 3), (4, 4, 5, 3, 4))


def plan_asking(builder: Builder) -> None:
    """Put the surveys with their results, the pulse, the drivers and the proposal on the timeline."""
    add, moment = builder.timeline.add, builder.history.moment
    add(moment(SURVEYS_BEGAN, 9), lambda: _begin_surveys(builder))
    add(moment(250, 11), lambda: _watch_stay(builder))
    for key, frequency in ((STAY, Frequency.MONTH), (WORK, Frequency.QUARTER)):
        calendar = builder.history.calendar
        first = builder.history.hour(SURVEYS_BEGAN - 40, frequency)
        periods = [
            one for one in periods_between(first, builder.history.today, frequency, calendar)
            if one.end <= builder.history.today
        ]  # fmt: skip
        for back, period in enumerate(reversed(periods), 1):
            add(builder.history.at(period.end + 9), partial(_count, builder, key, period, back))
    add(moment(295, 13), lambda: _suppose(builder))
    add(moment(98, 8), lambda: _ask_for_the_pulse(builder))
    add(moment(84, 8), lambda: _close_the_pulse(builder))
    add(moment(5, 9), lambda: start_round(builder.crowd.actor("ingrid")))
    add(moment(6, 14), lambda: _propose(builder))


def _begin_surveys(builder: Builder) -> None:
    crowd = builder.crowd
    sofia, leila = crowd.actor("sofia"), crowd.actor("leila")
    stay = create_survey(
        sofia, name="How was your stay?", key=STAY, question="How content are you with your stay with us?",
        kind="csat", audience="link", team=crowd.teams["Larkfield Hospital"], low_label="Not at all",
        high_label="Very much", frequency="month", owner=crowd.people["sofia"],
    )  # fmt: skip
    work = create_survey(
        leila, name="A place to work", key=WORK, kind="nps", audience="internal", frequency="quarter",
        question="Would you recommend Larkfield to a friend as a place to work?", low_label="Never",
        high_label="At any time", team=crowd.teams["People and Learning"], owner=crowd.people["leila"],
    )  # fmt: skip
    open_survey(sofia, stay)
    open_survey(leila, work)


def _count(builder: Builder, key: str, period: Period, back: int) -> None:
    """The answers of a period: shares that drift a little, and dice that fall the same way every time."""
    is_stay = key == STAY
    shares = np.array(STAY_SHARES if is_stay else WORK_SHARES)
    better = np.linspace(-1, 1, len(shares)) * (0.02 if is_stay else -0.012) * (6 - back)
    odds = np.clip(shares * (1 + better), 0, None)
    dice = np.random.default_rng(back * 31 + is_stay)
    asked = 180 if is_stay else 410
    answered = 4 if is_stay and back == QUIET_MONTH else int(asked * dice.uniform(0.34, 0.48))
    counts = dice.multinomial(answered, odds / odds.sum())
    survey = Survey.objects.select_related("metric").get(key=key)
    actor = builder.crowd.actor("sofia" if is_stay else "leila")
    enter_counts(actor, survey, period=period, counts=[int(one) for one in counts], invited=asked)


def _watch_stay(builder: Builder) -> None:
    """What patients say is a KPI of the hospital."""
    sofia = builder.crowd.actor("sofia")
    metric = Survey.objects.select_related("metric").get(key=STAY).metric
    kpi = watch_metric(
        sofia, metric, reason="What we promise is care that people are content with.",
        decision="What the wards talk about in their monthly meeting.",
        response_plan="Read the letters of the month with the wards, and change one thing.",
    )  # fmt: skip
    builder.kpis["How was your stay?"] = activate_kpi(sofia, kpi)
    set_target(sofia, kpi, target=80, red_flag=70)


def _suppose(builder: Builder) -> None:
    for outcome, driver, lag, way, why in DRIVERS:
        metrics = builder.kpis[outcome].metric, builder.kpis[driver].metric
        link_driver(builder.boss, *metrics, lag=lag, way=way, why=why)


def _ask_for_the_pulse(builder: Builder) -> None:
    ingrid = builder.crowd.actor("ingrid")
    set_rhythm(ingrid, is_on=True, every_months=3, open_days=14, version=None)
    asked = start_round(ingrid)
    for place, key in enumerate(builder.crowd.people):
        if place % 4 != 3:
            marks = PULSE_SCORES[place % len(PULSE_SCORES)]
            answer_pulse(builder.crowd.actor(key), asked, scores=dict(zip(asked.statements, marks, strict=True)))


def _close_the_pulse(builder: Builder) -> None:
    running = open_round()
    assert running is not None
    close_round(builder.crowd.actor("ingrid"), running)


def _propose(builder: Builder) -> None:
    """A change of how registration time is measured, announced and waiting for those it concerns."""
    kpi = builder.kpis["Registration time per patient"]
    proposal = draft_proposal(
        builder.crowd.actor("sofia"), kpi,
        changes={"how_measured": "From the first key press to the printed wristband, without the time at the kiosk."},
        reason="Half of the patients begin at the kiosk now; their time there is not ours.",
        valid_from=builder.history.hour(-30, Frequency.WEEK),
    )  # fmt: skip
    announce_proposal(builder.crowd.actor("sofia"), proposal)
