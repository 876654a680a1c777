"""What a page shows: the scenario, what is changed in it, and the plans of both."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from capacity.app import results
from capacity.app.outlooks import Ahead
from capacity.app.results import Result
from capacity.app.toml_text import WhatIf
from capacity.charts import Shown, frames
from capacity.kinds import IN_FILES
from capacity.reading.scenario import Scenario
from capacity.results.phrases import asks
from capacity.settings import Standard
from capacity.stages import PlanResult
from capacity.why.headlines import Headlines


@dataclass(frozen=True)
class View:
    """What a page shows: the scenario, what is changed, and the plans of both."""

    base: Scenario
    what_if: WhatIf
    result: Result
    baseline: Result | None  # where something is changed
    ahead: Ahead | None = None  # None: not known yet
    ahead_before: Ahead | None = None

    @property
    def plan(self) -> PlanResult:
        """The plan of the scenario with its changes."""
        return self.result.plan

    @property
    def said(self) -> Headlines:
        """What the plan comes to."""
        return self.result.said

    @cached_property
    def shown(self) -> Shown:
        """What charts draw."""
        before = self.baseline
        return Shown(
            self.plan,
            None if before is None else before.plan,
            self.said,
            None if before is None else before.said,
            _drawn(self.ahead),
            _drawn(self.ahead_before),
        )

    @cached_property
    def selections(self) -> str:
        """The scenario and what is changed, for every output."""
        return "; ".join([self.base.settings.title, *changes_in_words(self.base, self.what_if)])

    @property
    def stem(self) -> str:
        """What downloaded files are called."""
        return f"{self.base.name}-what-if" if self.what_if else self.base.name


def _drawn(ahead: Ahead | None) -> frames.Ahead | None:
    """Return what charts draw of it: a place kept for what is not known yet."""
    return {} if ahead is None else ahead.found or None


# Words -------------------------------------------------------------------------------------


def changes_in_words(base: Scenario, what_if: WhatIf) -> list[str]:
    """Return what is changed, each as `setting: old → new`."""
    words = results.words_of(base)
    said = [words.change(name, value) for name, value in what_if.values.items()]
    return [*said, *(added_words(base, kind, item) for kind, item in what_if.added)]


def added_words(base: Scenario, kind: str, item: Mapping[str, Any]) -> str:
    """Return what was added to a list."""
    words = results.words_of(base)
    if kind == "standards" and any(level in item for level in IN_FILES):
        with contextlib.suppress(ValidationError):  # an address may say anything
            return f"{item.get('name')}: {asks(base.settings, Standard.model_validate(item))}"
    return words.added(kind, item)
