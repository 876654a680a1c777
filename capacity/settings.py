"""Every setting of a scenario, once: type, range, unit and meaning.

Validation, help, the app's widgets and docs/settings.md are all read off these classes. The
settings here are those of one moment; `scenario` lines them up by month.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, TypeVar, cast, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from capacity import kinds
from capacity.kinds import Kind
from capacity.limits import MOST_CHOICES

EVERY_TIER = "*"
"""The key under which a per-tier setting keeps the one number given for all tiers."""

CUSTODY = "custody"
"""A tier of this name is one in custody, unless it says that it is not."""

ONE_CLASS = "all"
"""The class of a queue that has no others."""

SOURCE_WORDS = ("policy", "local", "judgement", "assumed", "default", "fitted", "measured")
"""Words allowed as a `source` in place of an id in sources.csv."""

ESTIMATES = ("judgement", "assumed")
"""Sources of numbers that nobody has published or counted, so that each needs a range."""

LARGEST = 1e12
"""No number in a scenario may be larger; police units are not."""

SMALLEST = 1e-30
"""No number in a scenario may be nearer to 0 without being 0; what rounding leaves is larger."""

ABOVE = 1e-9
"""By how much a number is above an end that it may not reach, at least."""


class Strict(BaseModel):
    """A frozen table of settings that knows all its keys."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, populate_by_name=False
    )


def show(number: float) -> str:
    """Return a number as a person would type it."""
    if abs(number) >= 1e15:
        endless = type(number) is int and abs(number) >= 1e300  # no float can hold it
        return "a number without end" if endless else f"{number:.3g}"
    return repr(int(number) if number == int(number) else number)


class Quantity(Strict):
    """A number with its range (10th and 90th percentile around the median) and its source."""

    value: int | float
    low: int | float | None = None
    high: int | float | None = None
    source: str | None = None
    note: str | None = None
    confirmed: bool = False
    """Whether it is right although no unit usually has such a number."""

    @model_validator(mode="before")
    @classmethod
    def _from_plain(cls, given: Any) -> Any:
        """Read a plain number as a value without a range."""
        if isinstance(given, bool) or not isinstance(given, int | float | dict | Quantity):
            raise PydanticCustomError("number", "must be a number")
        return {"value": given} if isinstance(given, int | float) else given

    @model_validator(mode="after")
    def _in_order(self) -> Quantity:
        """Check that the range lies around the value."""
        if self.low is not None and self.low > self.value:
            raise PydanticCustomError(
                "order",
                "must have low ≤ value",
                {"got": f"low {show(self.low)} above value {show(self.value)}"},
            )
        if self.high is not None and self.high < self.value:
            raise PydanticCustomError(
                "order",
                "must have value ≤ high",
                {"got": f"high {show(self.high)} below value {show(self.value)}"},
            )
        return self

    @property
    def uncertain(self) -> bool:
        """Whether a range of more than one number is given."""
        return any(end is not None and end != self.value for end in (self.low, self.high))


@dataclass(frozen=True)
class Range:
    """The valid range of a number; draws of an uncertain one are cut to it."""

    ge: float = 0.0
    le: float = LARGEST
    gt: float | None = None
    lt: float | None = None
    whole: bool = False

    def __call__(self, quantity: Quantity) -> Quantity:
        """Return the quantity if value, low and high all lie within."""
        for number in (quantity.value, quantity.low, quantity.high):
            if number is not None and not self._ordinary(number):
                got = {"got": show(number)}
                raise PydanticCustomError("range", "must be a number of ordinary size", got)
            if number is not None and not self.holds(number):
                raise PydanticCustomError("range", f"must be {self.words()}", {"got": show(number)})
        return quantity

    def _ordinary(self, number: float) -> bool:
        """Return whether a number is neither too large to reckon with nor too near an end."""
        near = self.gt is not None and self.gt < number < self.low
        return number == 0 or (SMALLEST <= abs(number) <= LARGEST and not near)

    def holds(self, number: float) -> bool:
        """Return whether a number lies within the range."""
        return (
            (number >= self.ge if self.gt is None else number >= self.low)
            and number <= self.le
            and (self.lt is None or number < self.lt)
            and not (self.whole and number != int(number))
        )

    @property
    def low(self) -> float:
        """The lowest number, just above an open end."""
        return self.ge if self.gt is None else self.gt + ABOVE

    @property
    def high(self) -> float:
        """The highest number, just below an open end."""
        return self.le if self.lt is None else math.nextafter(self.lt, -math.inf)

    def words(self, form: Callable[[float], str] = show) -> str:
        """Return the range in words, its ends in a form such as per cent."""
        bottom = f"above {form(self.gt)}" if self.gt is not None else f"at least {form(self.ge)}"
        bottom = f"a whole number, {bottom}" if self.whole else bottom
        if self.lt is not None:
            return f"{bottom} and below {form(self.lt)}"
        if self.le < LARGEST:
            return f"{bottom} and at most {form(self.le)}"
        return bottom if self.ge > -LARGEST else "a number of ordinary size"


def _spread(given: Any) -> Any:
    """Read one number for all tiers as a table that says so."""
    if isinstance(given, dict) and "value" not in given:
        return given
    if isinstance(given, int | float | dict) and not isinstance(given, bool):
        return {EVERY_TIER: given}
    raise PydanticCustomError("number", "must be a number, or a table of numbers by tier")


REACTIVE = "_reactive"
"""What the name of a tier has after it for the share of it that policy manages reactively."""


def reactive_part(tier: str) -> str:
    """Return the name of the tier made of the share of one that is managed reactively."""
    return tier + REACTIVE


def is_spread(check: object) -> bool:
    """Return whether a check is that of a number which may differ by tier."""
    return check is _spread


def _month(given: str) -> str:
    """Check a month written as a key."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", given):
        raise PydanticCustomError("month", "must be a month such as 2024-11", {"got": repr(given)})
    return given


def _count(given: float) -> float:
    """Check a number of cases in a list of them."""
    if not (given == 0 or SMALLEST <= given <= LARGEST):
        must = "must be at least 0, and of ordinary size"
        raise PydanticCustomError("range", must, {"got": show(given)})
    return given


T = TypeVar("T")
NonNegative = Annotated[Quantity, AfterValidator(Range())]
Positive = Annotated[Quantity, AfterValidator(Range(gt=0))]
Share = Annotated[Quantity, AfterValidator(Range(le=1))]
PositiveShare = Annotated[Quantity, AfterValidator(Range(gt=0, le=1))]
ShareBelowOne = Annotated[Quantity, AfterValidator(Range(lt=1))]
Yearly = Annotated[Quantity, AfterValidator(Range(le=12))]
TimesAYear = Annotated[Quantity, AfterValidator(Range(le=10_000))]
AtLeastOne = Annotated[Quantity, AfterValidator(Range(ge=1, le=100))]
Growth = Annotated[Quantity, AfterValidator(Range(gt=-1, le=10))]
Signed = Annotated[Quantity, AfterValidator(Range(ge=-LARGEST))]
Focus = Annotated[Quantity, AfterValidator(Range(ge=-100, le=0))]
FocusBefore = Annotated[Quantity, AfterValidator(Range(ge=-100, le=100))]
FocusShock = Annotated[Quantity, AfterValidator(Range(le=10))]
Effort = Annotated[Quantity, AfterValidator(Range(le=10))]
Correlation = Annotated[Quantity, AfterValidator(Range(ge=-1, le=1))]
WholeMonths = Annotated[Quantity, AfterValidator(Range(le=600, whole=True))]
Horizon = Annotated[Quantity, AfterValidator(Range(ge=1, le=600, whole=True))]
Month = Annotated[str, AfterValidator(_month)]
PayAward = Annotated[Quantity, AfterValidator(Range(gt=-1, le=1))]
PayKind = Literal["officer", "staff"]
ByTier = Annotated[dict[str, T], BeforeValidator(_spread)]
ByMonth = Annotated[list[Annotated[int | float, AfterValidator(_count)]], Field(min_length=1)]
Season = Annotated[
    list[Annotated[int | float, AfterValidator(_count)]], Field(min_length=12, max_length=12)
]
Choices = Annotated[list[int | float], Field(min_length=1, max_length=MOST_CHOICES)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=60)]
Label = Annotated[str, Field(min_length=1, max_length=200)]


def setting(meaning: str, unit: str = "", default: Any = ..., **more: Any) -> Any:
    """Return a field declaration with its meaning and unit."""
    return Field(default, description=meaning, json_schema_extra={"unit": unit}, **more)


def _number(meaning: str, unit: str, default: float) -> Any:
    """Declare a number with a default."""
    return setting(meaning, unit, Quantity(value=default))


def _by_tier(meaning: str, unit: str, default: float = 0) -> Any:
    """Declare a number that may differ by tier; tiers left out get the default."""
    return Field(
        default_factory=dict,
        description=meaning,
        json_schema_extra={"unit": unit, "by_tier": True, "default": default},
    )


def _level(kind: Kind) -> Any:
    """Declare the level of a kind of standard."""
    return setting(kind.meaning, kind.unit, None)


N_ = TypeVar("N_", bound=Any)


def _called(things: dict[str, N_]) -> dict[str, N_]:
    """Return things by name, with a label where a name of several words has none.

    So that nobody has to read a name with underscores.
    """

    def called(name: str, one: N_) -> N_:
        if one.label is not None or "_" not in name:
            return one
        label = name.replace("_", " ").capitalize()
        return cast(N_, one.model_copy(update={"label": label}))

    return {name: called(name, one) for name, one in things.items()}


CALLED = AfterValidator(_called)
"""For tables of things that have a label."""


class Tier(Strict):
    """A risk band or status inside a cohort."""

    label: Label | None = setting("name shown to people", default=None)
    cases: NonNegative = setting("cases at the start", "cases")
    court_orders: NonNegative | None = setting(
        "cases under a court order, who should be visited", "cases", None
    )
    focus: Focus | None = setting(
        "how far behind the first tier when hours are short; as log-odds; "
        "default: by its place, 0, -0.4, -1.8, -2.6, -3.3",
        "log-odds",
        None,
    )
    custody: bool | None = setting(
        "whether its cases are in custody; outside growth, counted 0 in a limit, and owed no more "
        "than is given for the tier by name; default: whether it is called custody",
        default=None,
    )
    counts: Share = _number(
        "weight of its cases in a limit on cases per officer; in custody 0 where none is given",
        "share",
        1,
    )
    risk_weight: NonNegative | None = setting(
        "weight of a case-month overdue or unseen; default: assumed by its place among tiers "
        "owed an activity, 8, 4, 2, 1, and 1 for later ones; 0 if owed none",
        "weight",
        None,
    )


class Casework(Strict):
    """What officers spend time on: how long one takes, and what happens when hours are short."""

    label: Label | None = setting("name shown to people", default=None)
    hours: ByTier[NonNegative] = _by_tier(
        "lead officer's time for one; door to door, with preparation and write-up", "hours"
    )
    crew: ByTier[AtLeastOne] = _by_tier("officers needed", "officers", 1)
    second_officer_hours: ByTier[NonNegative] = _by_tier(
        "each further officer's time for one; default: the lead's", "hours", math.nan
    )
    no_answer_share: ByTier[ShareBelowOne] = _by_tier("failed attempts", "share")
    no_answer_hours: ByTier[NonNegative] = _by_tier(
        "each officer's time for a failed attempt", "hours"
    )
    focus_shock: ByTier[FocusShock] = _by_tier(
        "how much the order varies from month to month; standard deviation of focus", "log-odds"
    )
    gives_way: ByTier[Share] = _by_tier("share of its time cut when hours are short", "share")


class Duty(Casework):
    """Something owed to every case of a tier again and again."""

    per_year: ByTier[TimesAYear] = _by_tier("times due per case per year", "per year")
    every_months: ByTier[Positive] = _by_tier(
        "months between one and the next; in place of times per year", "months"
    )
    access_rate: ByTier[Share] = _by_tier(
        "share of those due that can be done in the month; if there is time to try", "share", 1
    )
    focus: ByTier[Focus] = _by_tier(
        "how far behind the first tier when hours are short; for this activity alone, as log-"
        "odds; default: the tier's",
        "log-odds",
        math.nan,
    )
    focus_before: ByTier[FocusBefore] = _by_tier(
        "how far behind the first tier in the month before the start; it fades from month to month;"
        " default: focus",
        "log-odds",
        math.nan,
    )
    in_turn: ByTier[Share] = _by_tier(
        "share of what is done that goes to the longest overdue; the rest evenly", "share", 1
    )
    early_months: ByTier[WholeMonths] = _by_tier(
        "months by which one may be done early; before it falls due", "months"
    )
    early_share: ByTier[ShareBelowOne] = _by_tier(
        "share of those done that are done early", "share"
    )
    reference_months: ByTier[WholeMonths] = _by_tier(
        "months after which a case counts as unseen; however often one is due now; default: the "
        "months from one to the next, undated",
        "months",
    )
    overdue: ByTier[NonNegative] = _by_tier("overdue at the start", "cases")
    opening_ages: dict[str, ByMonth] = Field(
        default_factory=dict,
        description="cases not overdue at the start, a list by months since it was done "
        "(0, 1, 2 …); default: spread evenly",
        json_schema_extra={"unit": "cases"},
    )
    overdue_ages: dict[str, ByMonth] = Field(
        default_factory=dict,
        description="cases overdue at the start, a list by months overdue (1, 2, 3 …); "
        "default: all 1",
        json_schema_extra={"unit": "cases"},
    )


class Work(Strict):
    """Named work that comes with cases and is served before duties."""

    label: Label | None = setting("name shown to people", default=None)
    per_case_year: ByTier[NonNegative] = _by_tier("times per case per year", "per year")
    hours: ByTier[NonNegative] = _by_tier("time for one", "hours")
    gives_way: Share = _number(
        "share cut when hours are short; before any activity falls behind", "share", 0
    )


T_ = TypeVar("T_", bound=Strict)
OWED = ("per_year", "every_months", "per_case_year", "hours_per_case_month", "hours_per_entry")
"""What cases in custody are owed only where it is given for their tier by name."""


def _without(table: T_, tiers: Sequence[str]) -> T_:
    """Return settings in which some tiers have nothing of what is given for all tiers."""
    changed = {}
    for key in OWED:
        given = getattr(table, key, {})
        if EVERY_TIER in given:
            changed[key] = {**{tier: Quantity(value=0) for tier in tiers}, **given}
    return table.model_copy(update=changed) if changed else table


class Cohort(Strict):
    """A managed group of offenders and what is owed to it."""

    like: Id | None = setting("cohort whose settings are taken where none is given", default=None)
    label: Label | None = setting("name shown to people", default=None)
    team: Id = setting("team that manages it")
    group: Id | None = setting("cohorts of the same group are added up in summaries", default=None)
    growth_per_year: Growth | None = setting("growth of the caseload", "per year", None)
    entrants_per_month: ByTier[NonNegative] | None = setting(
        "new cases per month; a number for the cohort, or a table by tier", "cases per month", None
    )
    entry_mix: ByTier[Share] | None = setting(
        "share of new cases by tier; adds up to 1", "share", None
    )
    exits_per_year: ByTier[Yearly] = _by_tier("share of cases that leave", "per year")
    moves_per_year: dict[str, dict[str, Yearly]] = Field(
        default_factory=dict,
        description="share of cases that move from one tier to another",
        json_schema_extra={"unit": "per year"},
    )
    hours_per_case_month: ByTier[NonNegative] = _by_tier(
        "other time per case; what no named work covers", "hours per month"
    )
    hours_per_case_month_gives_way: Share = _number(
        "share of other time per case cut when hours are short; before any activity falls behind",
        "share",
        0,
    )
    reactive_share: ByTier[Share] = _by_tier(
        "share of a tier managed reactively by policy; owed no activity, all else as its tier; "
        "what it is not seen for counts with its tier's weight and reference",
        "share",
    )
    may_be_reactive: ByTier[Share] = _by_tier(
        "most of a tier that may be managed reactively; by policy, such as those at low risk for "
        "three years and under no court order",
        "share",
        1,
    )
    orders_visited: bool = setting(
        "whether nobody under a court order may be managed reactively; as inspectors asked of "
        "Norfolk in 2022",
        default=False,
    )
    hours_per_entry: ByTier[NonNegative] = _by_tier("time per new case", "hours")
    hours_per_entry_gives_way: Share = _number(
        "share of the time per new case cut when hours are short; before any activity falls behind",
        "share",
        0,
    )
    tiers: Annotated[dict[Id, Tier], CALLED] = setting("tiers, first-served first", min_length=1)
    duties: Annotated[dict[Id, Duty], CALLED] = Field(
        default_factory=dict, description="duties by name"
    )
    work: Annotated[dict[Id, Work], CALLED] = Field(default_factory=dict, description="named work")

    @model_validator(mode="after")
    def _custody_apart(self) -> Cohort:
        """Read what is given for all tiers as given for those in the community alone."""
        apart = self.in_custody
        if not apart:
            return self
        tiers = {
            name: one.model_copy(update={"counts": Quantity(value=0)})
            if name in apart and "counts" not in one.model_fields_set
            else one
            for name, one in self.tiers.items()
        }
        inner = {
            part: {name: _without(one, apart) for name, one in getattr(self, part).items()}
            for part in ("duties", "work")
        }
        return _without(self, apart).model_copy(update={"tiers": tiers, **inner})

    @property
    def in_custody(self) -> tuple[str, ...]:
        """The tiers whose cases are in custody."""
        return tuple(
            name
            for name, one in self.tiers.items()
            if (name == CUSTODY if one.custody is None else one.custody)
        )


def _as_list(given: Any) -> Any:
    """Read one table as a list of one."""
    return [given] if isinstance(given, dict) else given


def is_list(check: object) -> bool:
    """Return whether a check is that of a list of which one item may be given alone."""
    return check is _as_list


class ArrivesFrom(Strict):
    """Where new work of a queue comes from: a cohort, or another queue."""

    cohort: Id | None = setting("cohort that it comes from", default=None)
    tier: Id | None = setting("tier of that cohort; default: all", default=None)
    queue: Id | None = setting("queue whose completed work it comes from", default=None)
    per_case_year: NonNegative | None = setting(
        "how many for each case of the cohort or tier", "per year", None
    )
    share: Share | None = setting(
        "share of the cases that leave the cohort or tier, or of what the queue completes",
        "share",
        None,
    )
    lag_months: WholeMonths = _number(
        "months until it arrives; what a queue completes arrives in the next month at the earliest",
        "months",
        0,
    )


class LeadsTo(Strict):
    """What the completed work of a queue leads to: cases of a cohort, or work of another queue."""

    cohort: Id | None = setting("cohort whose cases it becomes", default=None)
    tier: Id | None = setting("tier they join; default: the cohort's entry_mix", default=None)
    queue: Id | None = setting("queue that it joins", default=None)
    share: Share = _number("share of what is completed", "share", 1)
    lag_months: WholeMonths = _number(
        "months until it arrives; in the next month at the earliest", "months", 0
    )
    within_growth: bool = setting(
        "whether these cases are part of the cohort's growth; if not they come on top",
        default=True,
    )


class Queue(Casework):
    """Work that arrives, waits and is done once: referrals, incidents, devices."""

    team: Id = setting("team that does it")
    arrivals_per_month: NonNegative | None = setting("how many arrive", "per month", None)
    growth_per_year: Growth = _number(
        "growth in arrivals; of those that come by themselves", "per year", 0
    )
    arrivals_from: Annotated[list[ArrivesFrom], BeforeValidator(_as_list)] = Field(
        default_factory=list, description="arrivals that come from cohorts or other queues"
    )
    classes: dict[Id, Share] = Field(
        default_factory=dict,
        description="share of arrivals by class; first-served first; adds up to 1; default: one "
        "class, all",
        json_schema_extra={"unit": "share"},
    )
    access_rate: ByTier[Share] = _by_tier(
        "share of what is due that can be done in the month; if there is time to try", "share", 1
    )
    waiting: ByTier[NonNegative] = _by_tier(
        "how many wait at the start; one number is shared out by the classes' shares", "cases"
    )
    waiting_ages: dict[str, ByMonth] = Field(
        default_factory=dict,
        description="how many wait at the start, a list by months waited (1, 2, 3 …); default: "
        "all 1",
        json_schema_extra={"unit": "cases"},
    )
    completed_before: ByMonth | None = setting(
        "how many were completed 1, 2, 3 … months before the start: what they lead to with a lag "
        "is on its way; default: none",
        "cases",
        None,
    )
    deadline_months: ByTier[WholeMonths] = _by_tier(
        "months within which it should be done; default: none", "months", math.nan
    )
    lapses_after_months: ByTier[WholeMonths] = _by_tier(
        "months after which it is closed without being worked on; 0: never", "months"
    )
    leads_to: list[LeadsTo] = Field(
        default_factory=list, description="what completed work leads to"
    )
    focus: ByTier[Focus] = _by_tier(
        "how far behind the first class when hours are short; as log-odds; default: by "
        "its place, 0, -0.4, -1.8, -2.6, -3.3",
        "log-odds",
        math.nan,
    )
    in_turn: ByTier[Share] = _by_tier(
        "share of what is done that goes to those waiting longest; the rest evenly", "share", 1
    )
    risk_weight: ByTier[NonNegative] = _by_tier(
        "weight of one waiting for a month; default: assumed by its class's place, 8, 4, 2, "
        "1, and 1 for later ones; 1 where there are no classes",
        "weight",
        math.nan,
    )

    @property
    def class_names(self) -> tuple[str, ...]:
        """Its classes, first-served first."""
        return tuple(self.classes) or (ONE_CLASS,)


class CostParts(Strict):
    """The yearly cost of a post by its parts."""

    pay: NonNegative | None = setting("basic pay; or scale", "£ per year", None)
    scale: ByMonth | None = setting(
        "in place of pay: basic pay by completed years of service, from 0 up to the top",
        "£ per year",
        None,
    )
    service: ByMonth | None = setting(
        "people at the start by completed years of service, as many numbers as scale has; "
        "default: all at the top",
        "FTE",
        None,
    )
    joins_at: Annotated[int, Field(ge=0, le=100)] = setting(
        "completed years of service that a joiner is paid for", "years", 0
    )
    on_costs: Literal["given", "statutory"] = setting(
        "where rates that are not given come from; none are due, or the statutory ones by date "
        "(National Insurance, apprenticeship levy, officers' pension)",
        default="given",
    )
    pension_rate: Share | None = setting(
        "employer's pension contribution; share of pay", "share", None
    )
    ni_rate: Share | None = setting(
        "employer's National Insurance; share of pay above the threshold", "share", None
    )
    ni_threshold: NonNegative | None = setting(
        "pay below which no National Insurance is due; frozen in cash", "£ per year", None
    )
    levy_rate: Share | None = setting("apprenticeship levy; share of pay", "share", None)
    other: NonNegative = _number("allowances and other costs; they rise with pay", "£ per year", 0)
    training: NonNegative = _number(
        "training costs of a post; they rise with prices", "£ per year", 0
    )
    non_pay: NonNegative = _number(
        "vehicle, IT, uniform and the like; per post, rising with prices", "£ per year", 0
    )


def _kind_of_cost(given: Any) -> str:
    """Tell a cost given by its parts from one given as a number."""
    is_parts = isinstance(given, CostParts) or (isinstance(given, dict) and "value" not in given)
    return "parts" if is_parts else "number"


Cost = Annotated[
    Annotated[NonNegative, Tag("number")] | Annotated[CostParts, Tag("parts")],
    Discriminator(_kind_of_cost),
]


class Grade(Strict):
    """People of one grade in a team."""

    label: Label | None = setting("name shown to people", default=None)
    kind: PayKind = setting("whose pay awards and pension apply", default="officer")
    in_post: NonNegative = setting("people in post at the start", "FTE")
    posts: NonNegative | None = setting("funded posts; default: as many as in post", "posts", None)
    casework_share: Share = _number("share of time for cases; 0 for a supervisor", "share", 1)
    weekly_hours: Annotated[Quantity, AfterValidator(Range(gt=0, le=168))] = _number(
        "contracted hours", "hours per week", 40
    )
    leave_days: NonNegative = _number("annual leave", "days per year", 0)
    bank_holidays: NonNegative = _number("bank holidays", "days per year", 0)
    training_days: NonNegative = _number("training", "days per year", 0)
    sickness: Share = _number("hours lost to sickness", "share", 0)
    abstraction: Share = _number("hours taken for other police work", "share", 0)
    leave_season: Season | None = setting(
        "how annual leave is spread, twelve relative numbers from January to December; "
        "default: evenly",
        default=None,
    )
    abstraction_season: Season | None = setting(
        "how abstraction is spread, twelve relative numbers from January to December; "
        "default: evenly",
        default=None,
    )
    leavers_per_year: Yearly = _number("share of people who leave", "per year", 0)
    cost_per_year: Cost = setting("cost of a post, or its parts", "£ per year", Quantity(value=0))
    joining_cost: NonNegative = _number("one-off cost of a joiner", "£", 0)
    ending_cost: NonNegative = _number(
        "one-off cost when a post ends; such as redundancy of the person released", "£", 0
    )
    backfill_share: Share = _number(
        "share of added posts filled from elsewhere in the force; student officers take the "
        "places of those people",
        "share",
        0,
    )
    backfill_cost_per_year: NonNegative = _number(
        "cost of a student officer in a vacated place; it rises with pay", "£ per year", 0
    )
    backfill_training: NonNegative = _number("one-off cost of training a student officer", "£", 0)
    backfill_months: WholeMonths = _number(
        "months until a student officer does the work of the person replaced", "months", 0
    )
    backfill_productivity: Share = _number("work of a student officer in those months", "share", 1)
    accreditation_months: WholeMonths = _number(
        "months before a joiner counts in full; the first included", "months", 0
    )
    trainee_productivity: Share = _number("work of a joiner until they count in full", "share", 1)
    in_training: NonNegative = _number("joiners in the month before the start", "FTE", 0)
    recent_joiners: dict[Month, NonNegative] = Field(
        default_factory=dict,
        description="earlier joiners still in training at the start; by month of joining",
        json_schema_extra={"unit": "FTE"},
    )
    max_joiners_per_month: NonNegative | None = setting(
        "most who can join in a month; default: no limit", "FTE per month", None
    )
    recruitment_lead_months: WholeMonths = _number(
        "months from advertising a post to a joiner", "months", 0
    )
    joiners_due: dict[Month, NonNegative] = Field(
        default_factory=dict,
        description="already appointed; by month of joining",
        json_schema_extra={"unit": "FTE"},
    )
    may_shrink: bool = setting(
        "whether posts may be taken away; where the team needed has fewer", default=False
    )
    supervises: Positive | None = setting(
        "span of control; most casework posts for each post of this grade", "posts", None
    )
    max_share: PositiveShare | None = setting(
        "largest share of the team's casework posts; that may be of this grade", "share", None
    )


class Team(Strict):
    """People who serve one or more cohorts."""

    like: Id | None = setting("team whose settings are taken where none is given", default=None)
    label: Label | None = setting("name shown to people", default=None)
    overtime_hours_per_fte_month: NonNegative = _number(
        "most overtime per casework FTE", "hours per month", 0
    )
    overtime_in_use: NonNegative = _number(
        "most overtime that current posts work", "hours per month", 0
    )
    overtime_cost_per_hour: NonNegative = _number("cost of overtime", "£ per hour", 0)
    overtime_on_costs: Share = _number(
        "employer's National Insurance and levy on overtime; share of its cost", "share", 0
    )
    cost_centre: Label | None = setting("its cost centre; default: its name", default=None)
    pooling: Share = _number(
        "how far officers take each other's cases; 1: any case, 0: their own only", "share", 1
    )
    caseload_spread: Annotated[Quantity, AfterValidator(Range(le=2))] = _number(
        "spread of caseloads between officers; as a share of the mean", "share", 0
    )
    effort: Effort = _number(
        "effort of current posts; hours worked on activities, as a share of those there are for "
        "them",
        "share",
        1,
    )
    effort_season: Season | None = setting(
        "how effort differs through the year, twelve relative numbers from January to December; "
        "default: evenly",
        default=None,
    )
    effort_before: Effort | None = setting(
        "effort in the month before the start; it fades from month to month; default: effort",
        "share",
        None,
    )
    effort_shock: Annotated[Quantity, AfterValidator(Range(le=2))] = _number(
        "how much effort varies from month to month; standard deviation of its logarithm; it "
        "fades likewise",
        "share",
        0,
    )
    lasting: Share = _number(
        "share of an earlier difference left after a month; in effort and focus, from before the "
        "start",
        "share",
        0,
    )
    grades: Annotated[dict[Id, Grade], CALLED] = setting("grades by name", min_length=1)


class Flex(Strict):
    """Which team may lend hours to which."""

    from_: Id = setting("team that lends", alias="from")
    to: Id = setting("team that is helped")
    max_share: Share = _number("largest share of the lender's own hours", "share", 1)
    efficiency: Share = _number(
        "work done in an hour of help; against an hour of the team's own", "share", 1
    )
    counts_in_ratio: bool = setting("whether hours of help count as officers", default=False)


class PeopleEvent(Strict):
    """Loans, transfers, maternity, long-term sickness, restricted duty."""

    team: Id = setting("team it happens to")
    grade: Id = setting("grade it happens to")
    fte: Signed = setting("change in people; negative where they are away", "FTE")
    from_: date = setting("first month", alias="from")
    until: date | None = setting("last month; default: the end", default=None)
    productivity: Share = _number("work done by each; against a full officer", "share", 1)
    counts_in_ratio: bool = setting(
        "whether they count as officers; in a limit on cases per officer", default=True
    )
    funded: bool = setting("whether this unit pays for them", default=False)
    displaced_from: Label | None = setting(
        "where they come from; a team of this scenario then has so many fewer (of its first grade "
        "with casework, or of the grade in team.grade)",
        default=None,
    )
    why: Label = setting("what it is, its name elsewhere")


class Inflow(Strict):
    """A named stream of new cases."""

    name: Label = setting("its name")
    cohort: Id = setting("cohort they join")
    tier: Id | None = setting("tier they join; default: the cohort's entry_mix", default=None)
    per_month: NonNegative = setting("how many at the source", "per month")
    share: Share = _number("share that become cases", "share", 1)
    lag_months: WholeMonths = _number("months from source to case", "months", 0)
    within_growth: bool = setting(
        "whether these cases are part of the cohort's growth; if it is given any; "
        "if not they come on top",
        default=True,
    )


class Standard(Strict):
    """A rule the plan must meet."""

    name: Label = setting("its name")
    from_: date | None = setting(
        "month from which it holds; default: the start", "", None, alias="from"
    )
    cohort: Id | None = setting("cohort it is about", default=None)
    duty: Id | None = setting("duty it is about", default=None)
    queue: Id | None = setting("queue it is about, in place of cohort and duty", default=None)
    tiers: Annotated[list[Id], Field(min_length=1)] | None = setting(
        "tiers, or classes of a queue, it holds for; default: all", default=None
    )
    pooled: bool = setting(
        "whether it holds for all tiers together; not for each by itself", default=False
    )
    completion: Share | None = _level(kinds.COMPLETION)
    in_date: Share | None = _level(kinds.IN_DATE)
    outstanding: NonNegative | None = _level(kinds.OUTSTANDING)
    longest_wait_months: Horizon | None = _level(kinds.LONGEST_WAIT)
    judged: Literal["month", "quarter", "year"] = setting(
        "period over which it is judged", default="month"
    )
    cases_per_officer: Positive | None = _level(kinds.CASES_PER_OFFICER)
    budget: NonNegative | None = _level(kinds.BUDGET)
    max_posts: NonNegative | None = _level(kinds.MOST_POSTS)
    may_give: bool = setting(
        "whether a plan may add more than the most posts to meet other standards", default=False
    )
    team: Id | None = setting("team a budget or most posts is about", default=None)
    grades: Annotated[list[Id], Field(min_length=1)] | None = setting(
        "grades that most posts is about; default: all of the team", default=None
    )

    @property
    def kind(self) -> Kind:
        """What kind of standard it is: that of the level given."""
        return next(one for key, one in kinds.IN_FILES.items() if getattr(self, key) is not None)

    @property
    def level(self) -> Quantity:
        """The level given."""
        found: Quantity = getattr(self, self.kind.key)
        return found


class Change(Strict):
    """Settings that change from a month."""

    from_: date = setting("first month", alias="from")
    why: Label | None = setting("what it is", default=None)
    set_: dict[str, Any] = setting(
        "settings by dotted name, and what they become", alias="set", min_length=1
    )


class Event(Strict):
    """A one-off: cases moved between tiers, arrivals, or leavers."""

    at: date = setting("month")
    cohort: Id = setting("cohort it happens to")
    from_: Id | None = setting("tier they leave", "", None, alias="from")
    to: Id | None = setting("tier they join; without one they leave the cohort", default=None)
    cases: NonNegative | None = setting("how many are moved", "cases", None)
    arrivals: NonNegative | None = setting("how many arrive", "cases", None)
    leavers: NonNegative | None = setting("how many leave at once", "cases", None)
    tier: Id | None = setting(
        "tier that arrivals join (default: entry_mix) or leavers come from (default: all of the "
        "cohort, in proportion to their cases)",
        default=None,
    )
    why: Label | None = setting("what it is", default=None)


class Priority(Strict):
    """What falls behind first when hours are short."""

    rule: Literal["soft", "strict", "standards first"] = setting(
        "how hours are shared out when they are short", default="soft"
    )
    order: list[str] = Field(
        default_factory=list,
        description="cohort.duty.tier and queue.class, first-served first; the rest follow",
    )
    gives_way_focus: Focus | None = setting(
        "how far work that can be cut is behind the first tier; in the soft order, as log-odds; "
        "default: it "
        "is cut short before any activity is",
        "log-odds",
        None,
    )


class Link(Strict):
    """Settings that move together."""

    settings: Annotated[list[str], Field(min_length=2)] = setting("their dotted names")
    correlation: Correlation | None = setting("rank correlation", "", None)
    keep_total: bool = setting(
        "in every simulation the settings add up to what they add up to as planned", default=False
    )


Measured = Literal[
    "cases",
    "entrants",
    "exits",
    "newly_due",
    "due",
    "done",
    "done_early",
    "attempts",
    "outstanding",
    "completion",
    "in_date",
    "on_time",
    "longest_wait_months",
    "past_deadline",
    "arrivals",
    "waiting",
]
"""Columns of a history, and of figures that are known; the last two are of a queue only."""


class KnownFigure(Strict):
    """A single figure that is known, with which simulations must agree."""

    month: Month = setting("month that it is of")
    cohort: Id | None = setting("cohort it is of; default: all together", default=None)
    duty: Id | None = setting("duty it is of", default=None)
    queue: Id | None = setting("queue it is of, in place of cohort and duty", default=None)
    tier: Id | None = setting(
        "tier, or class of a queue, that it is of; default: all together", default=None
    )
    measure: Measured = setting("what it is: a column of projection, caseload or queues")
    value: Annotated[float, Field(ge=0, le=LARGEST)] = setting(
        "the figure; a share for completion, in_date and on_time", "as the measure"
    )
    give: Annotated[float, Field(gt=0, le=LARGEST)] | None = setting(
        "how far off it may be (one standard deviation); default: by measure",
        "as the measure",
        None,
    )


class SizingSettings(Strict):
    """How certain a plan must be."""

    confidence: ShareBelowOne | None = setting(
        "least probability that every standard is met", "share", None
    )
    confidence_of: Literal["every month", "year", "average"] = setting(
        "which probability is asked for", default="year"
    )
    price_of_case_month: NonNegative | None = setting(
        "what a weighted case-month overdue is worth avoiding, shown beside the price of the last "
        "post; default: not shown",
        "£",
        None,
    )
    starts: Literal["month", "quarter", "year"] = setting(
        "when added posts may start: in any month, with a quarter, or in April and the first month",
        default="month",
    )
    keep_total: bool = setting(
        "whether posts only move between teams: grades that may_shrink give them, from any start "
        "on and for good, the others receive them",
        default=False,
    )
    smallest_post: Literal["whole", "half", "quarter"] = setting(
        "smallest part of a post that the recommended plan and its reviews may add; the plan for "
        "the central case adds whole ones",
        default="whole",
    )
    review_month: Annotated[Quantity, AfterValidator(Range(ge=0, le=12, whole=True))] = _number(
        "month of the yearly review of posts, for the next April; 0: posts are fixed now",
        "month",
        10,
    )
    time_limit_seconds: Annotated[float, Field(gt=0, le=86_400)] = setting(
        "time for finding the team needed, as the work of an ordinary machine; then the best plan "
        "found is given",
        "seconds",
        120.0,
    )
    memory_limit_gb: Annotated[float, Field(gt=0, le=10_000)] = setting(
        "memory a plan may need by estimate; a larger one is refused before it begins", "GB", 4.0
    )


class LeftToChance(Strict):
    """What is left to chance in a simulation."""

    whole: bool = setting(
        "whether simulations follow whole people and whole visits; if not, nothing but settings is "
        "drawn",
        default=True,
    )
    sickness_long_term: Share = _number(
        "share of the hours lost to sickness that are lost in long spells", "share", 0.3
    )
    sickness_spell_months: Annotated[Quantity, AfterValidator(Range(ge=1, le=60))] = _number(
        "how long a long spell of sickness lasts on average", "months", 3
    )
    sickness_shock: Annotated[Quantity, AfterValidator(Range(le=2))] = _number(
        "how much short-term sickness varies from month to month for everyone at once; standard "
        "deviation, as a share of its mean",
        "share",
        0.15,
    )
    abstraction_shock: Annotated[Quantity, AfterValidator(Range(le=2))] = _number(
        "how much abstraction varies from month to month for everyone at once; standard "
        "deviation, as a share of its mean",
        "share",
        0.15,
    )
    shock_persistence: ShareBelowOne = _number(
        "how much of a month's difference is still there a month later", "share", 0.5
    )


class Funding(Strict):
    """What pays for part of a team, and until when."""

    name: Label = setting("its name")
    team: Id = setting("team that it pays for")
    grade: Id | None = setting("or one grade of that team alone", default=None)
    posts: NonNegative | None = setting(
        "posts that it pays for; at their mean cost in that team or grade", "posts", None
    )
    pounds_per_year: NonNegative | None = setting(
        "money that it pays; in place of posts", "£ per year", None
    )
    from_: date | None = setting("first month; default: the start", default=None, alias="from")
    until: date | None = setting(
        "last month; after it the posts are there and nothing pays for them; default: no end",
        default=None,
    )
    source_of_funds: Literal["grant", "reserve", "precept", "partner"] = setting("who pays")


class Finance(Strict):
    """How money is shown."""

    discount_rate: Annotated[Quantity, AfterValidator(Range(gt=-1, le=1))] = _number(
        "real discount rate", "per year", 0.035
    )
    pay_award_per_year: PayAward = _number(
        "pay award of later years; each financial year after those known by date, for cash figures",
        "per year",
        0,
    )
    pay_award_month: Annotated[Quantity, AfterValidator(Range(ge=1, le=12, whole=True))] = _number(
        "month of the pay award; 9 is September", "month", 9
    )
    pay_awards: dict[PayKind, dict[Month, PayAward]] = Field(
        default_factory=dict,
        description="known pay awards; by kind of grade and month",
        json_schema_extra={"unit": "share"},
    )
    prices: Literal["pay", "deflated"] = setting(
        "what real prices are; at the pay of the price base, or cash deflated by inflation",
        default="pay",
    )
    inflation: PayAward = _number("rise in prices each financial year", "per year", 0.02)
    vacancy_factor: ShareBelowOne = _number(
        "vacancy factor; share of post costs not budgeted", "share", 0
    )
    optimism_bias: Share = _number(
        "optimism bias in a business case; share of what options cost above doing nothing, since "
        "costs tend to be estimated too low",
        "share",
        0,
    )
    contingency: Share = _number(
        "contingency in a business case; share of what options cost above doing nothing", "share", 0
    )
    price_base: Annotated[str, Field(pattern=r"^\d{4}/\d{2}$")] | None = setting(
        "financial year of the prices; default: the first", default=None
    )
    shares: dict[Id, dict[str, Share]] = Field(
        default_factory=dict,
        description="partners' shares of a team's cost; each team's add up to 1",
        json_schema_extra={"unit": "share"},
    )


class Settings(Strict):
    """All settings of a scenario at one moment."""

    extends: str | None = setting("scenario this one differs from", default=None)
    remove: list[str] | None = setting("what is taken away from that one", default=None)
    title: Label = setting("its name")
    question: Label | None = setting("the question it answers", default=None)
    history: Label | None = setting(
        "file of the unit's own monthly figures, in the folder of the scenario that names it: the "
        "plan starts after the last of them, from the state then known",
        default=None,
    )
    spend: Label | None = setting(
        "file of what the unit's teams were given and spent, by month, in the folder of the "
        "scenario that names it: the year's outturn is then forecast beside its budget",
        default=None,
    )
    start: date = setting("first month projected")
    months: Horizon = setting("months projected", "months")
    cohorts: Annotated[dict[Id, Cohort], CALLED] = Field(
        default_factory=dict, description="cohorts, first-served first"
    )
    teams: Annotated[dict[Id, Team], CALLED] = setting("teams", min_length=1)
    queues: Annotated[dict[Id, Queue], CALLED] = Field(
        default_factory=dict, description="work that waits in a queue, first-served first"
    )
    flex: list[Flex] = Field(default_factory=list, description="who may help whom, in order")
    people: list[PeopleEvent] = Field(default_factory=list, description="people events")
    inflows: list[Inflow] = Field(default_factory=list, description="named streams of new cases")
    standards: list[Standard] = Field(default_factory=list, description="rules to meet")
    changes: list[Change] = Field(default_factory=list, description="dated levers")
    events: list[Event] = Field(default_factory=list, description="one-off events")
    known: list[KnownFigure] = Field(
        default_factory=list, description="figures that simulations must agree with"
    )
    priority: Priority = Field(default_factory=Priority, description="what falls behind first")
    links: dict[Id, Link] = Field(default_factory=dict, description="settings that move together")
    choose: dict[str, Choices] = Field(
        default_factory=dict,
        description="settings that may be chosen among regimes, each with its values, by dotted "
        "name",
    )
    sizing: SizingSettings = Field(
        default_factory=SizingSettings, description="how certain a plan must be"
    )
    chance: LeftToChance = Field(
        default_factory=LeftToChance, description="what is left to chance in a simulation"
    )
    finance: Finance = Field(default_factory=Finance, description="how money is shown")
    funding: list[Funding] = Field(
        default_factory=list, description="what pays for part of a team, in order"
    )

    def task_label(self, cohort: str | None, task: str) -> str:
        """Return what a duty of a cohort is called, or without a cohort a queue."""
        if cohort:
            return self.cohorts[cohort].duties[task].label or task
        return self.queues[task].label or task

    def tier_label(self, cohort: str | None, tier: str) -> str:
        """Return what a tier of a cohort is called, or without a cohort a class of a queue."""
        if cohort:
            return self.cohorts[cohort].tiers[tier].label or tier
        return tier.replace("_", " ")

    def whose_label(self, cohort: str | None, task: str) -> str:
        """Return what a cohort is called, or without one the team that has a queue."""
        if cohort:
            return self.cohorts[cohort].label or cohort
        team = self.queues[task].team
        return self.teams[team].label or team

    def group_of(self, cohort: str) -> str:
        """Return the group of a cohort, or its name; nothing without a cohort."""
        return (self.cohorts[cohort].group or cohort) if cohort else ""

    def about(self, rule: Standard) -> tuple[str, str] | None:
        """Return the group and the duty, or the queue, that a standard is about; else none."""
        if rule.queue is not None:
            return "", rule.queue
        if rule.cohort is None or rule.duty is None:
            return None
        return self.group_of(rule.cohort), rule.duty

    def team_of(self, cohort: str | None, task: str | None) -> str | None:
        """Return the team of a cohort, or without one of a queue; none without either."""
        if cohort:
            return self.cohorts[cohort].team
        return self.queues[task].team if task in self.queues else None


def is_per_tier(table: type[Strict], name: str) -> bool:
    """Return whether a field of a table is a number that may differ by tier."""
    extra = table.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("by_tier"))


def declarations(table: type[Strict] = Settings, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every setting's dotted pattern and its field, in the order of a full file.

    Yields:
        One pair for each setting; names chosen by the user stand as `NAME`.
    """
    for name, field in table.model_fields.items():
        key = f"{path}{field.alias or name}"
        inner = _tables_in(field.annotation)
        if inner is None:
            yield key, field
        else:
            named = "NAME." if inner[1] else ""
            yield from declarations(inner[0], f"{key}.{named}")


def _tables_in(annotation: Any) -> tuple[type[Strict], bool] | None:
    """Return the table class inside an annotation and whether it is one of many by name."""
    arguments = get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Strict):
        return None if annotation is Quantity else (annotation, False)
    origin = getattr(annotation, "__origin__", None)
    if origin in (dict, list):
        inner = _tables_in(arguments[-1])
        return None if inner is None else (inner[0], True)
    return None
