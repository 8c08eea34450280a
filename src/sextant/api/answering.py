"""How answers look: pages of items, derived numbers with their explanations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from django.http import HttpResponse
from pydantic import BaseModel, Field

from sextant.calc.periods import Calendar
from sextant.calc.why import Why
from sextant.kpis.queries.why import plain

T = TypeVar("T")


class Explanation(BaseModel):
    """Why a computed field has its value."""

    rule: str = Field(description="A stable key of the rule that decided.")
    formula: str = Field(description="The arithmetic in words or symbols.")
    inputs: dict[str, Any] = Field(description="The figures that went in, and `result`, what came out.")
    source: str = Field(description="The page and section of the method.")


class Page(BaseModel, Generic[T]):
    """Some items, and where to go on."""

    items: list[T]
    next: str | None = Field(description="Send it as `cursor` for the next page; null at the end.")


def explained(whys: Mapping[str, Why], calendar: Calendar = Calendar()) -> dict[str, Explanation]:
    """Explanations as they are sent: periods as people write them, hours as moments."""
    return {
        field: Explanation(rule=why.rule, formula=why.formula, inputs=plain(why.inputs, calendar), source=why.source)
        for field, why in whys.items()
    }


def answer(body: BaseModel, status: int = 200) -> HttpResponse:
    """The JSON of the body; what was not set (an explanation nobody asked for) is left out."""
    response = HttpResponse(
        body.model_dump_json(exclude_unset=True).encode(), status=status, content_type="application/json"
    )
    response.headers["Cache-Control"] = "no-store"
    return response
