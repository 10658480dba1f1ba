"""List the questions about a project that are computed when they are asked."""

from typing import Final

from consumers.assessing import QUALITY
from consumers.branch_answers import BRANCH, BRANCHES, COMPARISON
from consumers.comparing import COMPARE
from consumers.conflicts import CONFLICTS
from consumers.contracts import CONTRACTS
from consumers.costing import COST
from consumers.day_sheets import DAY_SHEET
from consumers.disputing import DISPUTES
from consumers.explaining import SLIPS, WHY
from consumers.forecasting import FORECAST
from consumers.handing_over import HANDOVER
from consumers.inquiries import INQUIRIES
from consumers.levelling import LEVELLING
from consumers.loading import LOAD
from consumers.meetings import MEETINGS
from consumers.notices import NOTICES
from consumers.planning_material import MATERIAL
from consumers.published import PUBLISHED
from consumers.question import Question
from consumers.reporting import REPORTS
from consumers.ruling import QUESTION as RULES
from consumers.special_requests import REQUESTS
from consumers.status_reporting import STATUS_REPORT
from consumers.vendors import VENDORS

QUESTIONS: Final[tuple[Question, ...]] = (
    WHY,
    SLIPS,
    COMPARE,
    LEVELLING,
    FORECAST,
    QUALITY,
    RULES,
    REPORTS,
    COST,
    LOAD,
    DAY_SHEET,
    VENDORS,
    CONTRACTS,
    CONFLICTS,
    REQUESTS,
    MEETINGS,
    INQUIRIES,
    NOTICES,
    HANDOVER,
    DISPUTES,
    MATERIAL,
    BRANCHES,
    BRANCH,
    COMPARISON,
    STATUS_REPORT,
    PUBLISHED,
)
