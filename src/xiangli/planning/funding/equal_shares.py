"""The Method of Equal Shares, exactly.

Source: Peters, Pierczyński & Skowron (2021), "Proportional Participatory Budgeting with Additive Utilities". Everybody
gets an equal share of the budget. A project is bought with the money of its supporters, each paying in proportion to
her satisfaction, at most what she has left; the project with the lowest price per unit of satisfaction (rho) is next.

How it is fast: equal ballots are one, and a price is looked at again only when it could be the lowest (money only
shrinks, so an old price is a lower bound). A project whose supporters can all pay their full part has its price at
best; of those it is the first by (price at best, id) that can be next, so the others need no look. How it is exact all
the same: floats carry a bound on their error and decide what they can (`pricing`); what they cannot, a tie above all,
is decided with fractions (`purses`).
"""

from __future__ import annotations

import heapq
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from .pricing import Pricing, Quote
from .purses import EPS, Purchase, Purses

if TYPE_CHECKING:
    from .support import Support

INFINITE = float("inf")


class _Offer(NamedTuple):
    """A project whose price is known as far as floats know it: between low and high."""

    low: float
    high: float
    project: int
    share: float
    error: float
    at_best: bool


class Run:
    """One run of the rule with a given first share, a purchase at a time; `purchases` grows in the order bought."""

    def __init__(self, support: Support, first_share: Fraction, *, all_ties: bool = True) -> None:
        self.support = support
        self.purses = Purses(support, first_share)
        self.pricing = Pricing(self.purses)
        self.ties: list[tuple[str, ...]] = []  # ids that a tie was between, the winner first
        self.all_ties = all_ties  # otherwise only those that were looked at anyway
        self.fresh = 0  # place in `support.opening` of the first project not looked at yet
        self.queue: list[tuple[float, int]] = []  # a heap: lower bounds of the prices of those that were
        self.done = False

    @property
    def purchases(self) -> list[Purchase]:
        return self.purses.purchases

    @property
    def first_share(self) -> Fraction:
        return self.purses.first_share

    @property
    def cost(self) -> int:
        """Of everything bought so far."""
        return sum(self.support.costs[purchase.project] for purchase in self.purchases)

    def finish(self) -> Run:
        """Buys until nothing more can be bought."""
        while self.step():
            pass
        return self

    def step(self, floor: float = 0.0) -> bool:
        """Buys the next project; False when no project can be bought any more.

        floor: prices up to it are looked at even where they cannot be the lowest, so that `next_low` tells them apart.
        """
        if self.done:
            return False
        self.purses.resync()
        offers = self._offers(floor)
        if not offers:
            self.done = True
            return False
        winner = self._winner(offers)
        purchase = self.purses.pay(winner.project, winner.share, winner.error)
        purchase.at_best, purchase.high = winner.at_best, winner.high
        purchase.next_low = purchase.better_low = min(self._first_fresh(), self.queue[0][0] if self.queue else INFINITE)
        if winner.at_best and purchase.next_low <= winner.high:
            purchase.better_low = self._lowest_before(winner)
        return True

    def _winner(self, offers: list[_Offer]) -> _Offer:
        """The one with the lowest price; the others go back into the queue."""
        rivals = offers
        if len(offers) > 1:
            bar = min([offer.high for offer in offers])
            rivals = [offer for offer in offers if offer.low <= bar]
        if self.all_ties and offers[-1].at_best:
            rivals = rivals + self._equals(offers[-1])
        winner = rivals[0] if len(rivals) == 1 else self._settle(rivals)
        for offer in offers:
            if offer is not winner:
                heapq.heappush(self.queue, (offer.low, offer.project))
        return winner

    def _first_fresh(self) -> float:
        opening = self.support.opening
        return opening[self.fresh][0] if self.fresh < len(opening) else INFINITE

    def _lowest_before(self, winner: _Offer) -> float:
        """Lower bound of the prices of what comes before it by (price at best, id)."""
        rank, opening = self.support.rank, self.support.opening
        place = rank[winner.project]
        low = opening[self.fresh][0] if self.fresh < place else INFINITE
        if self.queue and self.queue[0][0] <= winner.high:
            return min([low, *(other for other, p in self.queue if rank[p] < place)])
        return min(low, self.queue[0][0] if self.queue else INFINITE)

    def _offers(self, floor: float) -> list[_Offer]:
        """Every project whose price may be the lowest; who cannot be bought now never can and is forgotten.

        They are taken out of the queue. Of the fresh ones, the first whose price is at best is the last that is looked
        at, and stands last.
        """
        offers: list[_Offer] = []
        dearer: list[tuple[float, int]] = []  # looked at, but not all the way: a lower bound is enough
        best: _Offer | None = None
        bar, queue = INFINITE, self.queue
        while True:
            fresh = INFINITE if best else self._first_fresh()
            known = queue[0][0] if queue else INFINITE
            lowest = min(fresh, known)
            if lowest > max(bar, floor) or lowest == INFINITE:
                break
            if fresh <= known:
                p = self.support.opening[self.fresh][1]
                self.fresh += 1
            else:
                p = heapq.heappop(queue)[1]
            quote = self.pricing.quote(p, max(bar, floor))
            if quote is None:
                continue
            offer = self._offer(p, quote)
            if not quote.settled:
                dearer.append((offer.low, p))
                continue
            bar = min(bar, offer.high)
            if offer.at_best and fresh <= known:
                best = offer
            else:
                offers.append(offer)
        for entry in dearer:
            heapq.heappush(queue, entry)
        return [*offers, best] if best else offers

    def _offer(self, p: int, quote: Quote) -> _Offer:
        scale = self.support.scale[p]
        low = (quote.share - quote.error) / scale * (1 - 4 * EPS)
        high = (quote.share + quote.error) / scale * (1 + 4 * EPS)
        return _Offer(low, high, p, quote.share, quote.error, quote.at_best)

    def _equals(self, best: _Offer) -> list[_Offer]:
        """Fresh projects with the same price at best that may still have it: they lose the tie, but it was one."""
        found = []
        for _, p in self.support.opening[self.fresh : self.support.equal_until[self.support.rank[best.project]]]:
            quote = self.pricing.quote(p, best.high)
            if quote is not None and quote.settled:
                offer = self._offer(p, quote)
                if offer.low <= best.high:
                    found.append(offer)
        return found

    def _settle(self, rivals: list[_Offer]) -> _Offer:
        """The lowest price among those the floats cannot tell apart; equal prices: the smallest id."""
        if all(offer.at_best for offer in rivals):
            rivals = sorted(rivals, key=lambda offer: self.support.rank[offer.project])
            best = self.support.best_price[rivals[0].project]
            tied = tuple(self.support.ids[o.project] for o in rivals if self.support.best_price[o.project] == best)
            if len(tied) > 1:
                self.ties.append(tied)
            return rivals[0]
        exact = []
        for offer in rivals:
            share = self.pricing.exact_share(offer.project)
            if share is not None:
                exact.append((share / self.support.factor[offer.project], self.support.ids[offer.project], offer))
        exact.sort(key=lambda item: (item[0], item[1]))
        tied = tuple(id_ for price, id_, _ in exact if price == exact[0][0])
        if len(tied) > 1:
            self.ties.append(tied)
        return exact[0][2]
