"""NumPy's whole public namespace: a name is here, or the table says why it is not."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from xpuarray.commands.numpy_names import ABSENT, names, reason_of, report

GUIDE = (Path(__file__).parents[1] / "docs" / "guide" / "coverage.md").read_text(encoding="utf-8")
LISTED = [name for listed in ABSENT.values() for name in listed.split()]


def test_every_name_is_here_or_has_a_reason():
    assert [name.full for name in names() if not name.here and not reason_of(name.full)] == []


def test_no_name_has_two_reasons_or_needs_none():
    assert [name for name, count in Counter(LISTED).items() if count > 1] == []
    here = {name.full for name in names() if name.here}
    assert here & set(LISTED) == set()


@pytest.mark.skipif(not np.__version__.startswith("2.4"), reason="the table lists NumPy 2.4's names")
def test_the_readme_says_how_many():
    found = list(names())
    assert set(LISTED) <= {name.full for name in found}
    said = re.search(r"Of the (\d+) names of NumPy 2\.4's public namespace .*? (\d+) are\s+here", GUIDE, re.DOTALL)
    assert said and (int(said[1]), int(said[2])) == (len(found), sum(name.here for name in found))


def test_report_counts_by_kind_and_groups_by_reason():
    found = list(names())
    told = report(found)
    assert f"{sum(name.here for name in found)} of {len(found)} names" in told
    assert re.search(r"  ufuncs: \d+ of \d+\n", told) and re.search(r"  methods: \d+ of \d+\n", told)
    assert re.search(r"not here: .*\bmemmap\b.*\n    subclasses of arrays", told)
