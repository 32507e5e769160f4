"""Wire forms of campaigns and standards."""

import uuid
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.features.standards.models import EvidencePolicy

PLAIN = r"^[^\x00-\x1f\x7f]*$"
"""One line of text: no control characters. PostgreSQL stores no NUL at all."""
Code = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]*$", max_length=24)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, min_length=1, max_length=120)]
NameEn = Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=160)]
Alias = Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, min_length=1, max_length=40)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-4]):[0-5]\d$")]


class In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class CampaignSettings(In):
    """What a town may set for a campaign, with the defaults of DOMAIN.md §4 and §5. Hours are calendar hours."""

    mode: Literal["campaign", "long_term"] = "campaign"
    long_term_factor: int = Field(2, ge=1, le=20)
    """In long-term mode units have so many times the hours of a category, and of the campaign's limit."""
    completion_limit_hours: int = Field(72, ge=1, le=8760)
    """Campaign clock: found to closed."""
    late_report_min_hours: int = Field(4, ge=0, le=168)
    """What a unit keeps at least of its deadline when the report came late from an offline phone."""
    claim_limit_hours: int = Field(4, ge=1, le=168)
    claim_limit_urgent_minutes: int = Field(30, ge=1, le=1440)
    plan_due_hours: int = Field(24, ge=1, le=720)
    """A difficult case: escalation to an approved plan."""
    appeal_days: int = Field(3, ge=0, le=60)
    on_spot_sample_percent: int = Field(10, ge=0, le=100)
    contact_sheet_most: int = Field(0, ge=0, le=100)
    """Cases that may be closed at once from the review desk's contact sheet; 0: the town does not allow it."""
    contact_sheet_sample_percent: int = Field(10, ge=0, le=100)
    """Of those that could be, so many are drawn for full review."""
    daily_sheet_cutoff: Clock = "18:00"
    daily_sheet_send_within_hours: int = Field(24, ge=1, le=168)
    overnight_cutoff: Clock = "24:00"
    lookback_after_days: list[Annotated[int, Field(ge=1, le=730)]] = Field([3, 7, 30], max_length=10)
    reopen_window_days: int = Field(30, ge=0, le=730)
    snap_radius_m: int = Field(50, ge=0, le=500)
    photo_pair_max_distance_m: int = Field(50, ge=1, le=1000)
    duplicate_radius_m: int = Field(50, ge=1, le=1000)
    """Open cases of the same kind this near are offered as "also this"."""
    max_bounces: int = Field(1, ge=0, le=10)
    max_extensions: int = Field(1, ge=0, le=10)
    watch_clean_days: int = Field(7, ge=1, le=90)
    chronic_threshold: int = Field(3, ge=1, le=50)
    first_bulletin_no: int = Field(1, ge=1, le=9999)
    """A town that sent ten bulletins before goes on with 11; the other two series likewise."""
    first_report_no: int = Field(1, ge=1, le=9999)
    first_notice_no: int = Field(1, ge=1, le=9999)
    talk_on_time_percent: int = Field(80, ge=0, le=100)
    """Units that closed fewer than so many in time are proposed for a talk (约谈)."""
    talk_relapse_percent: int = Field(20, ge=0, le=100)
    """And those of which more than so many relapsed."""
    talk_at_least: int = Field(5, ge=1, le=100)
    """Of at least so many due cases or look-backs: of fewer a percentage says nothing."""
    duty_training: list[
        Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, min_length=1, max_length=40)]
    ] = Field([], max_length=10)
    """Topics everybody must have been trained in before a duty can be begun (岗前培训); none: nobody is asked."""
    volunteer_age: tuple[int, int] = (18, 65)

    @model_validator(mode="after")
    def _ages(self) -> Self:
        low, high = self.volunteer_age
        if not 18 <= low <= high <= 120:
            raise ValueError("nobody under 18 has an account")
        return self


class SettingsOut(CampaignSettings):
    """All settings, set or default. One that this version no longer knows is left out."""

    model_config = ConfigDict(extra="ignore")


class Phase(In):
    code: Code
    name_zh: Name
    name_en: NameEn = ""
    start_on: date
    end_on: date
    is_standby: bool = False


class CampaignIn(In):
    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._-]+$", max_length=40)]
    name_zh: Annotated[
        str, StringConstraints(strip_whitespace=True, pattern=PLAIN, min_length=1, max_length=160)
    ]
    name_en: Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=200)] = ""
    kind: Literal["nominate", "create", "consolidate", "re_inspection", "model_city"] = "create"
    start_on: date
    end_on: date
    is_active: bool = False
    phases: list[Phase] = Field(default=[], max_length=40)
    settings: CampaignSettings = CampaignSettings()

    @model_validator(mode="after")
    def _dates(self) -> Self:
        if self.end_on < self.start_on:
            raise ValueError("end_on lies before start_on")
        return self


class CampaignPatch(In):
    name_zh: (
        Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, min_length=1, max_length=160)]
        | None
    ) = None
    name_en: (
        Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=200)] | None
    ) = None
    start_on: date | None = None
    end_on: date | None = None
    is_active: bool | None = None
    phases: list[Phase] | None = Field(None, max_length=40)
    settings: dict[str, Any] | None = Field(None, max_length=40)
    """Only the settings to change; the rest stay."""


class CampaignOut(Out):
    id: uuid.UUID
    town_id: uuid.UUID
    code: str
    name_zh: str
    name_en: str
    kind: str
    start_on: date
    end_on: date
    is_active: bool
    phases: list[Phase]
    settings: SettingsOut
    version: int


class CampaignList(BaseModel):
    items: list[CampaignOut]


class CategoryIn(In):
    """An entry of the category list as an administrator, a file or the standard's YAML gives it."""

    code: Code
    name_zh: Name
    name_en: NameEn = ""
    theme: Code
    handling_class: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_]*$", max_length=12)]
    focus: Code = "none"
    nature: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_]*$", max_length=12)] = "ordinary"
    deadline_hours: int = Field(24, ge=1, le=8760)
    is_dynamic: bool = False
    on_spot_allowed: bool = True
    evidence: EvidencePolicy = EvidencePolicy.AFTER_PHOTO
    aliases: list[Alias] = Field(default=[], max_length=30)
    is_active: bool = True


class CategoryPatch(In):
    name_zh: Name | None = None
    name_en: NameEn | None = None
    theme: Code | None = None
    handling_class: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_]*$", max_length=12)] | None = None
    focus: Code | None = None
    nature: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_]*$", max_length=12)] | None = None
    deadline_hours: int | None = Field(None, ge=1, le=8760)
    is_dynamic: bool | None = None
    on_spot_allowed: bool | None = None
    evidence: EvidencePolicy | None = None
    aliases: list[Alias] | None = Field(None, max_length=30)
    is_active: bool | None = None


class CategoryOut(Out):
    id: uuid.UUID
    code: str
    revision: int
    name_zh: str
    name_en: str
    theme: str
    handling_class: str
    focus: str
    nature: str
    deadline_hours: int
    is_dynamic: bool
    on_spot_allowed: bool
    evidence: EvidencePolicy
    aliases: list[str]
    is_active: bool


class CheckItemIn(In):
    code: Code
    name_zh: Annotated[
        str, StringConstraints(strip_whitespace=True, pattern=PLAIN, min_length=1, max_length=200)
    ]
    name_en: Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=240)] = ""
    theme: Code
    method: Code = "observe"
    category_codes: list[Code] = Field(default=[], max_length=60)
    is_active: bool = True


class CheckItemPatch(In):
    name_zh: (
        Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, min_length=1, max_length=200)]
        | None
    ) = None
    name_en: (
        Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=240)] | None
    ) = None
    theme: Code | None = None
    method: Code | None = None
    category_codes: list[Code] | None = Field(None, max_length=60)
    is_active: bool | None = None


class CheckItemOut(Out):
    id: uuid.UUID
    code: str
    revision: int
    name_zh: str
    name_en: str
    theme: str
    method: str
    category_codes: list[str]
    is_active: bool


class PointTypeIn(In):
    code: Code
    name_zh: Name
    name_en: NameEn = ""
    geometry: Literal["point", "line", "polygon"] = "point"
    zone: Code = "practice"
    buffer_m: int = Field(0, ge=0, le=500)
    check_item_codes: list[Code] = Field(default=[], max_length=200)
    is_active: bool = True


class PointTypePatch(In):
    name_zh: Name | None = None
    name_en: NameEn | None = None
    geometry: Literal["point", "line", "polygon"] | None = None
    zone: Code | None = None
    buffer_m: int | None = Field(None, ge=0, le=500)
    check_item_codes: list[Code] | None = Field(None, max_length=200)
    is_active: bool | None = None


class PointTypeOut(Out):
    id: uuid.UUID
    code: str
    revision: int
    name_zh: str
    name_en: str
    geometry: str
    zone: str
    buffer_m: int
    check_item_codes: list[str]
    is_active: bool


class ChecklistOut(BaseModel):
    """What is looked at at a kind of place. `version`: what a visit stores to find these very texts again."""

    version: str
    point_type: PointTypeOut
    items: list[CheckItemOut]


class Term(Out):
    """A word of a closed list: theme, zone, evidence policy, focus."""

    code: str
    name_zh: str
    name_en: str


class Nature(Term):
    first_response_hours: int
    approval: list[str]


class HandlingClass(Term):
    focus: list[Term]


class Result(Term):
    """`share` of a check item's weight that counts, in percent; null: not applicable."""

    share_percent: int | None


class Lists(Out):
    """The closed lists of a standard."""

    natures: list[Nature] = []
    themes: list[Term] = []
    handling_classes: list[HandlingClass] = []
    zones: list[Term] = []
    evidence_policies: list[Term] = []
    result_scale: list[Result] = []
    behaviours: list[Term] = []
    """What people are dissuaded from; counted on a patrol (S44)."""
    publicity_kinds: list[Term] = []
    """What is handed out or explained on a patrol."""


class StandardsOut(Lists):
    """Everything a phone needs offline to file a report in the town, but the points and the grids."""

    town_id: uuid.UUID
    version: str | None
    checklist_version: str
    """Of the check items and point types, edits included; see GET /api/checklists."""
    campaign: CampaignOut | None
    categories: list[CategoryOut]
    check_items: list[CheckItemOut]
    point_types: list[PointTypeOut]
