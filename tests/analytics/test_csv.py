"""Files that spreadsheets open: what clients sent is text there, never a formula."""

import csv
import io

import pytest

from people.spreadsheets import written

RUN = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("text", RUN)
def test_what_a_spreadsheet_would_run_has_a_quote(text):
    [[cell, number]] = csv.reader(io.StringIO(written([[text, -1]]), newline=""))
    assert cell == f"'{text}"
    # What is a number stays one.
    assert number == "-1"


def test_other_text_is_as_it_is():
    [cells] = csv.reader(io.StringIO(written([["a=b", "5", 'say "hi", ann', ""]])))
    assert cells == ["a=b", "5", 'say "hi", ann', ""]
