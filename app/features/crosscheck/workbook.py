"""The report as a workbook: one sheet a section, heads in both languages. Names of units, none of people."""

from typing import Any

from app.core.sheets import xlsx_bytes
from app.features.crosscheck.schemas import FindingOut, ReportOut

Rows = list[list[Any]]


def xlsx(report: ReportOut, findings: list[FindingOut]) -> bytes:
    """The whole round."""
    return xlsx_bytes(
        {
            "轮次 Round": _round(report),
            "1 得分 Scores": _scores(report),
            "问题 Findings": _findings(findings),
            "类别 Categories": [["代码 Code", "类别", "Category", "数量 Count"]]
            + [[c.code, c.zh, c.en, c.count] for c in report.categories],
            "2 镜 Mirrors": _told(report.mirrors),
            "3 不 Completeness": _done(report),
            "4 互 Lessons": _told([*report.lessons, *report.practices]),
            "5 问 Questions": _five(report),
            "漏查 Missed": [["检查 Inspector", "被查 Target", "漏查 Missed", "全部 All"]]
            + [[m.inspector.zh, m.target.zh, m.missed, m.all] for m in report.missed],
        }
    )


def _round(report: ReportOut) -> Rows:
    round_ = report.round
    rows: Rows = [
        ["项目 Item", "值 Value"],
        ["编号 Code", round_.code],
        ["方向 Direction", round_.direction],
        ["配对方式 Pairing", round_.pairing],
        ["开始 Start", round_.start_at.isoformat()],
        ["揭晓 Reveal", round_.reveal_at.isoformat()],
        ["改期次数 Postponed", len(round_.postponed)],
        ["种子承诺 Commitment (SHA-256)", round_.commitment or "—"],
        ["种子 Seed", round_.seed or "—"],
        *[[f"随机数 Nonce {n.unit_id}", n.nonce] for n in round_.nonces],
        *[[f"检查 {edge.inspector.zh}", edge.target.zh] for edge in round_.edges],
    ]
    if report.verified:
        told = report.verified
        rows.append(
            ["回头看 Solved / not solved / relapsed", f"{told.solved} / {told.not_solved} / {told.relapsed}"]
        )
    return rows


def _scores(report: ReportOut) -> Rows:
    rows: Rows = [
        [
            "检查 Inspector",
            "被查 Target",
            "点位 Point",
            "状态 State",
            "得分 Score",
            "目标 Goal",
            "互评 Rating",
            "问题 Found",
        ]
    ]
    for t in report.targets:
        goal = report.round.target_score
        rows.append(
            [t.inspector.zh, t.target.zh, "", "", _or_dash(t.score), goal, _or_dash(t.rating), t.findings]
        )
        rows += [["", "", p.zh, p.state, _or_dash(p.score), "", "", ""] for p in t.points]
    return rows


def _findings(findings: list[FindingOut]) -> Rows:
    head = [
        "检查 Inspector",
        "被查 Target",
        "点位 Point",
        "类别 Category",
        "性质 Nature",
        "描述 Description",
        "发现时间 Found",
    ]
    rows: Rows = [[*head, "案件号 Case", "状态 State", "照片 Photos"]]
    for f in findings:
        rows.append(
            [
                f.inspector.zh, f.target.zh, f.point or "", f.office_category or f.category, f.nature, f.description,
                f.found_at.isoformat(), f.issue.no if f.issue else "", f.issue.state if f.issue else "", len(f.photos),
            ]
        )  # fmt: skip
    return rows


def _told(told: list[Any]) -> Rows:
    rows: Rows = [["检查 Inspector", "被查 Target", "类别 Category", "种类 Kind", "内容 Text"]]
    return rows + [[t.inspector.zh, t.target.zh, t.category or "", t.kind or "", t.text] for t in told]


def _done(report: ReportOut) -> Rows:
    rows: Rows = [
        [
            "检查 Inspector",
            "申报 Declared",
            "到访 Visited",
            "免查 Excused",
            "补充 Corrections",
            "提交 Submitted",
            "未签原因 Not signed",
        ]
    ]
    for d in report.done:
        at = d.submitted_at.isoformat() if d.submitted_at else ""
        rows.append(
            [d.inspector.zh, d.declared, d.visited, d.excused, d.corrections, at, d.not_signed_because or ""]
        )
    return rows


def _five(report: ReportOut) -> Rows:
    five = report.five
    rates = (
        ("知晓率 Awareness", five.awareness),
        ("满意率 Satisfaction", five.satisfaction),
        ("自用 Adopted", five.adopted),
    )
    rows: Rows = [["问 Question", "是 Good", "问到 Asked", "率 Rate"]]
    for name, rate in rates:
        share = f"{100 * rate['good'] / rate['asked']:.1f} %" if rate["asked"] else "—"
        rows.append([name, rate["good"], rate["asked"], share])
    rows += [[f"协调请求 {r.unit.zh}", r.text, r.answer, ""] for r in report.requests]
    return rows + [
        [f"待办 {t.unit.zh}", t.text, str(t.due_on or ""), str(t.done_at or "")] for t in report.tasks
    ]


def _or_dash(value: float | None) -> float | str:
    return "—" if value is None else value
