from protlang.tables.network_sizes import plus_sizes


def test_networks_have_as_many_weights_as_the_released_ones() -> None:
    millions = {
        row: round(1e6 * value)
        for (row, metric), value in plus_sizes().items()
        if metric == "parameters"
        for value in [float(value)]
    }
    assert millions == {
        "PLUS-RNN_BASE": 14_915_145,
        "PLUS-RNN_LARGE": 59_189_833,
        "P-ELMo": 31_741_540,
        "PLUS-TFM": 85_670_427,
    }


def test_dimensions_stand_side_by_side() -> None:
    key = "PLUS-RNN", "embedding / projection dimension"
    assert plus_sizes()[key] == "21 / 100"
