"""The server that counts what a page costs; no browser is needed."""

from __future__ import annotations

import gzip
import urllib.error
import urllib.request

import page_facts
import pytest


@pytest.fixture
def server(tmp_path):
    site, package = tmp_path / "site", tmp_path / "mathjax"
    (package / "es5").mkdir(parents=True)
    (package / "es5" / "math.js").write_text("x" * 5000)
    site.mkdir()
    (site / "a.html").write_text(
        f'<script src="{page_facts.CDN}es5/math.js">' + "y" * 5000
    )
    (site / "a.png").write_bytes(b"picture")
    server = page_facts.Server(site, package)
    yield server
    server.shutdown()


def get(server: page_facts.Server, path: str) -> bytes:
    address = f"http://127.0.0.1:{server.server_port}/{path}"
    with urllib.request.urlopen(address) as answer:
        body = answer.read()
        packed = answer.headers.get("Content-Encoding") == "gzip"
    return gzip.decompress(body) if packed else body


def test_what_is_sent_is_counted_plain_and_compressed(server):
    page, picture = get(server, "a.html"), get(server, "a.png?v=1")
    assert picture == b"picture"
    (path, plain, packed), (_, *sizes) = server.sent
    assert path == "/a.html" and plain == len(page) and packed < plain / 10
    assert sizes == [7, 7]


def test_the_package_takes_the_place_of_the_cdn(server):
    assert get(server, "a.html").startswith(b'<script src="/cdn/es5/math.js">')
    assert get(server, "cdn/es5/math.js") == b"x" * 5000


def test_what_is_not_there_is_not_counted(server):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(server, "b.html")
    assert server.sent == []


def test_a_missing_page_is_said_in_one_line(tmp_path):
    with pytest.raises(
        SystemExit, match=r"no page b\.html in .*: run `make book` first"
    ):
        page_facts.measure(tmp_path, "b", 1)
