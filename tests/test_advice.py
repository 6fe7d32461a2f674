"""Rates, data sheets, rooflines, and what follows from them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

import xpuarray as xp
from xpuarray.advice import buyers, measure, roofline
from xpuarray.advice.gpus import SHEETS, sheet_of
from xpuarray.advice.measure import Rates
from xpuarray.commands import cli, measured

NAMES = {  # what drivers call them
    "NVIDIA GeForce RTX 2080 Ti": "GeForce RTX 2080 Ti",
    "NVIDIA GeForce RTX 2080": "GeForce RTX 2080",
    "NVIDIA GeForce RTX 3090": "GeForce RTX 3090",
    "Tesla V100-SXM2-16GB": "Tesla V100 SXM2",
    "Tesla V100-PCIE-16GB": "Tesla V100 PCIe",
    "NVIDIA A100-SXM4-80GB": "A100 SXM4 80 GB",
    "NVIDIA A100 80GB PCIe": "A100 PCIe 80 GB",
    "NVIDIA H100 PCIe": "H100 PCIe",
    "NVIDIA H100 80GB HBM3": "H100 SXM",
    "NVIDIA H200": "H200 SXM",
    "AMD Radeon RX 6800 XT": "Radeon RX 6800 XT",
    "AMD Instinct MI300X": "Instinct MI300X",
    "Intel(R) Data Center GPU Max 1550": "Data Center GPU Max 1550",
    "Intel(R) Arc(TM) A770 Graphics": "Arc A770",
    "AMD EPYC 9654": None,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_sheet_is_found_by_the_drivers_name(name: str):
    assert getattr(sheet_of(name), "name", None) == NAMES[name]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda s: s.name)
def test_a_sheet_is_consistent(sheet: Any):
    """What would be a slip of the pen: units, the order of rates."""
    assert 4 <= sheet.memory <= 256 and 200 <= sheet.bandwidth <= 10_000 and 100 <= sheet.power <= 1000
    assert 0 <= sheet.fp64 <= sheet.fp32 <= sheet.fp16 and (sheet.matrix is None or sheet.matrix > sheet.fp16)
    assert sheet.page.startswith("https://")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XPUARRAY_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("XPUARRAY_CACHE", raising=False)
    return tmp_path


def test_a_device_is_measured_and_kept(cache: Path):
    with xp.device("fake") as device:
        rates = measure.measure(device, seconds=0.0)
    floats = {f.name: getattr(rates, f.name) for f in dataclasses.fields(Rates)}
    can = {"copy", "float32", "matmul32", "launch", "latency", "to_device", "to_host"}
    assert {name for name, value in floats.items() if value > 0} >= can
    assert rates.float64 == rates.matmul64 == 0
    assert measure.save({device: rates}) == str(cache / "measured.json")
    assert measure.rates_of(device) == rates
    (cache / "measured.json").write_text("{")
    assert measure.saved() == {}


def test_a_report_stands_beside_the_data_sheet():
    class Gpu:
        name = "NVIDIA H200"

        def __str__(self) -> str:
            return "cuda:gpu:0"

    rates = Rates(copy=4.0e12, float32=50e12, launch=3e-6, power=500)
    text = measured.report({Gpu(): rates})
    assert "4,800" in text and "83%" in text and "3             " in text.replace("3  ", "3" + " " * 13, 1)
    assert "a  cuda:gpu:0" in text and "b  H200 SXM, data sheet" in text and "nvidia.com" in text


def test_the_command_measures(cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    monkeypatch.setattr(measured, "measure", lambda device, said: said("copy") or Rates(copy=1e9, float32=2e9))
    picture = cache / "roof.png"
    assert cli.main(["devices", "--measure", "--plot", str(picture)]) == 0
    assert str(xp.default_device()) in capsys.readouterr().out and picture.stat().st_size > 5000
    assert cli.main(["devices", "--measure", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[str(xp.default_device())]["copy"] == 1e9


def test_a_roof_is_the_smaller_of_both():
    roof = roofline.Roof(2e9, 8e9)
    assert (roof.at(1), roof.at(4), roof.at(100), roof.ridge) == (2e9, 8e9, 8e9, 4)
    lines = roofline.text({"here": roof, "there": roofline.Roof(4e9, 4e9)}).splitlines()
    assert all(len(line) <= 100 for line in lines) and "from 4 operations a byte" in lines[-2]


@pytest.mark.parametrize("workload", buyers.WORKLOADS)
def test_advice_has_reasons(workload: str, capsys: Any):
    ranked = buyers.choices(workload, memory=16, power=300)
    fit = [c for c in ranked if not c.against]
    assert fit and all(c.sheet.memory >= 16 and c.sheet.power <= 300 for c in fit)
    assert [c.reached for c in fit] == sorted((c.reached for c in fit), reverse=True)
    assert cli.main(["advise", "--workload", workload, "--memory", "16", "--power", "300"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert fit[0].sheet.name in said and "8 GB < 16 GB" in said and "700 W > 300 W" in said


def test_advice_for_programs_and_for_nobody(capsys: Any):
    assert cli.main(["advise", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert len(listed) == len(SHEETS) and listed[-1]["against"] == "no float64"
    assert "No GPU" in buyers.advice("rnn", memory=10_000)
    with pytest.raises(ValueError, match="cnn-training"):
        buyers.choices("games")
