"""M01 to M30, M34 and M37 (DOMAIN.md §8): what each is called, what it means, which two counts it is made of. Shown beside the number.

`n` and `d` name measures of measures.py and rounds.py. Words are here, and not in the PWA, because documents print them too.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["count", "rate", "per", "hours", "score"]
"""count: a number of things; rate: n/d in percent; per: n/d as it is; hours: a time; score: of 100."""


@dataclass(frozen=True)
class Metric:
    id: str
    zh: str
    en: str
    means_zh: str
    means_en: str
    n: str
    d: str | None = None
    kind: Kind = "rate"


COHORT_ZH = "发现时间在时段内、未被不予受理、并案或作废的问题"
COHORT_EN = "Cases found in the period that were not rejected, merged or voided"

METRICS = (
    Metric("M01", "发现数", "Found", COHORT_ZH, COHORT_EN, "found", kind="count"),
    Metric(
        "M02", "整改率", "Closed of found",
        "已销项 / 发现数。回潮不影响首轮销项。新时段本来就低，请与 M03、M05 同看",
        "Closed / found. A relapse does not unmake the first closing. Low by nature in a fresh period: read M03 and M05 beside it",
        "closed", "found",
    ),
    Metric(
        "M02b", "整改率（不含当场整改）", "Closed of found, without on-the-spot ones",
        "不含当场整改的问题：已销项 / 发现数", "Closed / found, leaving out what was fixed on the spot",
        "closed_later", "found_later",
    ),
    Metric(
        "M03", "到期结案率", "Closed of due",
        "期限已到且已销项 / 期限已到（不含挂账）", "Due by now and closed / due by now, deferred ones left out",
        "due_closed", "due",
    ),
    Metric(
        "M04", "按时结案率", "Closed on time",
        "期限已到且在期限前销项 / 期限已到（不含挂账）", "Due by now and closed by then / due by now, deferred ones left out",
        "on_time", "due",
    ),
    Metric(
        "M05", "三日办结率", "Closed within 3 days",
        "发现后 72 小时内销项 / 发现已满 72 小时的问题", "Closed within 72 h of being found / found at least 72 h ago",
        "three_days", "three_days_of",
    ),
    Metric(
        "M05b", "三日办结率（不含疑难、挂账）", "Closed within 3 days, without planned and deferred ones",
        "同 M05，不含按方案办理的疑难问题和曾挂账的问题", "As M05, leaving out difficult cases with a plan and those ever deferred",
        "three_days_plain", "three_days_plain_of",
    ),
    Metric(
        "M06", "当场整改率", "Fixed on the spot", "当场整改 / 发现数", "Fixed where they were found / found", "on_spot", "found",
    ),
    Metric("M07", "协调率", "Coordinated", "协调处置 / 发现数", "Solved by coordination / found", "coordinated", "found"),
    Metric(
        "M08", "不隔夜率（转办）", "Passed on the same day",
        "发现当天（当地日）派单或销项 / 发现数", "Dispatched or closed on the local day they were found / found",
        "passed_same_day", "found",
    ),
    Metric(
        "M09", "当日整改率", "Fixed on the same day",
        "发现当天（当地日）销项 / 发现数", "Closed on the local day they were found / found", "fixed_same_day", "found",
    ),
    Metric(
        "M10", "返工率", "Returned for rework",
        "至少退回一次 / 至少复核一次", "Returned at least once / reviewed at least once", "returned", "reviewed",
    ),
    Metric(
        "M11", "一次通过率", "Passed at first review",
        "销项且从未退回 / 已销项", "Closed and never returned / closed", "first_pass", "closed",
    ),
    Metric(
        "M12", "回头看率", "Looked back at",
        "已回头看 / 应回头看（到期或已做）", "Look-backs made / look-backs due by now or made", "looked_back", "look_backs_due",
    ),
    Metric("M13", "巩固率", "Still in order", "回头看通过 / 已回头看", "Passed / look-backs made", "passed", "looked_back"),
    Metric("M14", "回潮率", "Relapsed", "回头看发现回潮 / 已回头看", "Relapsed / look-backs made", "relapsed_then", "looked_back"),
    Metric(
        "M15", "反复率", "Recurring",
        "30 天内同一地点（查重半径内）同类问题销项后又出现的新问题 / 发现数",
        "New cases of the kind and at the place (duplicate radius) of one closed within 30 days before / found",
        "recurring", "found",
    ),
    Metric(
        "M16", "超期未结", "Overdue and open",
        "期限早于截止时刻且未结（不含挂账）；分母为未结数", "Due before the cut-off and not closed, deferred ones left out; of all open",
        "overdue", "open", "count",
    ),
    Metric(
        "M17", "办结时间（中位）", "Time to close, median",
        "从发现到首轮销项的小时数，一半不超过此数；分母为已销项数",
        "Hours from found to first closed that half of them do not exceed; of all closed",
        "median_hours", "closed", "hours",
    ),
    Metric(
        "M17b", "办结时间（九成）", "Time to close, 90 %",
        "从发现到首轮销项的小时数，九成不超过此数；分母为已销项数",
        "Hours from found to first closed that nine in ten do not exceed; of all closed",
        "p90_hours", "closed", "hours",
    ),
    Metric(
        "M18", "有效上报率", "Valid reports",
        "已受理 /（已受理 + 不予受理）", "Accepted / (accepted + rejected)", "accepted_valid", "accepted_or_rejected",
    ),
    Metric(
        "M19", "准确立案率", "Accurate filing",
        "（已受理 − 作废）/ 已受理", "(Accepted − voided) / accepted", "accepted_kept", "accepted",
    ),
    Metric(
        "M20", "按时派遣率", "Dispatched in time",
        "在首次响应时限内派单或转协调 / 应派遣（不含当场整改）",
        "Dispatched or escalated within the first-response time of their nature / to be dispatched (not fixed on the spot)",
        "dispatched_in_time", "to_dispatch",
    ),
    Metric(
        "M21", "派遣准确率", "Dispatched to the right unit",
        "1 − 有理退单 / 派单数", "1 − founded bounces / orders", "orders_right", "orders",
    ),
    Metric(
        "M22", "推诿数", "Buck-passing",
        "无理退单数；分母为派单数", "Unfounded bounces; of all orders", "unfounded", "orders", "count",
    ),
    Metric(
        "M23", "按时领单率", "Claimed in time",
        "在领单时限内领单 / 派单数", "Claimed within the limit / orders", "claimed_in_time", "orders",
    ),
)  # fmt: skip
"""Of cases: M01 to M23."""

ROUNDS = (
    Metric(
        "M24", "巡查完成率", "Patrols done",
        "已完成的巡查任务 / 到期的巡查任务", "Slots done / slots due by now or done", "slots_done", "slots_due",
    ),
    Metric(
        "M25", "一日三查完成率", "Watches done",
        "已完成的一日三查 / 到期的一日三查", "Watch slots done / watch slots due by now or done", "watches_done", "watches_due",
    ),
    Metric(
        "M26", "点位覆盖率", "Points covered",
        "时段内到过的点位 / 在册测评点位", "Distinct points visited in the period / points in scope", "points_visited", "points_in_scope",
    ),
    Metric(
        "M27", "盲区（点位）", "Blind points",
        "连续若干天（默认 7 天）无人到过的点位；分母为在册测评点位", "Points nobody visited for n days (7 unless asked otherwise); of the points in scope",
        "blind_points", "blind_points_of", "count",
    ),
    Metric(
        "M27b", "盲区（网格）", "Blind grids",
        "连续若干天（默认 7 天）无人到过的网格；分母为网格数", "Grids nobody visited for n days (7 unless asked otherwise); of all grids",
        "blind_grids", "blind_grids_of", "count",
    ),
    Metric(
        "M28", "包干覆盖率", "Responsibility coverage",
        "有包干领导的重点点位 / 重点点位", "Key points with a leader who answers for them today / key points", "points_held", "points_to_hold",
    ),
    Metric(
        "M29", "每次巡查发现数", "Issues per patrol",
        "巡查中发现的问题 / 巡查次数", "Cases found on patrols / patrols begun in the period", "found_on_patrols", "patrols", "per",
    ),
    Metric(
        "M30", "点位得分", "Point score",
        "各点位最近一次得分的平均；得分 = 100 × Σ 权重·份额 / Σ 权重，只计适用项；分母为有得分的点位数",
        "Mean of the latest score of each point; score = 100 × Σ weight·share / Σ weight over applicable items; of points with a score",
        "point_score", "points_scored", "score",
    ),
    Metric(
        "M34", "互查漏查率", "Missed in the cross-check",
        "已发布的互查中，他人在 48 小时内于同一点位发现、且不在互查清单中的问题（不含动态类）/ 全部发现的问题",
        "In released rounds: found by others at the same points within 48 h and not on the team's list (lasting kinds) / all found there",
        "cross_missed", "cross_found",
    ),
)  # fmt: skip
"""Of patrols, duty and cross-checks: of the whole town, not by kind of case."""

PETITIONS = (
    Metric(
        "M37", "信访数", "Petitions", "时段内收到的信访，不含登记后划去的", "Petitions received in the period, without those struck out",
        "petitions", kind="count",
    ),
)  # fmt: skip
"""Of the town's register of petitions."""
