# SPDX-License-Identifier: Apache-2.0
"""What limits the rate of a plan, in one sentence: a demand, the network's line, memory, a layer that gets no faster, or the cards' room."""

from collections.abc import Iterator

from levada.core.manifests import Layer, Plan, Record, Utilisation
from levada.core.resources import NAMES, Name
from levada.partition.ilp import CYCLES
from levada.partition.question import Question
from levada.partition.wishes import FLAG_NAMES


class Answer(Record, frozen=True, kw_only=True):
    """A plan with the question that it answers."""

    question: Question
    plan: Plan

    @property
    def demanded(self) -> bool:
        """Say whether the rate was demanded, so that it is no measure of what is possible."""
        return self.question.settings.fps is not None

    @property
    def by_line(self) -> bool:
        """Say whether the network carries fewer images than the layers take."""
        return self._held_up and not self.by_memory

    @property
    def by_memory(self) -> bool:
        """Say whether weights from outside come more slowly than the layers take images, and than the network carries them."""
        return self._held_up and self.plan.performance.limited_by in {layer.name for layer in self.plan.layers}

    @property
    def _held_up(self) -> bool:
        return self.plan.performance.images_per_s < self._rate_of_layers * (1 - 1e-9)

    @property
    def by_layer(self) -> bool:
        """Say whether a layer is as slow as its fastest folding, so that neither room nor cards would help."""
        return not self._held_up and self.plan.performance.cycles == least_cycles(self.question)

    @property
    def _rate_of_layers(self) -> float:
        return self.plan.clock_mhz * 1e6 / self.plan.performance.cycles

    def limit(self) -> str:
        """Return what limits the rate, as a sentence."""
        if self.demanded:
            return f"the rate is demanded: {self.question.settings.fps:.12g} images/s (--fps), with the least hardware that reaches it"
        if self.by_memory:
            return self._memory()
        if self.by_line:
            return self._line()
        return self._layer() if self.by_layer else self._room()

    def _line(self) -> str:
        plan = self.plan
        loads = {("leave", cut.source_card): 0.0 for cut in plan.cuts} | {
            ("enter", cut.sink_card): 0.0 for cut in plan.cuts
        }
        for cut in plan.cuts:
            loads["leave", cut.source_card] += cut.gbps
            loads["enter", cut.sink_card] += cut.gbps
        word, card = max(loads, key=lambda each: loads[each])
        return (
            f"the network's line: {loads[word, card]:.3g} Gb/s {word} card {card}, all that it carries; "
            f"the layers alone would reach {self._rate_of_layers:.1f} images/s"
        )

    def _memory(self) -> str:
        speed = self.plan.performance
        layer = next(each for each in self.plan.layers if each.name == speed.limited_by)
        return (
            f"memory: the weights of layer {layer.name} come through one port of card {layer.card} at {layer.external_bytes * speed.images_per_s / 1e9:.3g} GB/s, "
            f"all that it delivers; the layers alone would reach {self._rate_of_layers:.1f} images/s"
        )

    def _layer(self) -> str:
        """Return which layer gets no faster, and why; one that cannot be freed is named before one that can."""
        slowest = [_Slowest(question=self.question, layer=layer) for layer in self._slow()]
        stuck = next((each for each in slowest if not each.faster(each.all)), None)
        if stuck is not None:
            return f"{stuck.told()} in its fastest folding"
        fixed = next((each for each in slowest if not each.faster(each.allowed)), None)
        if fixed is not None:
            which = "the folding" if len(fixed.allowed) == 1 else "the fastest of the foldings"
            return f"{fixed.told()} in {which} asked for; --folding fastest leaves foldings open"
        widest = max(slowest, key=lambda each: each.wider)
        return (
            f"{widest.told()}, the fastest with weight words of at most {self.question.settings.weight_stream_bits} bits; "
            f"words of {widest.wider} bits would let it be faster (--weight-stream-bits {widest.wider})"
        )

    def _slow(self) -> Iterator[Layer]:
        least = least_cycles(self.question)
        for layer, options in zip(self.question.dataflow.layers, self.question.options, strict=True):
            if min(each.cycles for each in options.candidates) == least:
                yield layer

    def _room(self) -> str:
        fullest = max(_shares(self.plan), key=lambda each: each[0], default=None)
        full = "" if fullest is None else f": the fullest is {_where(*fullest[1:])} at {fullest[0]:.1%} of its limit"
        count = len(self.plan.cards)
        return f"what fits together on {count} card{'s' if count > 1 else ''}{full}; {self._proven()}"

    def _proven(self) -> str:
        cycles, bound = self.plan.performance.cycles, max(proven_cycles(self.plan), least_cycles(self.question))
        if bound >= cycles:
            return f"fewer than its {cycles} cycles are proven impossible"
        return f"fewer than {bound} cycles are proven impossible, {1 - bound / cycles:.1%} under its {cycles}"


class _Slowest(Record, frozen=True, kw_only=True):
    """A layer whose fastest candidate is as slow as the plan."""

    question: Question
    layer: Layer

    @property
    def all(self) -> tuple[int, ...]:
        return tuple(range(len(self.layer.foldings)))

    @property
    def allowed(self) -> tuple[int, ...]:
        return self.question.folding(self.layer)

    @property
    def cycles(self) -> int:
        return least_cycles(self.question)

    def faster(self, foldings: tuple[int, ...]) -> list[int]:
        """Return the bits of a weight word of those of ``foldings`` that take fewer cycles."""
        found = (self.layer.foldings[each] for each in foldings)
        return [each.weights.bits if each.weights else 0 for each in found if each.cycles < self.cycles]

    @property
    def wider(self) -> int:
        """Return the narrowest word with which the layer would be faster."""
        return min(self.faster(self.allowed))

    def told(self) -> str:
        return f"layer {self.layer.name} takes {self.cycles} cycles"


def least_cycles(question: Question) -> int:
    """Return the cycles of the layer that is slowest where each is as fast as it can be: fewer are not to be had on any number of cards."""
    return max(min(each.cycles for each in options.candidates) for options in question.options)


def proven_cycles(plan: Plan) -> int:
    """Return the cycles below which the plan's proof rules every placement out; 0 where it says nothing."""
    return max((int(goal.bound) for goal in plan.proof.objectives if goal.name == CYCLES), default=0)


def _shares(plan: Plan) -> Iterator[tuple[float, Utilisation, Name]]:
    """Yield how much of each limit of each card and SLR is used."""
    for use in plan.utilisation:
        for name in NAMES:
            used, capacity = use.used.get(name), use.capacity.get(name)
            if used is not None and capacity:
                yield used / (capacity * use.limit.get(name)), use, name


def _where(use: Utilisation, name: Name) -> str:
    return f"{FLAG_NAMES[name]} of {'' if use.slr is None else f'SLR {use.slr} of '}card {use.card}"
