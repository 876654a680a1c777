"""Random numbers by name, and what is drawn with them: compiled (EQ23, EQ28).

Every number is named by the seed, what it decides, of which tier, duty or grade, the draw and the
month. A hash of these is where its stream starts, so that a draw is the same alone or in a batch,
and a tier or a month more changes no other number. What is counted is read off one number between
0 and 1 by its chance of being at most so large: two options that meet the same luck differ by what
differs between them.
"""

from __future__ import annotations

import inspect
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import numba
import numpy as np
from numba import njit

from capacity import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)

EXACT_UP_TO = 60.0
"""Up to so many expected a number is exact; above, it is read off the normal distribution."""

SMALLEST = 1e-17
"""Chances smaller than this cannot be told from rounding."""

ONE_OVER = 1.0 / np.arange(1.0, 1025.0)
"""1 ÷ 1, 1 ÷ 2, 1 ÷ 3 …: multiplying is quicker than dividing."""

ONE_BY_ONE = 2
"""Up to so many for each age are drawn one by one; more, age by age."""


PLAIN: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}
"""Other threads run meanwhile, and no array is made or counted inside: that took half the time."""


def compiled(function: F) -> F:
    """Return a function compiled when first called."""
    made: F = njit(**PLAIN)(function)
    return made


def inlined(function: F) -> F:
    """Return a function compiled into each that calls it.

    For what is small or called from one place: to hand over its arrays, each as seven numbers or
    more, takes as long as what it does with them.
    """
    made: F = njit(forceinline=True, **PLAIN)(function)
    return made


class KeptCompiled:
    """A function that is compiled when first called, and kept for later runs.

    It is kept in the user's own cache, so that an installation that cannot be written to is
    compiled once too, and under the text of its module and those beside it that this one takes
    something from: a change of any is a new one. Where nothing can be kept it is compiled in every
    run that calls it.
    """

    def __init__(self, function: Callable[..., Any], signature: Any) -> None:
        self.function, self.signature, self.turn = function, signature, Lock()
        self.folder = _folder(function.__module__, os.environ)
        self.made: Callable[..., Any] | None = None

    def __call__(self, *given: Any) -> Any:
        """Call it, compiled."""
        return self.ready()(*given)

    def ready(self) -> Callable[..., Any]:
        """Return the compiled function; of several threads one compiles and the others wait."""
        with self.turn:
            if self.made is None:
                with _kept_in(self.folder) as kept, _places_from_the_start():
                    self.made = njit(self.signature, cache=kept, **PLAIN)(self.function)
            made: Callable[..., Any] = self.made
        return made


def kept_compiled(signature: Any) -> Callable[[Callable[..., Any]], KeptCompiled]:
    """Return a decorator that compiles a function of this signature when first called."""
    return lambda function: KeptCompiled(function, signature)


def _folder(module: str, environment: Mapping[str, str]) -> Path | None:
    """Return where what is compiled of a module is kept; none for an account without a home."""
    contents = blake2b(numba.__version__.encode(), digest_size=8)
    for name in sorted({__name__, module, *_beside(module)}):
        contents.update(inspect.getsource(sys.modules[name]).encode())
    cache = places.cache(environment)
    return None if cache is None else cache / "compiled" / contents.hexdigest()


def _beside(module: str) -> Iterator[str]:
    """Yield the modules of the same room that a module takes something from."""
    room = module.rpartition(".")[0] + "."
    for one in vars(sys.modules[module]).values():
        name = getattr(one, "__module__", None) or getattr(one, "__name__", None)
        if isinstance(name, str) and name.startswith(room):
            yield name


@contextmanager
def _kept_in(folder: Path | None) -> Iterator[bool]:
    """Have Numba keep what is compiled meanwhile in a folder; yield whether it can."""
    config: Any = numba.config
    before = config.CACHE_DIR
    can = False
    if folder is not None:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            can = os.access(folder, os.W_OK)
    config.CACHE_DIR = str(folder) if can else before
    try:
        with _one_at_a_time(folder) if folder is not None and can else nullcontext():
            yield can
    finally:
        config.CACHE_DIR = before


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait while another process compiles into a folder: then it is there already."""
    with ExitStack() as held:
        with suppress(OSError):  # a full disk, or a network drive without locks
            lock = held.enter_context((folder / "lock").open("w"))
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _places_from_the_start() -> Iterator[None]:
    """Have Numba take what is compiled meanwhile at its word: no place counts from an array's end.

    To look at each whether it is negative took a fifth of the time. Where a version of Numba does
    it elsewhere it goes on looking, with the same results.
    """
    from numba.np import arrayobj

    name = "fix_integer_index"
    before = getattr(arrayobj, name, None)
    if before is None:
        yield
        return

    def as_it_is(context: Any, builder: Any, kind: Any, place: Any, size: Any) -> Any:
        return context.cast(builder, place, kind, numba.types.intp)

    setattr(arrayobj, name, as_it_is)
    try:
        yield
    finally:
        setattr(arrayobj, name, before)


# Names ---------------------------------------------------------------------------------------


def keys(seed: int, what: str, names: Sequence[str]) -> NDArray[np.uint64]:
    """Return the keys of what is drawn for some names. Shape: [name]."""
    found = [
        int.from_bytes(blake2b(f"{seed}/{what}/{name}".encode(), digest_size=8).digest(), "little")
        for name in names
    ]
    return np.array(found, dtype=np.uint64)


@inlined
def mix(z: Any) -> Any:
    """Return 64 bits in which every bit depends on every bit given (SplitMix64)."""
    z = (z ^ (z >> np.uint64(30))) * FIRST
    z = (z ^ (z >> np.uint64(27))) * SECOND
    return z ^ (z >> np.uint64(31))


@compiled
def of_draw(key: Any, number: int) -> Any:
    """Return the key of a draw."""
    return mix(key ^ mix(np.uint64(number) * GOLDEN + FIRST))


@inlined
def of_month(key: Any, month: int) -> Any:
    """Return where the stream of a month starts."""
    return mix(key + np.uint64(month + 1) * GOLDEN)


@inlined
def between(bits: Any) -> float:
    """Return a number evenly between 0 and 1, neither met."""
    return (np.float64(bits >> np.uint64(11)) + 0.5) * 2.0**-53


@inlined
def even(key: Any, month: int) -> float:
    """Return the first number of a month's stream, evenly between 0 and 1."""
    return between(of_month(key, month))


# Distributions -------------------------------------------------------------------------------


MIDDLE = np.array(
    [
        [
            2509.0809287301226727,
            33430.575583588128105,
            67265.770927008700853,
            45921.953931549871457,
            13731.693765509461125,
            1971.5909503065514427,
            133.14166789178437745,
            3.387132872796366608,
        ],
        [
            5226.495278852545925,
            28729.085735721942674,
            39307.89580009271061,
            21213.794301586595867,
            5394.1960214247511077,
            687.1870074920579083,
            42.313330701600911252,
            1.0,
        ],
    ]
)
"""Numerator and denominator of the standard normal's quantile, highest power first (AS 241)."""
TAIL = np.array(
    [
        [
            7.7454501427834140764e-4,
            0.0227238449892691845833,
            0.24178072517745061177,
            1.27045825245236838258,
            3.64784832476320460504,
            5.7694972214606914055,
            4.6303378461565452959,
            1.42343711074968357734,
        ],
        [
            1.05075007164441684324e-9,
            5.475938084995344946e-4,
            0.0151986665636164571966,
            0.14810397642748007459,
            0.68976733498510000455,
            1.6763848301838038494,
            2.05319162663775882187,
            1.0,
        ],
    ]
)
FAR_TAIL = np.array(
    [
        [
            2.01033439929228813265e-7,
            2.71155556874348757815e-5,
            0.0012426609473880784386,
            0.026532189526576123093,
            0.29656057182850489123,
            1.7848265399172913358,
            5.4637849111641143699,
            6.6579046435011037772,
        ],
        [
            2.04426310338993978564e-15,
            1.4215117583164458887e-7,
            1.8463183175100546818e-5,
            7.868691311456132591e-4,
            0.0148753612908506148525,
            0.13692988092273580531,
            0.59983220655588793769,
            1.0,
        ],
    ]
)


@inlined
def quotient(factor: float, r: float, numbers: Any) -> float:
    """Return a factor times one polynomial divided by another."""
    above, below = numbers[0, 0], numbers[1, 0]
    for place in range(1, 8):
        above = above * r + numbers[0, place]
        below = below * r + numbers[1, place]
    return float(factor * above / below)


@compiled
def normal(chance: float) -> float:
    """Return the standard normal's quantile (Wichura's algorithm AS 241)."""
    q = chance - 0.5
    if abs(q) <= 0.425:
        return quotient(q, 0.180625 - q * q, MIDDLE)
    r = math.sqrt(-math.log(chance if q < 0.0 else 1.0 - chance))
    side = -1.0 if q < 0.0 else 1.0
    if r <= 5.0:
        return quotient(side, r - 1.6, TAIL)
    return quotient(side, r - 5.0, FAR_TAIL)


@compiled
def nearly(chance: float, mean: float, spread: float, skew: float) -> int:
    """Return a count by the normal distribution with its skewness corrected; at least 0.

    Args:
        chance: of being at most so large.
        mean: expected.
        spread: standard deviation.
        skew: skewness × standard deviation.
    """
    z = normal(chance)
    return max(0, math.ceil(mean + z * spread + skew * (z * z - 1.0) / 6.0 - 0.5))


@compiled
def poisson(chance: float, mean: float) -> int:
    """Return a Poisson number (EQ23)."""
    if chance <= 1.0 - mean or mean <= 0.0:  # none is at least so likely
        return 0
    if mean > EXACT_UP_TO:
        return nearly(chance, mean, math.sqrt(mean), 1.0)
    term = math.exp(-mean)
    at_most, count = term, 0
    while chance > at_most:
        term *= mean * ONE_OVER[count]
        count += 1
        at_most += term
        if term < SMALLEST and count > mean:
            break
    return count


@compiled
def rarely(share: float) -> float:
    """Return the logarithm of the chance that the rarer of two things does not happen."""
    return math.log1p(-(1.0 - share if share > 0.5 else share))


@compiled
def few(chance: float, number: int, share: float, log: float) -> int:
    """Return how many of a number something happens to, a share of at most a half each.

    Args:
        chance: of being at most so large.
        number: of all.
        share: of each.
        log: the logarithm of 1 − share.
    """
    mean = number * share
    if chance <= 1.0 - mean:  # none is at least so likely
        return 0
    if mean > EXACT_UP_TO:
        spread = math.sqrt(mean * (1.0 - share))
        return min(number, nearly(chance, mean, spread, 1.0 - 2.0 * share))
    odds = share / (1.0 - share)
    term = math.exp(number * log)
    at_most, count = term, 0
    while chance > at_most and count < number:
        term *= odds * (number - count) * ONE_OVER[count]
        count += 1
        at_most += term
        if term < SMALLEST and count > mean:
            break
    return count


@compiled
def binomial(chance: float, number: int, share: float) -> int:
    """Return how many of a number something happens to, each by itself with the same chance."""
    if number <= 0 or share <= 0.0:
        return 0
    if share <= 0.5 and chance <= 1.0 - number * share:  # as in `few`, before the logarithm
        return 0
    return binomial_of(chance, number, share, rarely(share))


@compiled
def binomial_of(chance: float, number: int, share: float, log: float) -> int:
    """Return the same where `rarely` of the share is known: it takes as long as all the rest."""
    if number <= 0 or share <= 0.0:
        return 0
    if share >= 1.0:
        return number
    if share > 0.5:
        return number - few(1.0 - chance, number, 1.0 - share, log)
    return few(chance, number, share, log)


@compiled
def failures(chance: float, times: int, share: float, log: float) -> int:
    """Return the failures before so many successes, each try failing with a share (EQ28).

    Args:
        chance: of being at most so large.
        times: successes.
        share: of failures.
        log: the logarithm of 1 − share.
    """
    if times <= 0 or share <= 0.0:
        return 0
    mean = times * share / (1.0 - share)
    if mean > EXACT_UP_TO:
        spread = math.sqrt(mean / (1.0 - share))
        return nearly(chance, mean, spread, (1.0 + share) / (1.0 - share))
    term = math.exp(times * log)
    at_most, count = term, 0
    while chance > at_most and count < len(ONE_OVER):
        term *= share * (times + count) * ONE_OVER[count]
        count += 1
        at_most += term
        if term < SMALLEST and count > mean:
            break
    return count


@compiled
def marked(chance: float, all_: int, some: int, drawn: int) -> int:
    """Return how many of some are among so many drawn from all, every one equally likely."""
    if drawn <= 0 or some <= 0:
        return 0
    most, less, there, out = some, chance, some, drawn
    left_out, left_over = 2 * drawn > all_, 2 * some > all_
    if left_out:  # count those not drawn
        less, out = 1.0 - less, all_ - drawn
    if left_over:  # count those who are not marked
        less, there = 1.0 - less, all_ - some
    count = marked_least(less, all_, there, out)
    if left_over:
        count = out - count
    return most - count if left_out else count


@compiled
def marked_least(chance: float, all_: int, some: int, drawn: int) -> int:
    """Return the same where both at most half of all are drawn and at most half are marked."""
    if drawn <= 0 or some <= 0:
        return 0
    share = some / all_
    mean = drawn * share
    if mean > EXACT_UP_TO:
        spread = math.sqrt(mean * (1.0 - share) * (all_ - drawn) / (all_ - 1.0))
        skew = (1.0 - 2.0 * share) * (all_ - 2.0 * drawn) / (all_ - 2.0)
        return min(some, drawn, nearly(chance, mean, spread, skew))
    rest = all_ - some - drawn
    term = math.exp(
        math.lgamma(all_ - some + 1.0)
        - math.lgamma(rest + 1.0)
        - math.lgamma(all_ + 1.0)
        + math.lgamma(all_ - drawn + 1.0)
    )
    at_most, count, most = term, 0, min(some, drawn)
    while chance > at_most and count < most:
        term *= (some - count) * (drawn - count) / ((count + 1.0) * (rest + count + 1.0))
        count += 1
        at_most += term
        if term < SMALLEST and count > mean:
            break
    return count


@compiled
def choose(stream: Any, there: Any, drawn: int, chosen: Any) -> None:
    """Choose some of those at each age, every one equally likely.

    Args:
        stream: where the numbers start.
        there: how many there are at each age.
        drawn: how many are chosen in all, at most as many as there are.
        chosen: how many of each age, to be written.
    """
    total = 0
    for place in range(len(there)):
        total += there[place]
        chosen[place] = 0
    if drawn <= 0:
        return
    if drawn <= ONE_BY_ONE * len(there) and 2 * drawn <= total:
        for n in range(drawn):
            stream += GOLDEN
            which = int(between(mix(stream)) * (total - n))
            place = 0
            while which >= there[place] - chosen[place]:
                which -= there[place] - chosen[place]
                place += 1
            chosen[place] += 1
        return
    for place in range(len(there)):
        here = there[place]
        if here == total:
            chosen[place] = drawn
            return
        if here > 0 and drawn > 0:
            stream += GOLDEN
            chosen[place] = marked(between(mix(stream)), total, here, drawn)
            drawn -= chosen[place]
        total -= here
