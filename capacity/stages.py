"""The stages of a plan, in order: what the command line, the app and batches all call."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from capacity.engine import building, demand, projection, standards, workforce
from capacity.engine import caseload as caseloads
from capacity.engine.caseload import Caseload
from capacity.engine.demand import Demand
from capacity.engine.model import Model
from capacity.engine.projection import Projection
from capacity.engine.standards import Judgement
from capacity.engine.workforce import Workforce
from capacity.errors import SolverError
from capacity.history import known
from capacity.reading.scenario import Scenario
from capacity.staffing import costs, questions, sizing, worth
from capacity.staffing.costs import Costs
from capacity.staffing.questions import Question
from capacity.staffing.sizing import Sizing
from capacity.staffing.worth import LastPost

METHOD_VERSION = "2"
"""Changes when the same inputs would give other figures."""


@dataclass(frozen=True)
class Option:
    """One way to staff: current posts, or the team needed."""

    name: str
    staff: Workforce
    projection: Projection
    judgements: tuple[Judgement, ...]
    costs: Costs


@dataclass(frozen=True, repr=False, eq=False)
class PlanResult:
    """Everything known about a scenario: current posts and, unless left out, the team needed."""

    model: Model
    caseload: Caseload
    demand: Demand
    today: Option
    sized: Option | None
    sizing: Sizing | None
    question: Question | None  # the sizing problem, to be asked more
    before: PlanResult | None = None  # of the scenario that it extends or was changed from
    unanswered: str | None = None  # why no team needed could be worked out, if it was asked for

    @property
    def scenario(self) -> Scenario:
        """The scenario that was planned."""
        return self.model.scenario

    @property
    def options(self) -> tuple[Option, ...]:
        """Current posts first, then the team needed if there is one."""
        return (self.today,) if self.sized is None else (self.today, self.sized)

    @property
    def cases(self) -> Caseload:
        """The cases of the team needed, or of current posts where sizing was left out.

        They are those of any team, unless what a queue completes leads to cases of a cohort.
        """
        return self.options[-1].projection.caseload

    @cached_property
    def last_post(self) -> LastPost | None:
        """The post of the team needed that avoids least for its money, if it adds any."""
        if self.sized is None:
            return None
        return worth.last_post(self.model, self.caseload, self.demand, self.sized.staff)


def run(scenario: Scenario, *, fixed: bool = False, gap: float = sizing.GAP) -> PlanResult:
    """Return the plan of a scenario; `fixed` leaves sizing out.

    One that names its history is planned from its last known month: the plan's scenario then
    starts in the month after it.

    Raises:
        SolverError: if the solver gives no proven answer.
        InputError: with everything that is wrong with its history.
    """
    built = building.build(known.opened(scenario))
    cases = caseloads.project(built)
    asked = demand.other_work(built, cases)
    staff = workforce.staff(built)
    today = projection.project(built, cases, asked, staff)
    option = _option("today", built, staff, today)
    if fixed:
        return PlanResult(built, cases, asked, option, None, None, None)
    question = questions.ask(built, cases, asked, staff, today)
    try:
        found = sizing.size(question, gap)
    except SolverError as error:  # what current posts do is known all the same
        return PlanResult(built, cases, asked, option, None, None, None, unanswered=str(error))
    sized = _option("sized", built, found.staff, found.projection)
    return PlanResult(built, cases, asked, option, sized, found, question)


def _option(name: str, built: Model, staff: Workforce, run_: Projection) -> Option:
    """Judge and cost one way to staff."""
    return Option(
        name, staff, run_, standards.judge(built, staff, run_), costs.price(built, staff, run_)
    )
