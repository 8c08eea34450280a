"""The metrics of one import, found again by identifier, by name, or by an identifier inside a file's name."""

from collections import defaultdict
from collections.abc import Iterable

from sextant.exchange.understanding.cells import identity, normal
from sextant.exchange.understanding.drafts import MetricDraft
from sextant.exchange.understanding.facts import Facts, clean, direction_in, teach


class Catalogue:
    """Drafts in the order of their first mention. The first source that states a fact wins."""

    def __init__(self) -> None:
        self.drafts: list[MetricDraft] = []
        self.facts: dict[int, list[Facts]] = defaultdict(list)
        self.disagreements: list[tuple[MetricDraft, str, str]] = []
        self._ids: dict[str, list[int]] = defaultdict(list)
        self._names: dict[str, list[int]] = defaultdict(list)

    def new(self, name: str, external_id: str = "", **more: object) -> MetricDraft:
        """A new draft, findable by its identifier and name."""
        draft = MetricDraft(len(self.drafts), name, external_id or name, **more)  # type: ignore[arg-type]
        draft.key_hint = identity(external_id or name)[:80]
        self.drafts.append(draft)
        self.index(draft, external_id)
        return draft

    def index(self, draft: MetricDraft, external_id: str = "") -> None:
        """Make a draft findable."""
        if external_id:
            self._ids[identity(external_id)].append(draft.index)
        if draft.name:
            self._names[normal(draft.name)].append(draft.index)

    def find(self, ident: str, name: str = "") -> MetricDraft | None:
        """The one draft with this identifier, else with this name; None when there is none or several."""
        for known, text in ((self._ids, identity(ident)), (self._names, normal(name)), (self._names, normal(ident))):
            places = dict.fromkeys(known.get(text, ())) if text else {}
            if len(places) == 1:
                return self.drafts[next(iter(places))]
        return None

    def is_ambiguous(self, name: str) -> bool:
        """Whether several metrics bear this name."""
        return len(set(self._names.get(normal(name), ()))) > 1

    def in_text(self, text: str) -> MetricDraft | None:
        """The metric whose identifier stands as whole words in a file's or sheet's name; the longest wins.

        "indicator_1-1-1" holds "1.1.1". An identifier of one short word counts only at the end. None when
        two different identifiers fit equally well.
        """
        tokens = identity(text).split("-")
        for size in range(len(tokens), 0, -1):
            found = set()
            for start in range(len(tokens) - size + 1):
                words = "-".join(tokens[start : start + size])
                if size == 1 and len(words) < 4 and start + size != len(tokens):
                    continue
                found |= set(self._ids.get(words, ()))
            if len(found) == 1:
                return self.drafts[found.pop()]
            if found:
                return None
        return None

    def add(self, facts: Facts) -> MetricDraft:
        """Take what a source says: into the metric it is about, or as a new one."""
        draft = self.find(facts.id, facts.name) if not facts.id else self._by_id(facts.id)
        if draft is None:
            draft = self.new(facts.name or facts.id, facts.id, file=facts.file, sheet=facts.sheet, row=facts.row)
        origin = facts.file + (f" row {facts.row}" if facts.row else "")
        self.facts[draft.index].append(facts)
        self._compare(draft, facts, origin)
        teach(draft, facts.texts, facts.numbers, origin)
        if not draft.targets and facts.targets:
            draft.targets = list(facts.targets)
            draft.evidence["target"] = origin
        said = set(facts.directions.values())
        if len(said) == 1:
            draft.learn("direction", said.pop(), origin)
        return draft

    def _by_id(self, ident: str) -> MetricDraft | None:
        places = self._ids.get(identity(ident), [])
        return self.drafts[places[0]] if places else None

    def _compare(self, draft: MetricDraft, facts: Facts, origin: str) -> None:
        """Remember where a later source contradicts what is known already."""
        known = {target.target for target in draft.targets if target.target is not None}
        stated = {target.target for target in facts.targets if target.target is not None}
        if known and stated and not (known & stated):
            kept = ", ".join(f"{value:g}" for value in sorted(known))
            other = ", ".join(f"{value:g}" for value in sorted(stated))
            self.disagreements.append(
                (draft, "targets-disagree", f"“{draft.name}”: target {kept} of {draft.evidence.get('target', '')} "
                 f"is used; {origin} says {other}.")
            )  # fmt: skip


def infer_directions(drafts: Iterable[MetricDraft]) -> None:
    """Where no source names a direction, the target's sentence or its place against the baseline does."""
    for draft in drafts:
        if draft.direction:
            continue
        said = direction_in(clean(draft.target_text))
        if said and draft.targets:
            draft.learn("direction", said, "the target's wording")
        aims = [target.target for target in draft.targets if target.target is not None]
        if draft.baseline is not None and aims and aims[-1] != draft.baseline:
            draft.learn("direction", "up" if aims[-1] > draft.baseline else "down", "target against baseline")
        if any(target.low is not None and target.high is not None for target in draft.targets):
            draft.learn("direction", "within", "the target is a band")
        flags = [(target.target, target.red_flag) for target in draft.targets]
        for target, flag in flags:
            if target is not None and flag is not None and target != flag:
                draft.learn("direction", "up" if target > flag else "down", "target against red flag")
