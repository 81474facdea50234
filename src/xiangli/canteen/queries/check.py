"""The checker of the points ledger: recomputes every balance and the whole chain from the rows as they lie.

It trusts no constraint and no stored sum, because what it looks for is a hand that got past them.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from xiangli.canteen.chain import FIELDS, SHORT, day_digest, row_digest
from xiangli.canteen.choices import AccountKind, PostingKind
from xiangli.canteen.models import Canteen, PointsAccount, PointsClaim, PointsPosting, PointsSeal
from xiangli.canteen.queries.points import balances
from xiangli.core.money import yuan

Rows = list[dict[str, Any]]


def check_points(canteen: Canteen, today: date, known: Mapping[str, str] | None = None) -> list[str]:
    """Every fault of a canteen's ledger in words; an empty list when all is well.

    ``known``: day -> digest as it was published or printed before, in full or its first signs.
    """
    rows: Rows = list(PointsPosting.everywhere.filter(canteen=canteen).order_by("pk").values("county_id", *FIELDS))
    seals = list(PointsSeal.everywhere.filter(canteen=canteen).order_by("day"))
    accounts = PointsAccount.everywhere.filter(canteen=canteen).in_bulk()
    return [
        *_chain(canteen, rows, seals), *_published(seals, known or {}), *_rows(canteen, rows, accounts),
        *_balances(canteen, rows, accounts, today),
    ]  # fmt: skip


def _chain(canteen: Canteen, rows: Rows, seals: list[PointsSeal]) -> Iterator[str]:
    """Days whose digest is not that of their rows, and which rows are to blame."""
    by_day: dict[date, dict[str, str]] = {}
    for row in rows:
        by_day.setdefault(row["day"], {})[str(row["id"])] = row_digest(row)
    previous = ""
    for seal in seals:
        found = by_day.pop(seal.day, {})
        for pk in sorted({*found, *seal.rows}, key=int):
            if pk not in found:
                yield f"{seal.day}：第 {pk} 笔不见了"
            elif pk not in seal.rows:
                yield f"{seal.day}：第 {pk} 笔是封账以后塞进来的"
            elif found[pk][:SHORT] != seal.rows[pk]:
                yield f"{seal.day}：第 {pk} 笔被改过"
        if seal.previous != previous:
            yield f"{seal.day}：封账没有接在前一天后面"
        if seal.digest != day_digest(seal.previous, canteen.pk, seal.day, found.values()):
            yield f"{seal.day}：这一天的指纹不对"
        previous = seal.digest
    last = seals[-1].day if seals else None
    for day in sorted(by_day):
        if last and day <= last:
            yield f"{day}：这一天有账，却没有封"


def _published(seals: list[PointsSeal], known: Mapping[str, str]) -> Iterator[str]:
    ours = {seal.day.isoformat(): seal.digest for seal in seals}
    for day, digest in sorted(known.items()):
        if day not in ours:
            yield f"{day}：公布过这一天的指纹，现在没有了"
        elif not digest or not ours[day].startswith(digest):
            yield f"{day}：现在的指纹和公布过的不一样"


def _rows(canteen: Canteen, rows: Rows, accounts: dict[int, PointsAccount]) -> Iterator[str]:
    """Postings that do not fit what they rest on."""
    by_id = {row["id"]: row for row in rows}
    claims = PointsClaim.everywhere.filter(canteen=canteen).in_bulk()
    reversed_once: set[int] = set()
    for row in rows:
        where = f"{row['day']}：第 {row['id']} 笔"
        if row["amount"] <= 0 or row["from_account_id"] == row["to_account_id"]:
            yield f"{where}的数目或账户不对"
        if row["from_account_id"] not in accounts or row["to_account_id"] not in accounts:
            yield f"{where}的账户不是这个食堂的"
        if row["county_id"] != canteen.county_id:
            yield f"{where}记在别的县（区）名下"
        if row["kind"] == PostingKind.EARN:
            claim = claims.get(row["claim_id"])
            if claim is None or (claim.amount, claim.account_id) != (row["amount"], row["to_account_id"]):
                yield f"{where}和登记的积分不符"
            elif len({claim.proposed_by_id, claim.reviewed_by_id, row["by_id"], None}) < 4:
                yield f"{where}不是三个人办的"
        if row["kind"] == PostingKind.REVERSE:
            first = by_id.get(row["reverses_id"])
            ends = (row["to_account_id"], row["from_account_id"], row["amount"])
            if not first or ends != (first["from_account_id"], first["to_account_id"], first["amount"]):
                yield f"{where}冲的不是它说的那一笔"
            if row["reverses_id"] in reversed_once:
                yield f"{where}把同一笔冲了两次"
            reversed_once.add(row["reverses_id"])


def _balances(
    canteen: Canteen, rows: Rows, accounts: dict[int, PointsAccount], today: date
) -> Iterator[str]:  # fmt: skip
    """Every balance added up again row by row; passbooks that were ever below nothing; counts that differ."""
    held = dict.fromkeys(accounts, 0)
    moves = dict.fromkeys(accounts, 0)
    for row in rows:
        source, target = row["from_account_id"], row["to_account_id"]
        if source in held and target in held:
            held[source] -= row["amount"]
            held[target] += row["amount"]
            moves[source] += 1
            if held[source] < 0 and accounts[source].kind != AccountKind.ISSUE:
                yield f"{row['day']}：第 {row['id']} 笔使{_name(accounts[source])}透支到 {yuan(held[source])}"
    told = balances(canteen, today)
    for pk, account in accounts.items():
        if held[pk] != (told[pk].total if pk in told else 0):
            yield f"{_name(account)}的余额应是 {yuan(held[pk])}，查出来是 {yuan(told[pk].total if pk in told else 0)}"
        if moves[pk] != account.moves:
            yield f"{_name(account)}支出过 {account.moves} 笔，账上只有 {moves[pk]} 笔"
    if sum(held.values()):
        yield f"全部账户加起来是 {yuan(sum(held.values()))}，应是 0"


def _name(account: PointsAccount) -> str:
    return f"{account.number} 号存折" if account.kind == AccountKind.PASSBOOK else f"“{account.get_kind_display()}”账户"
