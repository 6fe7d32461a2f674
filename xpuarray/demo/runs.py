"""Running the analysis: who takes part, how long each stage takes there, and how far results differ."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import statistics
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

import xpuarray as xp
from xpuarray.demo.analysis import Bound, Library, Stage, by_kernel
from xpuarray.demo.data import DataSet
from xpuarray.errors import DeviceUnusableError
from xpuarray.spans import Call

__all__ = ["Difference", "Outcome", "Participant", "Row", "Timing", "participants", "run", "usable_devices"]

#: The name under which NumPy and stock scikit-learn take part.
REFERENCE = "NumPy"

# Timed calls of a stage: so many, between these two, as fit into the budget (in seconds).  Calls in
# which something was compiled do not count among them, nor does the first; so many of these at most.
_FEWEST, _MOST, _BUDGET, _MOST_WARM_UPS = 2, 7, 1.0, 5


def usable_devices(filter: str | None) -> tuple[list[xp.Device], list[xp.Device]]:
    """The devices to run on, and those that the filter admits but that can't be used.

    Raises DeviceFilterError, DeviceUnusableError if nothing is left.
    """
    admitted = xp.devices(filter)
    usable = [d for d in admitted if d.usable]
    left_out = [d for d in admitted if not d.usable]
    if not usable:
        raise DeviceUnusableError("; ".join(f"{d}: {d.why_not}" for d in left_out))
    return usable, left_out


# -- who takes part -----------------------------------------------------------------------------


class Participant:
    """NumPy with stock scikit-learn, or (with a device) xpuarray."""

    def __init__(self, library: Library, device: xp.Device | None = None):
        self.library = library
        self.device = device
        self.name = str(device) if device else REFERENCE
        self.failure = ""  #: why it takes no further part

    def put(self, array: np.ndarray) -> Any:
        """The array where the participant computes."""
        return xp.asarray(array, device=self.device) if self.device else array

    def fetch(self, array: Any) -> np.ndarray:
        """A result on the host; not copied where it is there already."""
        return xp.asnumpy(array, copy=None) if isinstance(array, xp.Array) else array

    def place(self) -> contextlib.AbstractContextManager[Any]:
        """Where new arrays go."""
        return xp.device(self.device) if self.device else contextlib.nullcontext()

    def wait(self) -> None:
        """Until all work has ended."""
        if self.device:
            xp.synchronize(self.device)


@contextlib.contextmanager
def participants(devices: Iterable[xp.Device]) -> Iterator[list[Participant]]:
    """NumPy with scikit-learn as it was, and each device with scikit-learn's estimators patched for it."""
    import joblib

    from xpuarray.sklearn import patch_sklearn, unpatch_sklearn

    # scikit-learn would ask this later, which forks once a process, about which TBB's threads complain.
    joblib.cpu_count(only_physical_cores=True)
    stock = Participant(_library(np, _sum_in_doubles, _stock_distances))
    patch_sklearn()
    try:
        ours = _library(xp, xp.sum, by_kernel)
        yield [stock, *(Participant(ours, device) for device in devices)]
    finally:
        unpatch_sklearn()


def _library(namespace: Any, sum: Callable[..., Any], distances: Callable[..., Any]) -> Library:
    """With the estimators that scikit-learn's names stand for at this moment."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression

    return Library(namespace, sum, distances, KMeans, PCA, LogisticRegression)


def _sum_in_doubles(x: np.ndarray, axis: int) -> np.ndarray:
    """NumPy would add the rows one by one in single precision: four million of them lose half the digits."""
    return np.sum(x, axis=axis, dtype=np.float64).astype(x.dtype)


def _stock_distances(X: np.ndarray, C: np.ndarray) -> np.ndarray:
    from sklearn.metrics.pairwise import euclidean_distances

    return euclidean_distances(X, C, squared=True)


# -- time ---------------------------------------------------------------------------------------


@dataclasses.dataclass
class Timing:
    """One stage of one participant, in seconds."""

    warm_ups: list[float] = dataclasses.field(default_factory=list)  #: the first call, and those that compiled
    runs: list[float] = dataclasses.field(default_factory=list)  #: all others
    calls: list[Call] = dataclasses.field(default_factory=list)  #: what the last one did (`xp.explain`)

    @property
    def median(self) -> float:
        """The time of a call."""
        return statistics.median(self.runs)

    @property
    def extra(self) -> float:
        """What the first calls took beyond that."""
        return max(0.0, sum(self.warm_ups) - len(self.warm_ups) * self.median)


def measure(participant: Participant, stage: Stage, s: SimpleNamespace) -> tuple[dict[str, Any], Timing]:
    """The stage's results, and its times with the wait for the device in them."""
    timing = Timing()
    while len(timing.runs) < _FEWEST or (len(timing.runs) < _MOST and sum(timing.runs) < _BUDGET):
        results, seconds, timing.calls = _call(participant, stage, s)
        warms_up = not timing.warm_ups or any(c.compiled for c in timing.calls)
        times = timing.warm_ups if warms_up and len(timing.warm_ups) < _MOST_WARM_UPS else timing.runs
        times.append(seconds)
    return results, timing


def _call(participant: Participant, stage: Stage, s: SimpleNamespace) -> tuple[dict[str, Any], float, list[Call]]:
    # A device without some estimator takes the host's, which the table then shows.
    with participant.place(), xp.allow_fallback(), warnings.catch_warnings(), xp.explain() as calls:
        warnings.simplefilter("ignore", xp.FallbackWarning)
        participant.wait()
        start = time.perf_counter()
        results = stage.function(participant.library, s)
        participant.wait()
        return results, time.perf_counter() - start, calls


# -- differences --------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Difference:
    """How far two participants are apart in one result."""

    between: tuple[str, str]
    result: str
    value: float
    bound: Bound

    @property
    def of_bound(self) -> float:
        """The difference as a share of the bound; infinite if any differ where none may."""
        return self.value / self.bound.largest if self.bound.largest else np.inf * self.value if self.value else 0.0

    @property
    def within(self) -> bool:
        """Whether they agree; a NaN never does."""
        return self.value <= self.bound.largest


def difference(measure: str, a: np.ndarray, b: np.ndarray) -> float:
    """How far two results are apart, by a `Bound.measure`; infinite for other shapes."""
    if a.shape != b.shape:
        return float("inf")
    if measure == "labels":
        return float(np.mean(a != b))
    if measure == "plane":
        a = a * np.where(np.sum(a * b, axis=0) < 0, -1, 1).astype(a.dtype)
    return float(np.max(np.abs(a - b)) / np.max(np.abs(b)))


def differences(stage: Stage, results: dict[str, dict[str, np.ndarray]]) -> list[Difference]:
    """Every two participants in every result of a stage; `results` by participant and name."""
    return [
        Difference((one, other), name, difference(bound.measure, results[one][name], results[other][name]), bound)
        for name, bound in stage.bounds.items()
        for other, one in itertools.combinations(results, 2)
    ]


# -- the whole ----------------------------------------------------------------------------------


@dataclasses.dataclass
class Row:
    """One stage on one data set, by all participants."""

    stage: Stage
    timings: dict[str, Timing]
    differences: list[Difference]

    @property
    def worst(self) -> Difference | None:
        """The difference that comes nearest to its bound, or exceeds it most."""
        return max(self.differences, key=lambda d: (not d.within, d.of_bound), default=None)


@dataclasses.dataclass
class Section:
    """One data set: its rows, how long the copy to each device took, and (of a small set) results to plot."""

    data: str  #: the data set in words
    name: str
    copies: dict[str, float]
    rows: list[Row] = dataclasses.field(default_factory=list)
    y: np.ndarray | None = None
    results: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Outcome:
    """All that the demo found."""

    participants: list[Participant]
    sections: list[Section]

    @property
    def failures(self) -> dict[str, str]:
        """Participants that did not come to the end, and why."""
        return {p.name: p.failure for p in self.participants if p.failure}

    @property
    def disagreements(self) -> list[tuple[Section, Row, Difference]]:
        """Every difference beyond its bound."""
        return [(s, row, d) for s in self.sections for row in s.rows for d in row.differences if not d.within]

    @property
    def agrees(self) -> bool:
        """Whether every device came to the end, with every difference within its bound."""
        return not self.failures and not self.disagreements


def run(data_sets: Iterable[DataSet], taking_part: list[Participant], tick: Callable[..., None]) -> Outcome:
    """Every stage of every data set by every participant; `tick` hears what is about to happen."""
    return Outcome(taking_part, [_section(data, taking_part, tick) for data in data_sets])


def _section(data: DataSet, taking_part: list[Participant], tick: Callable[..., None]) -> Section:
    section = Section(str(data), data.name, {})
    spaces = {}
    for participant in taking_part:
        with _failing(participant, "copy"):
            spaces[participant.name] = _put(data, participant, section.copies)
    for stage in data.stages:
        row = Row(stage, {}, [])
        results = {}
        for participant in taking_part:
            if participant.failure:
                continue
            tick(f"{data.name}: {stage.name}", participant.name)
            with _failing(participant, f"{data.name}, {stage.name}"):
                found, row.timings[participant.name] = measure(participant, stage, spaces[participant.name])
                vars(spaces[participant.name]).update(found)
                results[participant.name] = {k: participant.fetch(found[k]) for k in stage.bounds}
        row.differences = differences(stage, results)
        section.rows.append(row)
        if len(data.X) < 10_000:
            # The last participant's: the reference's only if no device came so far.
            section.y, section.results = data.y, section.results | next(reversed(results.values()))
    return section


def _put(data: DataSet, participant: Participant, seconds: dict[str, float]) -> SimpleNamespace:
    """A namespace with the data set where the participant computes."""
    start = time.perf_counter()
    s = SimpleNamespace(X=participant.put(data.X), y=participant.put(data.y), starts=data.starts)
    participant.wait()
    if participant.device:
        seconds[participant.name] = time.perf_counter() - start
    return s


@contextlib.contextmanager
def _failing(participant: Participant, where: str) -> Iterator[None]:
    """One device's failure ends its own part, not the demo."""
    try:
        yield
    except Exception as error:
        if not participant.device:
            raise
        participant.failure = f"{where}: {type(error).__name__}: {error}"
