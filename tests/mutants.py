"""Change single places of some modules and see whether their tests notice.

`python tests/mutants.py 40 capacity/risk/decide.py tests/test_review.py tests/test_whole.py` tries
40 changes of a module, chosen by seeded chance, with the tests that run the line changed; a second
number is another seed. Where `make mutants` tries every change of the method in an hour, this tries
a sample in minutes: the tests are run once, to learn which of them take which line, and each change
is then put into the functions of a process forked from this one. Modules that are compiled are run
as plain Python, which is slow: give them tests of small units, by name.

Several modules may be named. Printed are the share noticed and each change that nobody noticed.
Not changed: text, types, what a module does when it is loaded, lines that no test takes.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import ast  # noqa: E402
import copy  # noqa: E402
import importlib  # noqa: E402
import io  # noqa: E402
import random  # noqa: E402
import signal  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from contextlib import redirect_stderr, redirect_stdout  # noqa: E402
from pathlib import Path  # noqa: E402
from types import CodeType, FunctionType, ModuleType  # noqa: E402
from typing import Any  # noqa: E402

import pytest  # noqa: E402
from coverage import CoverageData  # noqa: E402

SECONDS = 120
"""After which a change is taken to be noticed: it goes on for ever."""

SEED = 1
COMPILED = ("capacity/risk/luck.py", "capacity/risk/queued.py", "capacity/risk/whole.py")

OPTIONS = [
    "-q",
    "-W",
    "ignore:overflow encountered:RuntimeWarning",
    "-x",
    "-p",
    "no:cacheprovider",
    "-m",
    "not slow",
    "--hypothesis-profile",
    "quick",
]

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Mod: ast.Add,
    ast.FloorDiv: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
CALLED = {
    "min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "any": "all",
    "all": "any", "floor": "ceil", "ceil": "floor", "argmin": "argmax", "argmax": "argmin",
}  # fmt: skip


class Change(ast.NodeTransformer):
    """Makes change number so much of a tree, and counts those there are."""

    def __init__(self, number: int = -1) -> None:
        self.number, self.seen, self.line, self.inside = number, 0, 0, 0
        self.lines: list[int] = []

    def _hit(self, node: Any) -> bool:
        if not self.inside:
            return False
        self.lines.append(node.lineno)
        self.seen += 1
        if self.seen - 1 == self.number:
            self.line = node.lineno
            return True
        return False

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        """Only bodies are changed: not defaults, decorators or types."""
        self.inside += 1
        node.body = [self.visit(one) for one in node.body]
        self.inside -= 1
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_Compare(self, node: ast.Compare) -> Any:
        self.generic_visit(node)
        other = COMPARED.get(type(node.ops[0]))
        if other and self._hit(node):
            node.ops[0] = other()
        return node

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        self.generic_visit(node)
        other = COUNTED.get(type(node.op))
        if other and self._hit(node):
            node.op = other()
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        self.generic_visit(node)
        other = COUNTED.get(type(node.op))
        if other and self._hit(node):
            node.op = other()
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        self.generic_visit(node)
        if self._hit(node):
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not | ast.USub | ast.Invert) and self._hit(node):
            return node.operand
        return node

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        self.generic_visit(node)
        if self._hit(node):
            node.body, node.orelse = node.orelse, node.body
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        name = node.func
        if isinstance(name, ast.Name) and name.id in CALLED and self._hit(node):
            name.id = CALLED[name.id]
        elif isinstance(name, ast.Attribute) and name.attr in CALLED and self._hit(node):
            name.attr = CALLED[name.attr]
        return node

    def visit_Constant(self, node: ast.Constant) -> Any:
        value = node.value
        if isinstance(value, bool):
            return ast.copy_location(ast.Constant(not value), node) if self._hit(node) else node
        if isinstance(value, int | float) and self._hit(node):
            return ast.copy_location(ast.Constant(value + 1), node)
        return node

    def visit_Continue(self, node: ast.Continue) -> Any:
        return ast.copy_location(ast.Break(), node) if self._hit(node) else node


def functions(module: ModuleType) -> Iterator[FunctionType]:
    """Yield the functions of a module and of its classes."""
    for one in vars(module).values():
        holds = list(vars(one).values()) if isinstance(one, type) else [one]
        for inner in holds:
            plain = getattr(inner, "py_func", inner)
            plain = getattr(plain, "fget", None) or getattr(plain, "func", None) or plain
            plain = getattr(plain, "__func__", plain)
            plain = getattr(plain, "__wrapped__", plain)
            if isinstance(plain, FunctionType) and plain.__module__ == module.__name__:
                yield plain


def codes(code: CodeType) -> Iterator[CodeType]:
    """Yield a code and all that stand in it."""
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from codes(one)


def put(module: ModuleType, tree: ast.Module) -> None:
    """Give the functions of a module the code that a changed tree has for them."""
    path = str(module.__file__)
    made = {
        (one.co_qualname, one.co_firstlineno): one
        for one in codes(compile(tree, path, "exec", dont_inherit=True))
    }
    for one in functions(module):
        other = made.get((one.__code__.co_qualname, one.__code__.co_firstlineno))
        if other is not None and other.co_freevars == one.__code__.co_freevars:
            one.__code__ = other


def taken(modules: list[str], tests: list[str]) -> dict[tuple[str, int], set[str]]:
    """Run the tests once and return which of them take which line."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "lines"
        inside = [f"--cov={one.removesuffix('.py').replace('/', '.')}" for one in modules]
        command = [sys.executable, "-m", "pytest", *OPTIONS, *inside, "--cov-context=test"]
        command += ["--cov-report=term", "--cov-config=/dev/null", *tests]
        done = subprocess.run(
            command,
            env={**os.environ, "COVERAGE_FILE": str(kept)},
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(done.stdout[-3000:])
        data = CoverageData(str(kept))
        data.read()
        found: dict[tuple[str, int], set[str]] = {}
        for path in data.measured_files():
            name = str(Path(path).relative_to(Path.cwd()))
            for line, contexts in data.contexts_by_lineno(path).items():
                ran = {one.rpartition("|")[0] for one in contexts if one}
                found[name, line] = {one for one in ran if one}
        return found


def noticed(module: ModuleType, tree: ast.Module, tests: list[str]) -> bool:
    """Return whether the tests notice a changed tree, in a process of their own."""
    child = os.fork()
    if child == 0:
        os.setsid()
        code = 1
        try:
            put(module, tree)
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                code = int(pytest.main([*OPTIONS, *tests]))
        finally:
            os._exit(code)
    began = time.monotonic()
    while time.monotonic() - began < SECONDS:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status != 0
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def main() -> int:
    """Try so many changes of each module and print what nobody noticed."""
    number, seed = (*(int(one) for one in sys.argv[1:] if one.isdigit()), SEED)[:2]
    modules = [one for one in sys.argv[1:] if one.startswith("capacity/")]
    tests = [one for one in sys.argv[1:] if one.startswith("tests/")]
    sys.path.insert(0, str(Path.cwd()))
    if any(one in COMPILED for one in modules):
        os.environ["NUMBA_DISABLE_JIT"] = "1"
    lines = taken(modules, tests)
    for one in dict.fromkeys(tests):
        importlib.import_module(one.partition("::")[0].removesuffix(".py").replace("/", "."))
    all_tried = all_noticed = 0
    for path in modules:
        module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
        source = Path(path).read_text(encoding="utf-8")
        whole, counting = ast.parse(source), Change()
        counting.visit(copy.deepcopy(whole))
        there = [n for n, line in enumerate(counting.lines) if lines.get((path, line))]
        chosen = random.Random(seed).sample(there, min(number, len(there)))
        found = 0
        for place in sorted(chosen):
            change = Change(place)
            tree = ast.fix_missing_locations(change.visit(copy.deepcopy(whole)))
            if noticed(module, tree, sorted(lines[path, change.line])):
                found += 1
                continue
            text = source.splitlines()[change.line - 1].strip()
            new = {ast.unparse(a): ast.unparse(b) for a, b in _pairs(whole, tree, change.line)}
            print(f"{path}:{change.line}: {text}  →  {list(new.values())}", flush=True)
        all_tried, all_noticed = all_tried + len(chosen), all_noticed + found
        print(f"{path}: {found} of {len(chosen)} noticed, of {len(there)} there are", flush=True)
    print(f"in all: {all_noticed} of {all_tried} noticed ({all_noticed / max(1, all_tried):.0%})")
    return 0


def _pairs(before: ast.AST, after: ast.AST, line: int) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield the smallest expressions of a line that differ."""
    for a, b in zip(ast.iter_child_nodes(before), ast.iter_child_nodes(after), strict=False):
        if ast.dump(a) != ast.dump(b):
            if isinstance(a, ast.expr) and getattr(a, "lineno", 0) == line:
                yield a, b
            else:
                yield from _pairs(a, b, line)


if __name__ == "__main__":
    sys.exit(main())
