"""The table of the design, recomputed with the calibrated junction."""

import numpy as np
import pytest

from lems_helpers.clinic.stimulation_table import (
    stimulation_table,
    table_text,
    typical_junctions,
)


@pytest.fixture(scope="module")
def table():
    return {row.name: row for row in stimulation_table()}


def test_rows_part_as_the_diseases_do(table):
    healthy = table["healthy"]
    alone, both = table["LEMS, channels alone lost"], table["LEMS, channels and zones lost"]
    myasthenia, botulism = table["myasthenia gravis"], table["botulism"]
    assert healthy.resting_cmap_mV == pytest.approx(9.9, abs=0.1)
    assert healthy.decrement_percent < 4
    assert np.abs(healthy.increments_percent).max() < 3
    assert alone.quantal_content == pytest.approx(both.quantal_content, rel=0.01)
    assert alone.decrement_percent < 10 < both.decrement_percent
    assert both.fast_increment_percent >= 100
    assert both.increments_percent[0] > 200
    assert (np.diff(both.increments_percent) < 0).all()
    assert both.increments_percent[-1] < 15
    assert myasthenia.decrement_percent > 10
    assert myasthenia.increments_percent.max() < 60
    assert myasthenia.quantal_content == healthy.quantal_content
    assert botulism.resting_cmap_mV < 0.4 * healthy.resting_cmap_mV


def test_myasthenia_as_in_the_design():
    from lems_helpers.clinic.disease import myasthenia_gravis
    from lems_helpers.physiology.junction import human

    (row,) = stimulation_table({"mild": myasthenia_gravis(human(), 0.6)})
    assert 8.0 < row.resting_cmap_mV < 9.2
    assert 9.0 < row.decrement_percent < 15.0
    np.testing.assert_allclose(row.increments_percent[:3], [17, 15, 11], atol=8)


def test_table_as_text(table):
    text = table_text(tuple(table.values()))
    assert len(text.splitlines()) == 1 + len(typical_junctions())
    for name in typical_junctions():
        assert name in text
    assert "mV" in text
