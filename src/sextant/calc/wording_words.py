"""Nouns and phrases the wording checks and the chooser go by. Small letters; plurals are found by their singular."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sextant.calc.wording_verbs import listed

# What can be counted or measured without being anybody's work.
MEASURES = frozenset(
    listed(
        "rate ratio share percentage percent proportion number count amount volume level score index time"
        " duration hour day minute cost price revenue sale turnover profit margin income cash flow cashflow"
        " earning ebit ebitda spend spending expense expenditure variance deviation satisfaction happiness"
        " loyalty engagement retention churn attrition absenteeism absence sickness utilisation utilization"
        " occupancy capacity coverage uptime downtime availability reliability latency throughput yield scrap"
        " waste rework defect error incident accident injury complaint return refund ticket request backlog"
        " inventory stock stock-out stockout order traffic visit visitor view pageview download sign-up signup"
        " registration subscriber subscription user lead conversion adoption usage penetration growth"
        " frequency speed velocity productivity efficiency effectiveness accuracy quality precision compliance"
        " adherence punctuality delay wait waiting emission consumption footprint temperature weight distance"
        " mileage mortality readmission infection fall length headcount vacancy overtime outstanding"
        " receivable payable debt liquidity roi roas roe roce nps csat ces arr mrr clv cac ltv aov arpu eps"
        " fte mttr mtbf sla dso dpo nrr grr awareness sentiment rating review ranking completion participation"
        " attendance abandonment bounce balance burn runway maturity deal outage failure vulnerability claim"
        " shipment output production effort interruption fluctuation handover escalation cancellation no-show"
        " noshow call patient application applicant bug finding click impression session funnel pipeline load"
        " wear noise dust co2 kwh turn exposure reach recall density depth loss profitability solvency equity"
        " dividend bookings billing donation trip passenger ridership enrolment enrollment graduation dropout"
        " drop-out grade literacy poverty unemployment crime theft harvest tip basket footfall shrinkage"
        " markdown sell-through contribution worth value capex opex budget overrun slippage breach lead-time"
        " cycle-time"
    )
)
# A noun phrase that opens like this is a measure whatever follows.
MEASURE_START = re.compile(
    r"(?:the )?(?:current |overall |total |average |mean |median |net |gross |monthly |weekly |daily |annual"
    r"|quarterly )*"
    r"(?:number|no\.|share|percentage|percent|%|proportion|ratio|rate|amount|level|volume|count|cost|costs|frequency"
    r"|length|degree|value|sum|time|days|hours|minutes|weeks|average|mean|median|total|age|size|quantity|fraction|speed)"
    r" (?:of|to|from|between|since|until|per|for|spent|lost|before|after|until|needed|worked|without|in)\b"
    r"|(?:the )?(?:average|mean|median|total|year-on-year|net|gross|daily active|monthly active|weekly active) \w+",
    re.IGNORECASE,
)
# What work leaves behind. Counting these is counting one's own doing.
DELIVERABLES = frozenset(
    listed(
        "website site app portal platform system tool dashboard handbook manual guide guideline policy"
        " strategy plan concept programme program project campaign workshop training course seminar webinar"
        " event conference meeting survey audit newsletter blog post article video podcast brochure template"
        " checklist procedure software solution module feature interface integration api database warehouse"
        " server infrastructure roadmap prototype pilot mvp trial store shop office factory kitchen committee"
        " council board partnership contract agreement framework standard catalogue catalog library e-mail"
        " email letter presentation interview visit call session story page landing press release flyer poster"
        " exhibition fair hackathon retrospective one-on-one townhall review report drill exercise test"
        " playbook wiki intranet chatbot bot crm erp helpdesk hotline machine engineer developer nurse"
        " employee manager colleague specialist designer analyst team role position calendar scorecard process"
        " documentation backup firewall licence license certificate certification"
    )
)
# Nouns made of work verbs: "introduction of a ticket system".
WORK_NOUNS = frozenset(
    listed(
        "launch introduction implementation rollout roll-out development creation migration redesign"
        " installation construction purchase procurement publication recruitment setup set-up deployment"
        " integration renovation replacement modernisation modernization digitisation digitization"
        " digitalisation automation consolidation documentation standardisation standardization translation"
        " preparation relocation opening relaunch upgrade update overhaul establishment formation evaluation"
        " analysis assessment refurbishment organisation definition restructuring reorganisation outsourcing"
        " tender negotiation kick-off kickoff workshop training campaign project programme pilot survey audit"
        " review switch transition building testing hiring onboarding rewrite refactoring cleanup clean-up"
        " inspection planning revision merger"
    )
)
# Nouns that say which way a measure goes.
UP_NOUNS = frozenset(listed("increase growth rise gain improvement doubling uplift"))
DOWN_NOUNS = frozenset(listed("reduction decrease drop decline cut fall halving saving"))
# What an aim is about when it is built or created; with one of these "build" is no work.
ABSTRACT = frozenset(
    listed(
        "trust culture reputation brand relationship loyalty resilience confidence value place experience"
        " community future environment workplace foundation capability advantage leadership momentum habit"
        " sense mindset business company organisation organization home world space clarity transparency"
        " ownership love passion pride joy excellence health happiness wellbeing well-being sustainability"
        " innovation service customer people everyone lever demand opportunity opportunities edge strength"
        " position way life choice partner employer pipeline"
        " market talent career knowledge workforce society economy generation skill access equity safety"
    )
)
AMBITIOUS = re.compile(
    r"\b(?:best|leading|leader|trusted|world[- ]class|outstanding|great|greatest|excellent|excellence|amazing"
    r"|delight\w*|seamless\w*|effortless\w*|easy|easier|easiest|simple|simpler|simplest|sustainable|healthy|healthier|happy|happier"
    r"|safe|safer|safest|proud|first choice|first$"
    r"|most \w+|number one|no\. ?1|unforgettable|reliable|stronger|strong|faster"
    r"|better|future-proof|inclusive|modern|innovative|exceptional|remarkable|loved|preferred|premier|favourite)\b",
    re.IGNORECASE,
)
CHANGE = re.compile(
    r"\b(?:more|fewer|less|higher|lower|shorter|faster|quicker|cheaper|smaller|larger|bigger|additional|extra|better"
    r"|up by|down by|up from|down from|up to|down to|increase of|decrease of|improvement of|reduction of|growth of)\b",
    re.IGNORECASE,
)
# What an organisation would say that nobody outside can picture, with plain words for it ("" : leave it out).
JARGON: Mapping[str, str] = {
    "synergy": "gain", "synergies": "gains", "synergistic": "", "holistic": "", "holistically": "", "paradigm": "model",
    "paradigm shift": "change", "best-in-class": "very good", "best in class": "very good",
    "best-of-breed": "very good",
    "world-class": "very good", "world class": "very good", "cutting-edge": "new", "cutting edge": "new",
    "bleeding-edge": "new", "bleeding edge": "new", "state-of-the-art": "modern", "next-generation": "new",
    "next-gen": "new", "game-changing": "new", "game changer": "change", "game-changer": "change",
    "low-hanging fruit": "easy gains", "move the needle": "make a difference", "boil the ocean": "do everything",
    "value-add": "benefit", "value add": "benefit", "value-added": "useful", "360-degree": "complete",
    "360 degree": "complete", "turnkey": "ready", "mission-critical": "essential", "thought leadership": "expertise",
    "thought leader": "expert", "deep dive": "look closely", "actionable insights": "findings", "win-win": "",
    "omnichannel": "on every channel", "hyper-growth": "growth", "hypergrowth": "growth", "north star": "aim",
    "operationalise": "put into practice", "operationalize": "put into practice", "incentivise": "reward",
    "incentivize": "reward", "utilise": "use", "utilize": "use", "productise": "sell", "productize": "sell",
    "ideate": "think of", "right-size": "adjust", "rightsize": "adjust", "disruptive": "new", "disrupt": "change",
    "frictionless": "easy", "core competency": "strength", "core competencies": "strengths",
    "circle back": "", "stakeholder alignment": "agreement", "impactful": "effective", "scalable": "",
}  # fmt: skip
# "utilise" loses only its ending, "world-class" its meaning: both are found as whole words.
JARGON_PATTERN = re.compile(
    rf"\b(?:{'|'.join(re.escape(each) for each in sorted(JARGON, key=len, reverse=True))})\b", re.IGNORECASE
)
STOP_WORDS = frozenset(
    listed(
        "a an the of in on at to for from by with and or our their its his her this that these those is are"
        " be been will we"
        " all per as into than until end"
    )
)


def singular(word: str) -> str:
    """A noun without its plural ending, near enough to look it up."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


def is_measure(word: str) -> bool:
    """Whether a word, alone or as the last part of a compound, names something measured."""
    small = word.lower()
    parts = (small, singular(small), singular(small.rpartition("-")[2]), small.rpartition("/")[2])
    return any(part in MEASURES for part in parts)


def is_deliverable(word: str) -> bool:
    """Whether a word names something work leaves behind."""
    small = word.lower()
    return small in DELIVERABLES or singular(small) in DELIVERABLES
