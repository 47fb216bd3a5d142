"""Commands as a user types them, each a process of its own, forked from one that has imported everything.

Python and its modules take two seconds of CPU time to start on a slow machine, and these tests type 300 commands.
That `python -m interagency` starts by itself is tested where commands are tested one by one.
"""

import gc
import importlib
import json
import os
import pkgutil
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from tempfile import TemporaryFile

from tests.patience import LONG_S, patience

PACKAGES = ("schemas", "producers", "streams", "sinks", "deploy")
_LARGEST = 1 << 20


class Commands:
    """The process that forks, for as long as the block lasts."""

    def __enter__(self) -> "Commands":
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        theirs.close()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.wait(patience(LONG_S))

    def run(self, words: Sequence[str], environment: Mapping[str, str], given: bytes) -> tuple[int, bytes, bytes]:
        """Run `interagency` with these words and this standard input; gives exit code, standard output and error."""
        self._socket.settimeout(patience(6 * LONG_S))
        with TemporaryFile() as stdin, TemporaryFile() as stdout, TemporaryFile() as stderr:
            stdin.write(given)
            stdin.seek(0)
            message = json.dumps({"words": list(words), "environment": dict(environment)}).encode()
            socket.send_fds(self._socket, [message], [one.fileno() for one in (stdin, stdout, stderr)])
            try:
                code = int(self._socket.recv(64))
            except TimeoutError:
                self._process.kill()
                stderr.seek(0)
                raise AssertionError(
                    f"`interagency {' '.join(words)}` does not end: {stderr.read()[-3000:]!r}"
                ) from None
            stdout.seek(0)
            stderr.seek(0)
            return code, stdout.read(), stderr.read()


def _serve(connection: socket.socket) -> bool:
    """Fork a process for each message; gives True in that process, and False in this one when nobody asks any more."""
    while True:
        message, descriptors, *_ = socket.recv_fds(connection, _LARGEST, 3)
        if not message:
            return False
        pid = os.fork()
        if not pid:
            connection.close()
            told = json.loads(message)
            for target, source in enumerate(descriptors):
                os.dup2(source, target)
            os.environ.clear()
            os.environ.update(told["environment"])
            sys.argv = ["interagency", *told["words"]]
            return True
        for each in descriptors:
            os.close(each)
        connection.send(b"%d" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _preload() -> None:
    for package in map(importlib.import_module, PACKAGES):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


if __name__ == "__main__":
    import interagency

    _preload()
    # else the first collection of each copies every page
    gc.freeze()
    if _serve(socket.socket(fileno=int(sys.argv[1]))):
        interagency.main()
