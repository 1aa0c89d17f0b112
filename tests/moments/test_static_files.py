"""Static files: texts come compressed to whoever takes them so, and are the same ones."""

import gzip

import pytest

SHEET = "/static/css/tokens.css"
SCRIPT = "/static/vendor/htmx-2.0.11.min.js"
PICTURE = "/static/screenshots/home.png"


def served(client, path, **headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer, b"".join(answer) if answer.streaming else answer.content


@pytest.mark.parametrize("path", [SHEET, SCRIPT, "/static/icons.svg"])
def test_texts_are_compressed_for_whom_takes_them_so(client, path):
    plain, whole = served(client, path)
    assert "Content-Encoding" not in plain
    packed, content = served(client, path, accept_encoding="gzip, br")
    assert packed["Content-Encoding"] == "gzip"
    assert int(packed["Content-Length"]) == len(content) < len(whole) / 2
    assert gzip.decompress(content) == whole
    assert packed["Content-Type"] == plain["Content-Type"]
    assert plain["Vary"] == packed["Vary"] == "Accept-Encoding"


def test_what_is_packed_already_is_left_as_it_is(client):
    answer, content = served(client, PICTURE, accept_encoding="gzip")
    assert "Content-Encoding" not in answer
    assert content.startswith(b"\x89PNG")


def test_who_has_it_is_told_that_it_is_the_same(client):
    packed, _ = served(client, SHEET, accept_encoding="gzip")
    headers = {"accept_encoding": "gzip", "if_none_match": packed["ETag"]}
    again = client.get(SHEET, headers=headers)
    assert (again.status_code, b"".join(again)) == (304, b"")


def test_a_part_and_a_look_are_of_what_is_not_compressed(client):
    _, whole = served(client, SHEET)
    part = client.get(SHEET, headers={"accept_encoding": "gzip", "range": "bytes=0-9"})
    assert (part.status_code, b"".join(part)) == (206, whole[:10])
    look = client.head(SHEET, headers={"accept_encoding": "gzip"})
    assert look["Content-Length"] == str(len(whole))
