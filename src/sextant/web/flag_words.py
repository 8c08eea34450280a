"""Flags on a key result in sentences."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.forecasts.words import HINTS, start_hint
from sextant.okrs.queries.gaming import Flag
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.web import okr_words
from sextant.web.kpi_words import hour_words, said


def flag_sentences(actor: Actor, each: KeyResultStanding, flags: list[Flag]) -> list[str]:
    """What is to be said, without blame; a guard the actor may not see is not named."""
    found = []
    for flag in flags:
        if flag.key == "target-nearly-met":
            found.append(_("It started close to its target: nine tenths or more were there already."))
        elif flag.key == "target-eased":
            words = {
                "before": okr_words.figure(each, flag.before), "after": okr_words.figure(each, flag.after),
                "share": okr_words.share_words(flag.share),
            }  # fmt: skip
            sentence = _("The target came nearer, from %(before)s to %(after)s, with %(share)s of the time gone.")
            found.append(sentence % words)
        elif flag.key == "measure-changed" and flag.hour is not None:
            sentence = _("It is measured otherwise since %(day)s: values before and after may not compare.")
            found.append(sentence % {"day": hour_words(flag.hour)})
        elif flag.key == "owner-left":
            found.append(_("Its owner has left: it needs a new owner."))
        elif flag.key in HINTS and flag.share is not None:
            found.append(start_hint(flag.share))
        elif flag.guard is not None:
            if visible("metric", actor).filter(pk=flag.guard.pk).exists():
                words = {
                    "name": flag.guard.name, "before": said(flag.before, flag.guard),
                    "after": said(flag.after, flag.guard),
                }  # fmt: skip
                if flag.is_target_met:
                    sentence = _(
                        "The target is met, and what must not get worse did: %(name)s was %(before)s, now %(after)s."
                    )
                else:
                    sentence = _("What must not get worse did: %(name)s was %(before)s and is %(after)s.")
                found.append(sentence % words)
            elif flag.is_target_met:
                found.append(_("The target is met, and what must not get worse did."))
            else:
                found.append(_("What must not get worse did."))
    return found
