"""The environment: made once, updated when the pins change, clear about obstacles."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import bootstrap
import pytest
from bootstrap import BootstrapError

FILES = {
    "requirements.txt": "torch==2.13.0\n",
    "requirements-test.txt": "pytest==9.2.0\n",
    "requirements-browser.txt": "playwright==1.65.2\n",
    "constraints.txt": "numpy==2.4.6\n",
    "pyproject.toml": "",
}


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project of pins alone, with room on its disk and no browser."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf8")
    (tmp_path / "an env" / "bin").mkdir(parents=True)
    monkeypatch.setattr(bootstrap, "ROOT", str(tmp_path))
    monkeypatch.setattr(bootstrap, "CHROMIUM", [])
    monkeypatch.delenv("CHROMIUM", raising=False)
    return tmp_path


@pytest.fixture
def installed(project, monkeypatch) -> list[list[str]]:
    """The requirements files of each installation; nothing is really installed."""
    calls: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "make_environment", lambda venv: None)
    monkeypatch.setattr(bootstrap, "install", lambda venv, files: calls.append(files))
    return calls


def run(project: Path, test: bool = False) -> list[str]:
    return bootstrap.bootstrap(str(project / "an env"), test)


def test_parses_under_an_old_python(root):
    source = (root / "tools" / "bootstrap.py").read_text("utf8")
    ast.parse(source, feature_version=(3, 6))
    assert "from __future__ import annotations" not in source  # 3.7


def test_fresh_environment_is_left_alone(project, installed):
    assert run(project) == ["requirements.txt"]
    assert run(project) == []
    assert installed == [["requirements.txt"]]


def test_tests_add_their_packages_and_cover_the_book(project, installed):
    assert run(project, test=True) == ["requirements.txt", "requirements-test.txt"]
    assert run(project, test=True) == run(project) == []


def test_browser_packages_come_with_a_browser(project, installed, monkeypatch):
    run(project, test=True)
    monkeypatch.setattr(bootstrap, "CHROMIUM", [Path(sys.executable).name])
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert run(project, test=True)[-1] == "requirements-browser.txt"
    assert run(project) == []


@pytest.mark.parametrize(
    "name", ["requirements.txt", "constraints.txt", "pyproject.toml"]
)
def test_changed_pins_install_again(project, installed, name):
    run(project)
    (project / name).write_text("# changed\n", "utf8")
    assert run(project) == ["requirements.txt"]


def test_failed_installation_is_repeated(project, installed, monkeypatch):
    def fail(venv, files):
        raise BootstrapError("no network")

    with monkeypatch.context() as broken:
        broken.setattr(bootstrap, "install", fail)
        with pytest.raises(BootstrapError):
            run(project)
    assert run(project) == ["requirements.txt"]


def test_old_python_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        BootstrapError, match=r"Python 3\.9 .* too old.*3\.11, 3\.12 or"
    ):
        bootstrap.better_python((3, 9), str(tmp_path / "env"))


def test_supported_python_on_the_path_takes_over(monkeypatch, tmp_path):
    here = sys.version_info[:2]
    if here not in bootstrap.SUPPORTED:
        pytest.skip(f"no supported Python: this is {here}")
    name = "python{}.{}".format(*here)
    (tmp_path / name).symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.better_python((3, 6), str(tmp_path / "env")) == str(
        tmp_path / name
    )


def test_supported_and_newer_python_go_on(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    for version in bootstrap.SUPPORTED:
        assert bootstrap.better_python(version, str(tmp_path / "env")) == ""
    assert capsys.readouterr().out == ""
    assert bootstrap.better_python((3, 99), str(tmp_path / "env")) == ""
    assert "Python 3.99" in capsys.readouterr().out


def test_old_python_in_the_environment_is_named(monkeypatch, tmp_path):
    (tmp_path / "bin").mkdir()
    Path(bootstrap.python_of(str(tmp_path))).touch()
    monkeypatch.setattr(bootstrap, "python_version", lambda python: (3, 8))
    with pytest.raises(BootstrapError, match=r"has Python 3\.8, the course needs"):
        bootstrap.make_environment(str(tmp_path))


def test_broken_environment_is_named(tmp_path):
    (tmp_path / "bin").mkdir()
    Path(bootstrap.python_of(str(tmp_path))).touch()
    with pytest.raises(BootstrapError, match="does not run: delete"):
        bootstrap.make_environment(str(tmp_path))


def test_folder_of_something_else_is_not_touched(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(BootstrapError, match="is no Python environment"):
        bootstrap.make_environment(str(tmp_path))
    assert os.listdir(tmp_path) == ["thesis.tex"]


def test_missing_venv_module_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(BootstrapError, match="apt-get install python3-venv"):
        bootstrap.make_environment(str(tmp_path / "env"))
    assert not (tmp_path / "env").exists()


def test_full_disk_is_named(monkeypatch, tmp_path):
    usage = namedtuple("usage", "total used free")(10e9, 9.5e9, 0.5e9)
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(BootstrapError, match=r"0\.5 GB of disk are free .* need 3"):
        bootstrap.make_environment(str(tmp_path / "env"))
    assert not (tmp_path / "env").exists()


def test_no_network_is_one_line(project, monkeypatch):
    """A real environment and a real pip, whose index nobody serves."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setattr(bootstrap, "TORCH_CPU", "http://127.0.0.1:9/cpu")
    venv = project / "new env"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    with pytest.raises(BootstrapError, match="index cannot be reached") as caught:
        bootstrap.bootstrap(str(venv), False)
    assert "\n" not in str(caught.value)
    assert not list(venv.glob("installed-*"))


def test_other_failures_of_pip_are_shown(capsys):
    output = "Collecting x\nERROR: No matching distribution found for x==9"
    line = bootstrap.why_pip_failed(output)
    assert line.endswith("ERROR: No matching distribution found for x==9")
    assert "Collecting x" in capsys.readouterr().out
    assert "disk is full" in bootstrap.why_pip_failed(
        "OSError: No space left on device"
    )


def test_torch_without_gpu_libraries_unless_sources_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    monkeypatch.setattr(bootstrap, "python_of", lambda venv: "/bin/false")
    monkeypatch.setattr(bootstrap, "reachable", lambda address: True)
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    assert bootstrap.wants_cpu_build("env")
    monkeypatch.setattr(bootstrap, "reachable", lambda address: False)
    assert not bootstrap.wants_cpu_build("env")
    monkeypatch.setattr(bootstrap, "reachable", lambda address: True)
    monkeypatch.setenv("PIP_FIND_LINKS", "wheels")
    assert not bootstrap.wants_cpu_build("env")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setattr(bootstrap.sys, "platform", "darwin")
    assert not bootstrap.wants_cpu_build("env")


def test_pins_are_exact_and_locked(root):
    """Every requirement is exact and agrees with the lock; no local versions."""
    lock = read_pins(root / "constraints.txt")
    for name in (
        "requirements.txt",
        "requirements-test.txt",
        "requirements-browser.txt",
    ):
        for package, version in read_pins(root / name).items():
            assert lock.get(package) == version, f"{name}: {package}=={version}"


def read_pins(path: Path) -> dict[str, str]:
    lines = [line.split("#")[0].strip() for line in path.read_text("utf8").splitlines()]
    pins = {}
    for line in filter(None, lines):
        package, separator, version = line.partition("==")
        assert separator and version.replace(".", "").isalnum(), f"{path.name}: {line}"
        pins[package.lower().replace("_", "-")] = version
    return pins
