"""How alike two short Chinese texts are: cosine of their character bigrams, rare ones weighing more (TF-IDF).

Nothing is learnt and nothing decides: it only orders suggestions for the person who codes open answers.
Source: Salton & Buckley (1988), term-weighting approaches in automatic text retrieval.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

Vector = Mapping[str, float]


def bigrams(text: str) -> Counter[str]:
    """Overlapping pairs of letters and characters, without spaces and punctuation; one lone character counts alone."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text).lower() if unicodedata.category(c)[0] in "LN")
    return Counter([plain[i : i + 2] for i in range(len(plain) - 1)] or ([plain] if plain else []))


class Likeness:
    """Compares texts by the bigrams of a collection: the more of its texts hold a bigram, the less it says."""

    def __init__(self, texts: Iterable[str]) -> None:
        held: Counter[str] = Counter()
        self.size = 0
        for text in texts:
            self.size += 1
            held.update(set(bigrams(text)))
        self.rarity = {pair: math.log((1 + self.size) / (1 + n)) + 1 for pair, n in held.items()}
        self.unseen = math.log(1 + self.size) + 1

    def vector(self, text: str) -> Vector:
        raw = {pair: (1 + math.log(n)) * self.rarity.get(pair, self.unseen) for pair, n in bigrams(text).items()}
        length = math.sqrt(sum(x * x for x in raw.values()))
        return {pair: x / length for pair, x in raw.items()} if length else {}

    @staticmethod
    def cosine(one: Vector, other: Vector) -> float:
        if len(other) < len(one):
            one, other = other, one
        return math.fsum(x * other.get(pair, 0.0) for pair, x in one.items())


def suggest(
    texts: Sequence[str],
    examples: Mapping[int, Sequence[str]],
    likeness: Likeness,
    *,
    least: float = 0.06,
    most: int = 5,
) -> list[list[tuple[int, float]]]:
    """For each text the codes whose examples (the code's own words, what was coded so before) are most like it.

    ``examples``: code -> texts. Returns (code, cosine 0..1) for those that reach ``least``, best first.
    """
    said = dict.fromkeys((code, example) for code, several in examples.items() for example in several)  # each once
    known = [(code, likeness.vector(example)) for code, example in said]
    found = []
    for text in texts:
        here = likeness.vector(text)
        scores: dict[int, float] = {}
        for code, there in known:
            scores[code] = max(scores.get(code, 0.0), likeness.cosine(here, there))
        near = sorted(
            ((code, score) for code, score in scores.items() if score >= least), key=lambda one: (-one[1], one[0])
        )
        found.append(near[:most])
    return found
