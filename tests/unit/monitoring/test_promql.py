"""Which metrics an expression reads: what the check of exported metrics rests on."""

from __future__ import annotations

import pytest
from tests.promql import metrics


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ('sum by (env, service) (increase(a_total{route!~"b{2}|c"}[5m] offset 1w))', {"a_total"}),
        ("a:b:c * on (env) group_left (d) e > 14.4 * 0.005 unless on () f == bool 1e5", {"a:b:c", "e", "f"}),
        ('label_replace(a or b, "c", "$1", "d", "(.*)") and vector(1) != NaN', {"a", "b"}),
        ("histogram_quantile(0.95, sum by (le) (rate(a_bucket[1m:5s]))) or sum(b) by (c)", {"a_bucket", "b"}),
        ("count({service='a'}) / time()", set()),
    ],
)
def test_names_are_told_from_labels_functions_and_words(expression: str, names: set[str]) -> None:
    """Durations, strings and numbers are none either."""
    assert metrics(expression) == names
