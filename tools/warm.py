"""Start kernels from a process that has imported the large packages already.

Every chapter imports PyTorch, SciPy and scikit-learn, for four seconds. Run as a
script, this file imports them once, then forks a kernel for each line that it reads.
Only on Linux: elsewhere a process that holds these packages cannot be forked safely.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner


class Forked:
    """A kernel that is no child of this process, with what a `Popen` offers."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """Return None as long as the kernel lives; its exit status is not known."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 1
        return None

    wait = poll

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel."""
        os.kill(self.pid, number)


class Server:
    """The process that forks kernels, started when the first is wanted."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.lock = threading.Lock()

    def fork(self, connection_file: str, folder: str, env: dict[str, str]) -> Forked:
        """Start a kernel in a folder; raise RuntimeError if the process has ended."""
        with self.lock:
            if self.process is None:
                self.process = subprocess.Popen(
                    [sys.executable, __file__],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    start_new_session=True,  # an interrupt is for the build to handle
                )
            line = json.dumps([connection_file, folder, env])
            with contextlib.suppress(BrokenPipeError):
                print(line, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
            if not answer:
                self.process = None  # the next kernel gets a new one
                raise RuntimeError("the process that starts kernels has ended")
            return Forked(int(answer))


SERVER = Server()


class WarmProvisioner(LocalProvisioner):
    """Fork a kernel where `LocalProvisioner` runs a command."""

    async def launch_kernel(self, cmd: list[str], **kwargs: object) -> dict:
        """Start the kernel; return what its connection file says."""
        self.cwd = kwargs.get("cwd", Path.cwd())
        file, env = self.parent.connection_file, kwargs.get("env", os.environ)
        self.process = SERVER.fork(file, str(self.cwd), dict(env))
        self.pid = self.pgid = self.process.pid  # it leads a group of its own
        return self.connection_info


class WarmKernelManager(AsyncKernelManager):
    """A kernel manager whose kernels are forked."""

    async def _async_pre_start_kernel(self, **kwargs: object) -> tuple[list, dict]:
        if self.provisioner is None:
            self.provisioner = WarmProvisioner(
                kernel_id=self.kernel_id or "",
                kernel_spec=self.kernel_spec,
                parent=self,
            )
        return await super()._async_pre_start_kernel(**kwargs)


def become_kernel(connection_file: str, folder: str, env: dict[str, str]) -> None:
    """Run a kernel in this process, which is a fork, until it is shut down."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    arguments = ["-f", connection_file, f"--IPKernelApp.parent_handle={os.getppid()}"]
    IPKernelApp.launch_instance(argv=arguments)


if __name__ == "__main__":
    del sys.path[0]  # this folder is not for kernels
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    import matplotlib.figure  # noqa: F401
    import sklearn.datasets  # noqa: F401
    import torch
    from ipykernel.kernelapp import IPKernelApp

    torch.optim.Adam([torch.zeros(1)])  # what it imports costs another second
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the ended leave nothing behind
    for request in sys.stdin:
        pid = os.fork()
        if not pid:
            become_kernel(*json.loads(request))
            os._exit(0)
        print(pid, flush=True)
