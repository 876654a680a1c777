"""Valid files bent out of shape: what a careless or a hostile hand could make of one.

`bend` takes its choices from whoever calls: Hypothesis, a fuzzer or a seeded generator.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

Choose = Callable[[Sequence[Any]], Any]

NUMBERS: tuple[Any, ...] = (
    0,
    -1,
    1,
    2,
    0.5,
    12,
    13,
    600,
    601,
    1e-9,
    5e-324,
    1e6,
    1e12,
    1.0000001e12,
    1e308,
    -1e308,
    float("inf"),
    float("-inf"),
    float("nan"),
    2**63,
    10**400,
    -0.0,
    0.1 + 0.2,
)
TEXTS = (
    "",
    " ",
    "a",
    "*",
    ".",
    "..",
    "a.b",
    "value",
    "__proto__",
    "../../etc/passwd",
    "C:\\x",
    "\\\\host\\share",
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}",
    "#eval(1)",
    "$x$",
    "[a](javascript:alert(1))",
    "![a](http://x.invalid/a)",
    "\x1b[31mred",
    "a\nb",
    "a\rb",
    "a\u202eb",
    "a\u200bb",
    "\ufeffa",
    "\U000e0041",
    "e\u0301" * 90,
    "\U0001f600",
    "\u0430",
    "x" * 61,
    "x" * 201,
    "x" * 5000,
    '"; drop',
    "'",
    "2024-10",
    "2024-10-01",
)
OTHERS: tuple[Any, ...] = (
    True,
    False,
    date(1, 1, 1),
    date(1990, 1, 1),
    date(2025, 4, 30),
    date(2100, 12, 31),
    date(9999, 12, 31),
    datetime(2025, 4, 1, 12, 0),
    [],
    {},
    [[]],
    [{}],
    [1, "a"],
    {"value": 1},
    {"value": 1, "low": 2},
    {"value": float("nan")},
    {"value": {"value": 1}},
    {"*": 1},
    {"value": 1, "low": 0, "high": 1e12, "source": "judgement"},
)
VALUES = (*NUMBERS, *TEXTS, *OTHERS)
ACTS = ("value", "value", "number", "number", "drop", "rename", "graft", "double", "move", "wrap")


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a tree, tables and lists included."""
    found = [path] if path else []
    items: Any = ()
    if isinstance(tree, dict):
        items = tree.items()
    elif isinstance(tree, list):
        items = enumerate(tree)
    for key, value in items:
        found += places(value, (*path, key))
    return found


def at(tree: Any, path: Sequence[Any]) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def bend(tree: Any, choose: Choose, times: int) -> Any:
    """A copy of a tree with so many things done to it."""
    bent = copy.deepcopy(tree)
    for _ in range(times):
        every = places(bent)
        if not every:
            break
        _act(bent, every, choose)
    return bent


def nudge(tree: Any, choose: Choose, times: int) -> Any:
    """A copy of a tree with so many small changes, of which most leave it a valid scenario."""
    nudged = copy.deepcopy(tree)
    for _ in range(times):
        every = places(nudged)
        leaves = [path for path in every if not isinstance(at(nudged, path), dict | list)]
        if not leaves:
            break
        *above, last = choose(leaves)
        node, value = at(nudged, above), at(nudged, (*above, last))
        alike = [at(nudged, path) for path in leaves if path[-1] == last]
        if isinstance(value, bool):
            node[last] = not value
        elif isinstance(value, int):
            node[last] = choose([0, 1, value - 1, value + 1, 2 * value, *alike])
        elif isinstance(value, float):
            node[last] = choose([0.0, 1.0, value / 2, 0.9 * value, 1.1 * value, 2 * value, *alike])
        elif isinstance(value, str):
            keys = [path[-1] for path in every if isinstance(path[-1], str)]
            node[last] = choose([*alike, *keys])
        elif choose([True, False]):
            del node[last]
    return nudged


def _act(tree: Any, every: list[tuple[Any, ...]], choose: Choose) -> None:
    path = choose(every)
    *above, last = path
    node, act = at(tree, above), choose(ACTS)
    if act == "value":
        node[last] = copy.deepcopy(choose(VALUES))
    elif act == "number":
        leaves = [p for p in every if isinstance(at(tree, p), int | float)] or [path]
        place = choose(leaves)
        at(tree, place[:-1])[place[-1]] = choose(NUMBERS)
    elif act == "drop":
        del node[last]
    elif act == "rename" and isinstance(node, dict):
        node[choose([*TEXTS, *(p[-1] for p in every if isinstance(p[-1], str))])] = node.pop(last)
    elif act == "graft":
        node[last] = copy.deepcopy(at(tree, choose(every)))
    elif act == "double" and isinstance(node, list):
        node.append(copy.deepcopy(node[last]))
    elif act == "double":
        node[f"{last}_2"] = copy.deepcopy(node[last])
    elif act == "move":
        other = choose(every)
        node[last] = copy.deepcopy(at(tree, other))
    else:
        node[last] = [node[last]] if choose([True, False]) else {"value": node[last]}
