"""Make the environment that the course runs in, or bring it up to date.

    python3 tools/bootstrap.py .venv [--test]

With --test also what the tests need. While the requirements are those of the last run,
nothing is done and no network is needed. This file parses under any Python 3.6 or
newer, so that an old one gets a message in place of a syntax error.
"""

import argparse
import hashlib
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SUPPORTED = [(3, 11), (3, 12), (3, 13)]
SUPPORTED_TEXT = "3.11, 3.12 or 3.13"
NEEDED_GB = 3
LOCK = "constraints.txt"
BOOK = ["requirements.txt"]
TEST = ["requirements.txt", "requirements-test.txt"]
BROWSER = ["requirements-browser.txt"]
CHROMIUM = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
# For Linux the package index holds torch with gigabytes of GPU libraries. The build for
# the processor alone is here (see pytorch.org/get-started/previous-versions).
TORCH_CPU = "https://download.pytorch.org/whl/cpu"
STEP = re.compile("Collecting|Downloading|Processing|Building|Installing")
OFFLINE = re.compile(
    "NewConnectionError|NameResolutionError|ConnectTimeout|Max retries exceeded"
    "|Failed to establish a new connection|Temporary failure in name resolution"
)


class BootstrapError(Exception):
    """What stands in the way, in one line."""


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def python_of(venv: str) -> str:
    """Return the path of an environment's Python."""
    parts = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(venv, *parts)


def python_version(python: str) -> tuple:
    """Return the version of a Python as (major, minor); () if it does not run."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        out = subprocess.check_output([python, "-c", code], stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(map(int, out.split()))


def better_python(this: tuple, venv: str) -> str:
    """Return a supported Python in place of version `this`, or "" if that will do.

    Raises
    ------
    BootstrapError
        When this Python is too old and there is no other.
    """
    if this in SUPPORTED or (this > SUPPORTED[0] and os.path.exists(python_of(venv))):
        return ""
    names = [f"python3.{minor}" for _, minor in reversed(SUPPORTED)]
    for found in filter(None, map(shutil.which, [*names, python_of(venv)])):
        if python_version(found) in SUPPORTED:
            return found
    have = f"Python {this[0]}.{this[1]} ({sys.executable})"
    if this > SUPPORTED[0]:
        say(f"{have} is newer than those tried ({SUPPORTED_TEXT}): going on with it")
        return ""
    raise BootstrapError(
        f"{have} is too old: install Python {SUPPORTED_TEXT}, or name one with "
        "PYTHON=/path/to/python3"
    )


def check_disk(folder: str) -> None:
    """Raise `BootstrapError` when the disk has no room for the packages."""
    folder = os.path.abspath(folder)
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    free = shutil.disk_usage(folder).free / 1e9
    if free < NEEDED_GB:
        raise BootstrapError(
            f"{free:.1f} GB of disk are free at {folder}: the packages need {NEEDED_GB}"
        )


def make_environment(venv: str) -> None:
    """Make an environment unless there is one that works.

    Raises
    ------
    BootstrapError
        When the folder holds something else, the environment is broken or has an old
        Python, or the venv module is missing.
    """
    python = python_of(venv)
    if os.path.exists(python):
        have = python_version(python)
        if not have:
            raise BootstrapError(f"{python} does not run: delete {venv}, try again")
        if have < SUPPORTED[0]:
            raise BootstrapError(
                f"{venv} has Python {have[0]}.{have[1]}, the course needs "
                f"{SUPPORTED_TEXT}: name another environment with VENV=folder"
            )
        return
    parts = {"bin", "include", "lib", "lib64", "Include", "Lib", "pyvenv.cfg"}
    if os.path.exists(venv) and not parts.issuperset(os.listdir(venv)):
        raise BootstrapError(f"{venv} is no Python environment: name another with VENV")
    check_disk(venv)
    try:
        import ensurepip  # noqa: F401
        import venv as venv_module  # noqa: F401
    except ImportError:
        raise BootstrapError(
            f"{sys.executable} has no venv module: install it (Debian, Ubuntu: "
            "apt-get install python3-venv)"
        ) from None
    say(f"Making the environment {venv} with Python {sys.version.split()[0]}")
    if subprocess.call([sys.executable, "-m", "venv", venv]) != 0:
        raise BootstrapError(f"{sys.executable} -m venv {venv} failed: see above")


def stamp(files: list, venv: str) -> str:
    """Return what an installation of requirements files depends on, as text."""
    digest = hashlib.sha256()
    for name in [*files, LOCK, "pyproject.toml"]:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(name.encode() + b"\0" + file.read() + b"\0")
    return f"{digest.hexdigest()}\n{ROOT}\n{os.path.abspath(venv)}\n"


def is_fresh(path: str, text: str) -> bool:
    """Return whether a file holds a text."""
    try:
        with open(path, encoding="utf8") as file:
            return file.read() == text
    except OSError:
        return False


def pip(venv: str, arguments: list) -> str:
    """Run `pip install`, with a line every ten seconds.

    Returns
    -------
    str
        Nothing when it went well, else all that pip wrote.
    """
    command = [python_of(venv), "-m", "pip", "install", "--progress-bar=off"]
    process = subprocess.Popen(
        [*command, "--retries=2", "--disable-pip-version-check", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf8",
        errors="replace",
    )
    arrived: queue.Queue = queue.Queue()

    def read() -> None:
        for line in process.stdout:
            arrived.put(line)

    reader = threading.Thread(target=read)
    reader.start()
    start = time.time()
    lines, doing = [], "starting"
    while reader.is_alive():
        reader.join(timeout=10)
        while not arrived.empty():
            lines.append(arrived.get().strip())
            if STEP.match(lines[-1]):
                doing = lines[-1].split(" (from")[0][:60]
            if lines[-1].startswith("Installing collected packages"):
                doing = f"unpacking {lines[-1].count(',') + 1} packages"
        if reader.is_alive():
            say(f"  {time.time() - start:3.0f} s  {doing}")
    return "\n".join(lines) if process.wait() else ""


def reachable(address: str) -> bool:
    """Return whether an address answers within a few seconds."""
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except (OSError, ValueError):
        return False
    return True


def wants_cpu_build(venv: str) -> bool:
    """Return whether torch should be taken from the index of builds without GPU."""
    own_sources = {"PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"}
    if not sys.platform.startswith("linux") or own_sources & set(os.environ):
        return False
    has_torch = subprocess.call(
        [python_of(venv), "-c", "import torch"], stderr=subprocess.DEVNULL
    )
    return has_torch != 0 and reachable(f"{TORCH_CPU}/torch/")


def install(venv: str, files: list) -> None:
    """Install requirements files, then the library of the course.

    Raises
    ------
    BootstrapError
        When pip fails; the message says why.
    """
    check_disk(venv)
    say(f"Installing {', '.join(files)} into {venv}: a few minutes the first time")
    if wants_cpu_build(venv):
        with open(os.path.join(ROOT, BOOK[0]), encoding="utf8") as file:
            pin = re.search(r"^torch==\S+", file.read(), re.MULTILINE).group()
        say(f"Taking {pin} without GPU libraries from {TORCH_CPU}")
        if pip(venv, [pin, "--no-deps", f"--index-url={TORCH_CPU}"]):
            say("  it has none for this system: taking the usual build")
    wanted = [f"--requirement={name}" for name in files]
    own = ["--no-deps", "--no-build-isolation", "--editable=."]
    output = pip(venv, [*wanted, f"--constraint={LOCK}"]) or pip(venv, own)
    if output:
        raise BootstrapError(why_pip_failed(output))


def why_pip_failed(output: str) -> str:
    """Return one line on why pip failed, from what it wrote."""
    if OFFLINE.search(output):
        return (
            "the package index cannot be reached: the network is needed for the first "
            "installation, and after the requirements have changed"
        )
    if "No space left on device" in output:
        return f"the disk is full: the packages need {NEEDED_GB} GB"
    say(output)
    errors = [line for line in output.splitlines() if line.startswith("ERROR")]
    return f"pip failed, its output is above. {errors[-1] if errors else ''}"


def bootstrap(venv: str, test: bool) -> list:
    """Make or update an environment; return the files that had to be installed."""
    found = os.environ.get("CHROMIUM") or any(map(shutil.which, CHROMIUM))
    browser = BROWSER if found else []
    files = [*TEST, *browser] if test else BOOK
    make_environment(venv)
    stamps = {"installed-book": stamp(BOOK, venv)}
    if test:
        stamps["installed-test"] = stamp(files, venv)
    stamps = {os.path.join(venv, name): text for name, text in stamps.items()}
    if all(is_fresh(path, text) for path, text in stamps.items()):
        return []
    install(venv, files)
    for path, text in stamps.items():
        with open(path, "w", encoding="utf8") as file:
            file.write(text)
    return files


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("venv", help="folder of the environment")
    parser.add_argument("--test", action="store_true", help="also what tests need")
    args = parser.parse_args()
    try:
        better = better_python(sys.version_info[:2], args.venv)
        if better:
            return subprocess.call([better, *sys.argv])
        bootstrap(args.venv, args.test)
    except BootstrapError as error:
        print(f"bootstrap: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
