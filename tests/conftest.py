"""What all tests share: one thread each, no GPU needed, real data where there is any."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ.setdefault("MPLBACKEND", "Agg")


@pytest.fixture(scope="session")
def readhead_data() -> Path:
    """The folder of real data sets; without one, the test is skipped."""
    folder = os.environ.get("READHEAD_DATA")
    if not folder:
        pytest.skip("READHEAD_DATA is not set: no real data")
    if not Path(folder).is_dir():
        pytest.fail(f"READHEAD_DATA is {folder}, which is no folder")
    return Path(folder)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests marked ``gpu`` need a CUDA device."""
    if item.get_closest_marker("gpu") is not None:
        import torch

        if not torch.cuda.is_available():
            pytest.skip("no CUDA device")
