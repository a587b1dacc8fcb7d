"""GCJ-02 and WGS-84, against published pairs and against each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhi.capabilities.territory import to_gcj02, to_wgs84

# Shanghai, Shenzhen, Beijing: the pairs that the implementations of this offset are tested with.
PAIRS = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
]


@pytest.mark.parametrize(("wgs", "gcj"), PAIRS)
def test_known_pairs(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    there = to_gcj02(np.array([wgs[0]]), np.array([wgs[1]]))
    back = to_wgs84(np.array([gcj[0]]), np.array([gcj[1]]))
    assert (there[0][0], there[1][0]) == pytest.approx(gcj, abs=1e-12)
    assert (back[0][0], back[1][0]) == pytest.approx(wgs, abs=1e-12)


@given(st.floats(73.0, 137.0), st.floats(2.0, 55.0))
@settings(deadline=None)
def test_there_and_back_is_the_same_place(lon: float, lat: float) -> None:
    lons, lats = to_wgs84(*to_gcj02(np.array([lon]), np.array([lat])))
    assert (lons[0], lats[0]) == pytest.approx((lon, lat), abs=1e-9)  # a tenth of a millimetre


@given(st.floats(-180, 71), st.floats(-90, 90))
@settings(deadline=None)
def test_outside_china_nothing_moves(lon: float, lat: float) -> None:
    lons, lats = to_gcj02(np.array([lon]), np.array([lat]))
    assert (lons[0], lats[0]) == (lon, lat)
