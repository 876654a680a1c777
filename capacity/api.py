"""The documented interface of `import capacity`: plan, simulate, compare and sweep a scenario.

Each is the command of the same name without files and printing, and gives the same figures. What
comes back has its tables as data frames under the names of the CSV files; they are made when they
are first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from capacity import stages
from capacity.errors import InputError, Problem
from capacity.reading import scenario as scenarios
from capacity.reading.scenario import Scenario
from capacity.results import agreeing, recommendation
from capacity.results import summary as summaries
from capacity.results import tables as outputs
from capacity.results.answers import paragraphs
from capacity.results.frames import Tables
from capacity.results.summary import SummaryFigure
from capacity.risk import chances, recommended, uncertainty
from capacity.risk.agreement import Agreed
from capacity.risk.recommended import Recommended
from capacity.risk.uncertainty import Uncertainty
from capacity.sweeps.points import Way
from capacity.sweeps.table import Sweep
from capacity.why import compare as comparing
from capacity.why import explain, headlines, parents
from capacity.wording import counted, number, per_cent, posts, pounds

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from capacity.sweeps.regime_words import RegimeTables
    from capacity.why.explain import Explanation
    from capacity.why.headlines import Headlines

Given = Scenario | str | Path
"""A scenario that was read, a scenario file, or the name of one that comes with capacity."""

OPTIONS = {"today": "No posts added", "sized": "Team needed"}
"""What the options of a plan are called."""

T = TypeVar("T")


# plan --------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False, eq=False)
class Plan(stages.PlanResult):
    """What a scenario comes to: with no posts added and, unless left out, with the team needed.

    Attributes:
        model: the scenario as arrays on named axes.
        today: no posts added: people, what they get done, how standards fare, and cost.
        sized: the same with the team needed; None where it was left out.
        why: whether `tables` explain the plan too.
        central: whether the recommended plan is left out, and all is a single course.
    """

    why: bool = True
    central: bool = False

    @cached_property
    def recommended(self) -> Recommended | Agreed | None:
        """What to agree now, and how probable it makes each standard.

        Worked out when it, a table of it, the summary or the answer is first asked for. Where no
        simulation agrees with what is known of the unit, what cannot be right together instead;
        None where the team needed or the recommended plan was left out.
        """
        if self.central or self.sizing is None:
            return None
        return recommended.recommend(self)

    @cached_property
    def tables(self) -> Tables:
        """The tables that `capacity plan --out` writes, by the names of their files.

        Those of the recommended plan (`decision`, `reviewed`, `review_rule`, `chances` and others)
        take simulations, many plans tried in each; `layers` and `summary` tell of it too.

        With `why`, `summary` and those that explain the plan (`prices`, `reasons`, `fixes`,
        `marginal_posts`, `headroom`, `frontier`, `gives_first`) solve it again with changes, which
        takes much longer than the plan itself; they share that work. Their last digits depend on
        what the solver was asked before.
        """
        makers = {name: _later(build, self) for name, build in outputs.of_plan(self).items()}
        if not self.central and self.sizing is not None:
            for name, of_advice in outputs.RECOMMENDED.items():
                makers[name] = _advised(of_advice, self)
        makers["summary"] = lambda: outputs.summed_up(
            self, self._explanation if self.why else None, self.recommended
        )
        if self.why:
            for name, of_why in outputs.EXPLAINED.items():
                makers[name] = _explained(of_why, self)
        return Tables(makers)

    @cached_property
    def summary(self) -> Mapping[str, SummaryFigure]:
        """Every headline figure by its name, each with `value`, `unit` and `words`.

        The recommended plan comes first; the first of two figures of one name counts.
        """
        found: dict[str, SummaryFigure] = {}
        for figure in (*self._advice(), *summaries.figures(self)):
            found.setdefault(figure.name, figure)
        return found

    @property
    def charts(self) -> tuple[str, ...]:
        """The names of the charts."""
        from capacity.charts.named import CHARTS

        return tuple(CHARTS)

    def chart(
        self,
        name: str,
        *,
        cohort: str | None = None,
        duty: str | None = None,
        team: str | None = None,
    ) -> alt.TopLevelMixin:
        """Return a chart, its message as its title.

        Args:
            name: one of `charts`.
            cohort: the cohort, or group of cohorts, that it is about; default: the first.
            duty: the duty that it is about; default: the cohort's first.
            team: the team that it is about; default: the first.

        Returns:
            An Altair chart, which a notebook shows and whose `save` writes it.

        Raises:
            InputError: if there is no such chart, cohort, duty or team, with those there are.
        """
        import altair as alt

        from capacity.charts.frames import Shown
        from capacity.charts.named import About, picture

        shown = Shown(self, self.before)
        drawn = picture(name, About(shown, cohort, duty, team)).on_paper()
        found: alt.TopLevelMixin = alt.Chart.from_dict(drawn.to_dict())
        return found

    @cached_property
    def _headlines(self) -> Headlines:
        return headlines.read_off(self)

    @cached_property
    def _explanation(self) -> Explanation:
        return explain.explain(self, full=True)

    def __repr__(self) -> str:
        """Return the answer, the posts and what they cost."""
        costs = [
            f"{name}: {there} at the end; {cost or 'no costs given'}"
            f"{f' over {self._time}' if cost else ''}"
            for name, there, cost in self._options()
        ]
        lines = [f"<Plan {self.scenario.name}: {self.scenario.title}"]
        lines += [*self._answer(), *costs]
        return "\n ".join(lines) + ">"

    def _repr_html_(self) -> str:
        """Return the answer and a small table, for notebooks."""
        said = "".join(f"<p>{escape(one)}</p>" for one in self._answer())
        rows = "".join(
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(there)}</td>'
            f"<td>{escape(cost or 'no costs given')}</td></tr>"
            for name, there, cost in self._options()
        )
        head = f"<tr><th></th><th>At the end</th><th>Over {escape(self._time)}</th></tr>"
        title = f"<p><strong>{escape(self.scenario.title)}</strong></p>"
        return f"{title}{said}<table><thead>{head}</thead><tbody>{rows}</tbody></table>"

    def _advice(self) -> tuple[SummaryFigure, ...]:
        """Return the sentences of the recommended plan, or why nothing is recommended."""
        found = self.recommended
        if isinstance(found, Recommended):
            return recommendation.sentences(found)
        return () if found is None else tuple(agreeing.figures(found))

    def _answer(self) -> Iterator[str]:
        """Yield the answer in paragraphs, and why the team needed is left out if it failed."""
        found = self.recommended
        if isinstance(found, Recommended):
            yield from recommendation.paragraphs(found)
        else:
            yield from (figure.words for figure in self._advice())
            yield summaries.SINGLE_COURSE
            yield from paragraphs(self._headlines)
        if self.unanswered is not None:
            yield f"The team needed could not be worked out: {self.unanswered}."

    @property
    def _time(self) -> str:
        return f"{counted(self.model.months, 'month')} (discounted)"

    def _options(self) -> Iterator[tuple[str, str, str]]:
        """Yield each option's name, posts at the end, and cost, empty where none is given."""
        for option in self._headlines.options:
            there = posts(float(option.posts[-1]))
            cost = pounds(option.cost_discounted) if option.cost_discounted else ""
            yield OPTIONS[option.name], there, cost
        if isinstance(self.recommended, Recommended):
            here = recommended.beside(self.recommended)[0]
            cost = pounds(here.cost) if here.cost else ""
            yield "Recommended plan (expected)", posts(here.at_the_end), cost


def plan(scenario: Given, *, fixed: bool = False, central: bool = False, why: bool = True) -> Plan:
    """Return the plan of a scenario, as `capacity plan` has it.

    Args:
        scenario: one that was read, a file, or the name of one that comes with capacity.
        fixed: leave out the team needed, and show what current posts achieve; far faster.
        central: leave out the recommended plan: everything is a single course, without chance.
        why: whether the tables explain the plan too.

    Returns:
        The plan, with its tables, summary and charts. The recommended plan is worked out when it
        is first asked for.

    Raises:
        ScenarioError: if the scenario cannot be used, with every problem.
    """
    return _made(Plan, parents.run(_read(scenario), fixed=fixed), why=why, central=central)


# simulate ----------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False, eq=False)
class Simulation(Uncertainty):
    """A plan in many simulations of what is uncertain.

    Attributes:
        plan: what was simulated.
        outlooks: what each option comes to in every simulation.
    """

    @cached_property
    def tables(self) -> Tables:
        """The tables that `capacity simulate --out` writes, by the names of their files."""
        made = outputs.uncertain(self)
        return Tables({name: _later(_same, frame) for name, frame in made.items()})

    def __repr__(self) -> str:
        """Return the probability that every standard is met, for each option."""
        what = f"{counted(self.number, 'simulation')}, seed {self.draws.seed}"
        scenario = self.plan.scenario
        lines = [f"{scenario.title}: {what}"]
        for outlook in self.outlooks:
            if outlook.record.rules:
                chance, error = chances.worst(outlook.record, self.of)
                name = OPTIONS[outlook.team.name]
                lines.append(
                    f"{name}: every standard met with a probability of {per_cent(chance)} "
                    f"(± {number(100 * error)} points) in the worst period"
                )
        return f"<Simulation {scenario.name}: " + "\n ".join(lines) + ">"


def simulate(
    scenario: Given | Plan,
    *,
    draws: int = uncertainty.DRAWS,
    seed: int = 1,
    fixed: bool = False,
    enough: bool = True,
    drivers: int = 8,
    jobs: int = 1,
) -> Simulation:
    """Return how certain a plan is, as `capacity simulate` has it.

    Args:
        scenario: one that was read, a file, a name, or a plan that was made.
        draws: how many simulations, from 10 to 1,000,000.
        seed: the same seed gives the same simulations.
        fixed: leave out the team needed; a plan that was made says so itself.
        enough: whether to find the fewest posts for the confidence asked for.
        drivers: how many of the settings that matter most to size the team again for.
        jobs: how many processes at once.

    Returns:
        Bands, probabilities, the posts that are enough, and what matters most.

    Raises:
        InputError: if the scenario or a number cannot be used.
        SolverError: if the solver gives no proven answer.
    """
    wrong = [
        Problem("simulate", None, name, f"must be a whole number from {low:,} to {high:,}", repr(n))
        for name, n, low, high in (
            ("draws", draws, 10, 1_000_000),
            ("seed", seed, 0, 2**128),
            ("drivers", drivers, 0, 1000),
            ("jobs", jobs, 1, 256),
        )
        if type(n) is not int or not low <= n <= high
    ]
    if wrong:
        raise InputError(wrong)
    made = scenario if isinstance(scenario, Plan) else plan(scenario, fixed=fixed, central=True)
    ask = uncertainty.Ask(number=draws, size=enough, resize=drivers, jobs=jobs)
    return _made(Simulation, uncertainty.simulate(made, seed, ask))


# compare -----------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False, eq=False)
class Comparison(comparing.SideBySide):
    """Scenarios side by side; the others are compared with the first.

    Attributes:
        plans: one for each scenario.
        words: the comparison in sentences, the changed settings first.
    """

    @cached_property
    def tables(self) -> Tables:
        """The tables that `capacity compare --out` writes, by the names of their files."""
        made = outputs.comparison(self)
        return Tables({name: _later(_same, frame) for name, frame in made.items()})

    def __repr__(self) -> str:
        """Return the comparison in sentences."""
        return f"<Comparison {', '.join(self.names)}\n " + "\n ".join(self.words) + ">"


def compare(first: Given | Plan, *others: Given | Plan, fixed: bool = False) -> Comparison:
    """Return scenarios side by side and what each changed setting contributes.

    Args:
        first: what the others are compared with.
        *others: one scenario or more. All are planned again, closer to the least cost than a plan
            by itself needs to be, so that differences are not rounding.
        fixed: compare what current posts achieve, and leave out the teams needed.

    Returns:
        The comparison, as `capacity compare` has it.

    Raises:
        InputError: if fewer than two scenarios are given, or one cannot be used.
        SolverError: if the solver gives no proven answer.
    """
    if not others:
        raise InputError([Problem("compare", None, "", "must be given two scenarios or more")])
    found = comparing.compare([_read(one) for one in (first, *others)], fixed=fixed)
    return _made(Comparison, found)


# sweep -------------------------------------------------------------------------------------


def sweep(
    scenario: Given | Plan,
    vary: Mapping[str, Sequence[float]],
    *,
    fixed: bool = False,
    whole: bool = True,
    samples: int | None = None,
    seed: int = 1,
    jobs: int = 1,
) -> Sweep:
    """Return a scenario planned at every combination of some values, in one table.

    Args:
        scenario: one that was read, a file, a name, or a plan that was made.
        vary: the values of each setting, by its dotted name: a list, or with `samples` a pair
            `(from, to)` between which it is drawn.
        fixed: leave out the team needed, and show what current posts achieve.
        whole: whether posts are whole; part posts are far faster.
        samples: draw so many points, a Latin hypercube, instead of every combination.
        seed: the same seed draws the same points.
        jobs: how many processes at once; the table is the same for any number.

    Returns:
        The sweep, as `capacity sweep` has it. What goes wrong at one point stands in its row.

    Raises:
        InputError: with everything that is wrong with what was asked.
    """
    from capacity import sweeps

    way: Way = "whole posts" if whole else "without whole posts"
    ask = sweeps.SweepAsk(
        vary=vary,
        way="today's posts" if fixed else way,
        samples=samples,
        seed=seed,
        jobs=jobs,
    )
    return sweeps.sweep(_read(scenario), ask)


# regimes -----------------------------------------------------------------------------------


def regimes(scenario: Given | Plan, *, jobs: int = 1) -> RegimeTables:
    """Return every regime that a scenario lists under `[choose]`, as `capacity regimes` has them.

    Args:
        scenario: one that was read, a file, a name, or a plan that was made.
        jobs: how many processes at once; the figures are the same for any number.

    Returns:
        The regimes with their tables and sentences.

    Raises:
        InputError: if nothing is listed, or a combination cannot be used, with every problem.
        SolverError: if the solver gives no proven answer.
    """
    from capacity.sweeps import regime_words
    from capacity.sweeps import regimes as choosing

    return regime_words.RegimeTables(choosing.regimes(_read(scenario), jobs))


# What they share ---------------------------------------------------------------------------


def _read(given: Given | Plan) -> Scenario:
    if isinstance(given, Plan):
        return given.scenario
    return given if isinstance(given, Scenario) else scenarios.read(given)


def _made(shown: type[T], found: Any, **more: Any) -> T:
    """Return what was found with what scripts ask of it."""
    return shown(**{one.name: getattr(found, one.name) for one in fields(found)}, **more)


def _later(build: Callable[[T], pd.DataFrame], of: T) -> Callable[[], pd.DataFrame]:
    return lambda: build(of)


def _same(frame: pd.DataFrame) -> pd.DataFrame:
    return frame


def _advised(build: Callable[[Recommended], pd.DataFrame], of: Plan) -> Callable[[], pd.DataFrame]:
    """Return how a table of the recommended plan is made; without rows where there is none."""

    def made() -> pd.DataFrame:
        found = of.recommended
        if isinstance(found, Recommended):
            return build(found)
        raise InputError(
            [Problem(of.scenario.name, None, "", "no simulation agrees with what is known of it")]
        )

    return made


def _explained(
    build: Callable[[Explanation], pd.DataFrame], of: Plan
) -> Callable[[], pd.DataFrame]:
    return lambda: build(of._explanation)
