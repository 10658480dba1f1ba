"""Columns in PostgreSQL's binary form read back as what they were."""

import pytest

from domain.log.postgres_arrays import Integers, Texts, binary_integers, binary_texts, integers_of


@pytest.mark.parametrize("column", [[], [7], [1, 2, 3], [-(2**63), 0, 2**63 - 1]])
def test_a_column_of_integers_reads_back(column: list[int]) -> None:
    assert list(integers_of(binary_integers(Integers(column)))) == column


def test_a_text_that_is_absent_differs_from_an_empty_one() -> None:
    header = b"\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x19\x00\x00\x00\x02\x00\x00\x00\x01"
    assert binary_texts(Texts([None, ""])) == header + b"\xff\xff\xff\xff" + b"\x00\x00\x00\x00"
