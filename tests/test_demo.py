"""The demo: devices agree, disagreement and failure end in a status, and the output says who and where."""

from __future__ import annotations

import importlib.util
import math
from types import SimpleNamespace

import numpy as np
import pytest

import xpuarray as xp
from xpuarray import demo
from xpuarray.demo import analysis, data, report, runs
from xpuarray.placement.devices import Device, as_device
from xpuarray.spans import Call, record


def silent(what: str, who: str = "") -> None:
    """A `tick` that tells nobody."""


def quick(devices: list[Device]) -> runs.Outcome:
    with runs.participants(devices) as taking_part:
        return runs.run(data.data_sets(True, silent), taking_part, silent)


# -- the whole ----------------------------------------------------------------------------------


def test_every_device_agrees_with_numpy(device: Device) -> None:
    outcome = quick([device])
    assert outcome.failures == {}
    assert outcome.disagreements == []
    assert outcome.agrees
    for section in outcome.sections:
        for row in section.rows:
            assert set(row.timings) == {"NumPy", str(device)}
            assert [d.result for d in row.differences] == list(row.stage.bounds)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Status, output and picture of one quick run on every device."""
    import contextlib
    import io

    picture = tmp_path_factory.mktemp("demo") / "picture.png"
    with contextlib.redirect_stdout(io.StringIO()) as out:
        status = demo.main(["--quick", "--plot", str(picture)])
    return SimpleNamespace(status=status, text=out.getvalue(), picture=picture)


def test_it_ends_well(printed: SimpleNamespace) -> None:
    assert printed.status == 0
    assert "All agree" in printed.text
    assert "DISAGREE" not in printed.text


def test_it_names_every_device_and_what_ran_there(printed: SimpleNamespace) -> None:
    devices = xp.devices()
    for d in devices:
        assert str(d) in printed.text
        assert d.usable or d.why_not in printed.text
    assert "squared_distances" in printed.text
    stages = {stage.name for stage in (*analysis.SMALL, *analysis.LARGE)}
    assert [s for s in stages if s not in printed.text] == []


def test_it_shows_progress_by_lines_where_there_is_no_terminal(printed: SimpleNamespace) -> None:
    assert printed.text.index("digits: PCA ...") < printed.text.index("drawing 3,000 samples ...")


def test_it_writes_a_picture(printed: SimpleNamespace) -> None:
    content = printed.picture.read_bytes()
    assert content.startswith(b"\x89PNG\r\n")
    assert len(content) > 20_000


def test_the_pretend_device_gets_little_to_do(monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.setenv("SYCL_DEVICE_FILTER", "fake")
    assert demo.main(["--plot", f"{tmp_path}/demo.png"]) == 0
    text = capsys.readouterr().out
    assert "digits: 150 × 64" in text


# -- disagreement and failure -------------------------------------------------------------------


def run_on_host(capsys: pytest.CaptureFixture[str], folder: object) -> tuple[int, str]:
    """Status and output (in one line) of a quick run on `host` alone."""
    status = demo.main(["--quick", "--devices", "host", "--plot", f"{folder}/demo.png"])
    return status, " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("spoil", [lambda out: out * 1.0001, lambda out: out * math.nan], ids=["wrong", "nan"])
def test_a_device_that_computes_something_else_is_named(monkeypatch, capsys, tmp_path, spoil) -> None:
    monkeypatch.setattr(runs, "by_kernel", lambda X, C: spoil(analysis.by_kernel(X, C)))
    status, text = run_on_host(capsys, tmp_path)
    assert status == 1
    assert "DISAGREE host:cpu:0 and NumPy: digits, distances, distances:" in text
    assert "All agree" not in text
    assert "digits, PCA" not in text  # what does not depend on the distances is right


def test_one_wrong_label_is_too_many(monkeypatch, capsys, tmp_path) -> None:
    def cluster(lib: analysis.Library, s: SimpleNamespace) -> dict[str, object]:
        found = analysis.cluster(lib, s)
        if isinstance(found["labels"], xp.Array):
            found["labels"][3] = 9 - found["labels"][3]
        return found

    stages = tuple(s._replace(function=cluster) if s.name == "KMeans" else s for s in analysis.SMALL)
    monkeypatch.setattr(data, "SMALL", stages)
    status, text = run_on_host(capsys, tmp_path)
    assert status == 1
    assert "DISAGREE host:cpu:0 and NumPy: digits, KMeans, labels: 0.0067, bound 0" in text  # 1 of 150


def test_a_device_that_fails_is_named_and_the_others_go_on(monkeypatch, capsys, tmp_path) -> None:
    def failing(X: xp.Array, C: xp.Array) -> xp.Array:
        raise xp.OutOfDeviceMemoryError("no room for 42 bytes")

    monkeypatch.setattr(runs, "by_kernel", failing)
    status, text = run_on_host(capsys, tmp_path)
    assert status == 1
    assert "FAILED host:cpu:0: digits, distances: OutOfDeviceMemoryError: no room for 42 bytes" in text
    assert (tmp_path / "demo.png").exists()


def test_a_failure_of_the_reference_is_nobody_elses(monkeypatch) -> None:
    def failing(X: np.ndarray, C: np.ndarray) -> np.ndarray:
        raise RuntimeError("stock scikit-learn is broken")

    monkeypatch.setattr(runs, "_stock_distances", failing)
    with pytest.raises(RuntimeError, match="stock scikit-learn is broken"):
        quick([as_device("host")])


# -- usage --------------------------------------------------------------------------------------


def test_a_missing_extra_says_what_to_install(monkeypatch, capsys) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "rich" else found(name))
    assert demo.main([]) == 2
    error = capsys.readouterr().err
    assert "rich" in error and "matplotlib" not in error
    assert "pip install 'xpuarray[demo]'" in error


@pytest.mark.parametrize("argv", [["--nonsense"], ["--plot", "/no/such/folder/demo.png"]])
def test_wrong_usage(capsys, argv) -> None:
    assert demo.main(argv) == 2
    assert argv[0] in capsys.readouterr().err


def test_a_filter_that_admits_nothing() -> None:
    with pytest.raises(xp.DeviceFilterError, match="cuda:gpu:77"):
        demo.main(["--quick", "--devices", "cuda:gpu:77"])


def test_unusable_devices_are_left_out(monkeypatch) -> None:
    usable, unusable = as_device("host"), SimpleNamespace(usable=False, why_not="it has no USM")
    monkeypatch.setattr(xp, "devices", lambda filter: [unusable, usable])
    assert runs.usable_devices(None) == ([usable], [unusable])
    monkeypatch.setattr(xp, "devices", lambda filter: [unusable])
    with pytest.raises(xp.DeviceUnusableError, match="it has no USM"):
        runs.usable_devices(None)


def test_scikit_learn_is_as_it_was_afterwards() -> None:
    import sklearn.cluster

    before, fit = sklearn.cluster.KMeans, sklearn.cluster.KMeans.fit
    with runs.participants([as_device("host")]) as (stock, ours):
        assert stock.library.KMeans is before
        assert ours.library.KMeans is sklearn.cluster.KMeans
        assert sklearn.cluster.KMeans.fit is not fit
    assert sklearn.cluster.KMeans is before and before.fit is fit


# -- parts --------------------------------------------------------------------------------------


def test_difference_of_values_is_relative_to_the_largest() -> None:
    a, b = np.array([1.0, -200.0]), np.array([3.0, -200.0])
    assert runs.difference("values", a, b) == 0.01
    assert runs.difference("values", a, a) == 0


def test_difference_of_planes_is_free_in_the_sign_of_columns() -> None:
    a = np.array([[1.0, 2.0], [-3.0, 4.0]])
    assert runs.difference("plane", a * [1, -1], a) == 0
    assert runs.difference("plane", a[::-1], a) > 0.1


def test_difference_of_labels_is_a_share() -> None:
    assert runs.difference("labels", np.array([1, 2, 3, 4]), np.array([1, 2, 4, 3])) == 0.5


def test_other_shapes_differ_infinitely() -> None:
    assert runs.difference("values", np.zeros((2, 3)), np.zeros((3, 2))) == math.inf


@pytest.mark.parametrize("largest, value, within", [(1e-5, 1e-5, True), (1e-5, 2e-5, False), (0, 0, True)])
def test_bounds(largest, value, within) -> None:
    assert runs.Difference(("a", "b"), "x", value, analysis.Bound("values", largest, "")).within is within


@pytest.mark.parametrize("largest", [0, 1e-5])
def test_nan_is_within_no_bound_and_the_worst_there_is(largest) -> None:
    bound = analysis.Bound("values", largest, "")
    good, bad = (runs.Difference(("a", "b"), "x", v, bound) for v in (0.0, math.nan))
    assert not bad.within
    row = runs.Row(analysis.SMALL[0], {}, [good, bad, good])
    assert row.worst is bad


def test_all_pairs_are_compared() -> None:
    stage = analysis.Stage("s", analysis.standardise, {"x": analysis.Bound("values", 0.1, "")})
    results = {name: {"x": np.array([value])} for name, value in (("NumPy", 1.0), ("a", 1.05), ("b", 0.9))}
    found = {d.between: d.within for d in runs.differences(stage, results)}
    assert found == {("a", "NumPy"): True, ("b", "NumPy"): True, ("b", "a"): False}


def test_calls_that_compile_are_not_among_the_timed() -> None:
    calls = []

    def function(lib: analysis.Library, s: SimpleNamespace) -> dict[str, object]:
        calls.append(len(calls))
        record("f", host.info, "kernel f()", compiled=len(calls) in (1, 3))
        return {"count": len(calls)}

    host = as_device("host")
    with runs.participants([host]) as (_, participant):
        stage = analysis.Stage("s", function, {})
        results, timing = runs.measure(participant, stage, SimpleNamespace())
    assert len(timing.warm_ups) == 2
    assert len(timing.runs) == len(calls) - 2
    assert len(timing.runs) >= 2
    assert results == {"count": len(calls)}


def test_data_is_the_same_each_time() -> None:
    for one, other in zip(data.data_sets(True, silent), data.data_sets(True, silent)):
        assert str(one) == str(other)
        np.testing.assert_array_equal(one.X, other.X)
        np.testing.assert_array_equal(one.y, other.y)
        assert one.X.dtype == np.float32


@pytest.mark.parametrize(
    "route, words",
    [
        ("kernel reduce_columns(float32[3C], uint64, float64[3C])", "kernels reduce_columns"),
        ("library dpnp.tensor.linalg.qr", "dpnp.tensor.linalg: qr"),
        ("library sklearnex.cluster.KMeans.fit (oneDAL)", "oneDAL KMeans: fit"),
        ("host sklearn.cluster.KMeans.fit (NumPy)", "HOST NumPy KMeans: fit"),
        ("library opencl indexing", "opencl: indexing"),
    ],
)
def test_routes_in_words(route, words) -> None:
    calls = [Call("f", "host:cpu:0", route, False)] * 2
    assert report.route(calls) == words
