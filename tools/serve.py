"""Serve the built site on this machine alone, until Ctrl-C.

    python tools/serve.py [--port 8000]

Nothing outside this machine can reach it.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SITE = Path(__file__).resolve().parents[1] / "_build" / "html"


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    if not (SITE / "index.html").is_file():
        print(f"serve: {SITE} holds no site: run 'make book' first", file=sys.stderr)
        return 1
    handler = partial(SimpleHTTPRequestHandler, directory=SITE)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        message = f"serve: port {port} cannot be used ({error.strerror}): "
        print(f"{message}try 'make serve PORT={port + 1}'", file=sys.stderr)
        return 1
    print(f"The book: http://127.0.0.1:{server.server_port}/ (Ctrl-C ends)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
