"""How likely a chance is, in the few words the product uses everywhere; a figure alone reads as more than it is."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.core.words import Words
from sextant.forecasts.sentences import hundredths

BANDS: Sequence[tuple[float, str, Words]] = (
    (0.90, "very_likely", gettext_lazy("very likely")),
    (0.70, "likely", gettext_lazy("likely")),
    (0.30, "even", gettext_lazy("could go either way")),
    (0.10, "unlikely", gettext_lazy("unlikely")),
    (0.00, "very_unlikely", gettext_lazy("very unlikely")),
)
"""From which share on a chance is called what, with the key of the band."""
HINTS = ("already-likely", "very-unlikely")


def band(share: float) -> str:
    """The key of the band a chance from 0 to 1 falls into. The bands end where statuses do (calc.pace)."""
    return next((key for least, key, _words in BANDS if share >= least), BANDS[-1][1])


def chance_words(share: float) -> str:
    """A chance in words: "likely, 78 %"."""
    words = next(words for _least, key, words in BANDS if key == band(share))
    percent = hundredths(share)
    if band(percent / 100) != band(share):  # rounded into the next band: 69.9 % is not the 70 % that is likely
        percent -= 1
    return _("%(words)s, %(percent)s %%") % {"words": words, "percent": percent}


def hint_key(share: float) -> str:
    """Which of HINTS a chance at the start calls for: above nine tenths, below one tenth; empty for others."""
    return HINTS[0] if share > 0.9 else HINTS[1] if share < 0.1 else ""


def start_hint(share: float) -> str:
    """What to ask before a target is agreed that is nearly certain or nearly out of reach; empty for others."""
    key, words = hint_key(share), {"percent": hundredths(share)}
    if key == "already-likely":
        return (
            _(
                "Already likely: by its forecast it is met in %(percent)s of 100 cases without doing anything. "
                "Is it ambitious enough?"
            )
            % words
        )
    if key == "very-unlikely":
        return (
            _("Very unlikely: by its forecast it is met in %(percent)s of 100 cases. What will be done differently?")
            % words
        )
    return ""
