"""Forked kernels, all of them real: what they share (imports), what they must not, and how they and others end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager, KernelManager
from jupyter_client.multikernelmanager import AsyncMultiKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from smo_reports.kernels import place, provisioner
from smo_reports.kernels.client import ForkedKernel

pytestmark = pytest.mark.skipif(bool(provisioner.unavailable()), reason=provisioner.unavailable())

STACK = ["pandas", "matplotlib.pyplot", "duckdb", "deltalake", "multiprocessing", "tempfile"]
READY_S = 60


class Site:
    """A folder of kernel specifications whose kernels share one runtime folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.runtime = folder, folder / "r"
        self.specs = KernelSpecManager(kernel_dirs=[str(folder / "kernels")])
        self.specs.ensure_native_kernel = False

    def spec(self, name: str, options: tuple[str, ...] = (), **config: Any) -> str:
        """Write a specification; gives its name."""
        where = self.folder / "kernels" / name
        where.mkdir(parents=True, exist_ok=True)
        config = {"preload": STACK, "idle": 60.0, "runtime_dir": str(self.runtime), **config}
        argv = ["python", *options, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        said = {"argv": [*argv, "--HistoryManager.hist_file=:memory:"], "display_name": name, "language": "python"}
        chosen = {} if config["preload"] is None else {"provisioner_name": "forked-provisioner", "config": config}
        said["metadata"] = {"kernel_provisioner": chosen} if chosen else {}
        (where / "kernel.json").write_text(json.dumps(said))
        return name

    @contextlib.contextmanager
    def kernel(self, name: str = "stack", **launch: Any) -> Iterator[Running]:
        """Run a kernel, ready to execute."""
        manager = KernelManager(kernel_name=name, kernel_spec_manager=self.specs)
        manager.start_kernel(**launch)
        try:
            client = manager.client()
            client.start_channels()
            try:
                client.wait_for_ready(timeout=READY_S)
                yield Running(manager, client)
            finally:
                client.stop_channels()
        finally:
            manager.shutdown_kernel(now=True)


class Running:
    """A kernel and a client of it."""

    def __init__(self, manager: KernelManager, client: Any) -> None:
        self.manager, self.client = manager, client

    @property
    def pid(self) -> int:
        return self.manager.provisioner.process.pid

    @property
    def guardian(self) -> int:
        return parent_of(self.pid)

    @property
    def zygote(self) -> int:
        return parent_of(self.guardian)

    def run(self, code: str) -> str:
        """Execute code; gives what it printed, or the name of its error."""
        said: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                said.append(content["text"])
            elif message["msg_type"] == "error":
                said.append(content["ename"])

        self.client.execute_interactive(code, output_hook=hear, timeout=READY_S)
        return "".join(said).strip()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def runs(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def eventually(holds: Callable[[], bool], seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()


def listens_on_tcp(pid: int) -> bool:
    """Whether a process has a TCP socket that listens."""
    listening = set()
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A":
                listening.add(f"socket:[{fields[9]}]")
    return bool(listening & {str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()})


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """One parent serves most tests. Its path is short, for sockets."""
    registered = {point.name for point in entry_points(group="jupyter_client.kernel_provisioners")}
    assert "forked-provisioner" in registered, "the entry point is newer than what is installed: install the package"
    folder = Path(tempfile.mkdtemp(prefix="fk-", dir="/tmp"))
    made = Site(folder)
    made.spec("stack")
    made.spec("bare", preload=[])
    made.spec("ordinary", preload=None)
    with made.kernel() as one:
        zygote = one.zygote
    yield made
    for process in Path("/proc").glob("[0-9]*"):  # this module's parents, known by the log that each one writes
        with contextlib.suppress(OSError):
            if str((process / "fd" / "2").readlink()).startswith(str(made.runtime)):
                os.kill(int(process.name), signal.SIGKILL)
    assert eventually(lambda: not runs(zygote))
    shutil.rmtree(folder)


@pytest.fixture
def kernel(site: Site) -> Iterator[Running]:
    with site.kernel() as running:
        yield running


STATE = """
import builtins, gc, json, logging, os, random, signal, sys, threading, warnings
import duckdb, matplotlib, tempfile
mask = os.umask(0); os.umask(mask)
own = "/proc/self/fd/"
fds = sorted(os.readlink(own + n) for n in os.listdir(own) if os.path.exists(own + n))
hidden = ("JPY_PARENT_PID", "JPY_SESSION_NAME", "PYTEST_CURRENT_TEST")
print(json.dumps({
    "environment": {k: v for k, v in os.environ.items() if k not in hidden}, "builtins": sorted(vars(builtins)),
    "modules": sorted(sys.modules), "path": sys.path, "folder": os.getcwd(), "umask": mask,
    "settings": {k: repr(v) for k, v in dict.items(matplotlib.rcParams)},
    "threads": sorted(t.name for t in threading.enumerate()),
    "filters": [str(f[:3]) for f in warnings.filters], "log": [logging.root.level, len(logging.root.handlers)],
    "files": [fd for fd in fds if fd.startswith("/") and not fd.endswith(".json")],
    "signals": [str(signal.getsignal(n)).split(" at ")[0] for n in range(1, 32)],
    "collector": [gc.isenabled(), gc.get_threshold()], "limits": len(os.sched_getaffinity(0)),
    "names": sorted(n for n in globals() if not n.startswith("_")), "temporary": tempfile.tempdir,
}))
"""

DIRT = """
import builtins, duckdb, gc, logging, os, random, signal, sys, tempfile, warnings
import matplotlib.pyplot as plt, numpy as np, pandas as pd
builtins.leak = leak = 1; os.environ["LEAK"] = "1"; sys.path.insert(0, "/leak"); os.chdir("/"); os.umask(0o007)
plt.rcParams["figure.figsize"] = (1, 1); plt.plot([1, 2]); plt.style.use("ggplot")
duckdb.sql("create table leak as select 1 as n"); open_file = tempfile.NamedTemporaryFile()
random.seed(1); np.random.seed(1); np.set_printoptions(precision=1); pd.set_option("display.max_rows", 1)
warnings.simplefilter("ignore"); logging.basicConfig(level=10); gc.disable(); sys.modules["leak"] = sys
signal.signal(signal.SIGUSR1, signal.SIG_IGN); print("done")
"""

SEEN = """
import duckdb, json, matplotlib.pyplot as plt, numpy as np, pandas as pd
print(json.dumps([plt.get_fignums(), duckdb.sql("show tables").fetchall(), np.get_printoptions()["precision"],
                  pd.get_option("display.max_rows"), plt.rcParams["figure.figsize"]]))
"""


def test_a_kernel_is_forked_with_its_modules(kernel: Running) -> None:
    assert isinstance(kernel.manager.provisioner.process, ForkedKernel)
    assert Path(f"/proc/{kernel.zygote}/comm").read_text().strip() == "kernel-zygote"
    assert kernel.run(f"import sys; print([name in sys.modules for name in {STACK}])") == str([True] * len(STACK))
    # The parent has one thread, and of sockets the one it listens on.
    assert len(list(Path(f"/proc/{kernel.zygote}/task").iterdir())) == 1
    leads = [str(fd.readlink()) for fd in Path(f"/proc/{kernel.zygote}/fd").iterdir()]
    assert sum(to.startswith("socket:") for to in leads) == 1


def test_nothing_of_a_kernel_reaches_another(site: Site) -> None:
    with site.kernel() as first:
        before, clean = json.loads(first.run(STATE)), first.run(SEEN)
        assert first.run(DIRT) == "done"
        assert first.run(SEEN) != clean
        with site.kernel() as beside:
            assert json.loads(beside.run(STATE)) == before
            assert beside.run(SEEN) == clean
    with site.kernel() as after:
        assert json.loads(after.run(STATE)) == before
        assert after.run(SEEN) == clean


def test_state_is_that_of_an_ordinary_kernel(site: Site) -> None:
    found = {}
    for name in ("stack", "ordinary"):
        with site.kernel(name) as running:
            found[name] = json.loads(running.run("".join(f"import {module}\n" for module in STACK) + STATE))
            found[name]["figure"] = running.run("import matplotlib.pyplot as plt; plt.figure(); print(plt.rcParams)")
    forked, ordinary = found["stack"], found["ordinary"]
    more = set(forked.pop("modules")) - set(ordinary.pop("modules"))
    assert {module.split(".")[0] for module in more} == {"smo_reports", "ipykernel_launcher"}
    for state in found.values():
        state["filters"].sort()  # they lie in the order of the imports
        state["threads"] = [re.sub(r"-\d+", "", name) for name in state["threads"]]  # numbered by all made before
    assert forked == ordinary


def test_every_kernel_draws_its_own_random_numbers(site: Site) -> None:
    code = """
import multiprocessing, numpy as np, os, random, ssl, tempfile, uuid
print([random.random(), np.random.rand(), np.random.default_rng().random(), str(uuid.uuid4()), ssl.RAND_bytes(8),
       next(tempfile._get_candidate_names()), bytes(multiprocessing.current_process().authkey), os.urandom(8)])
"""
    drawn = []
    for _ in range(3):
        with site.kernel() as running:
            drawn.append(eval(running.run(code)))  # our own list, of numbers and texts
    for draws in zip(*drawn, strict=True):
        assert len(set(draws)) == 3


def test_a_kernel_stands_where_its_client_stands(site: Site, tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        environment = {
            **os.environ,
            "TZ": "Asia/Jakarta",
            "A_PASSWORD": "hunter2",
            "BYTES": b"\xff".decode(errors="surrogateescape"),
        }
        with site.kernel("bare", cwd=str(tmp_path), env=environment) as running:
            told = running.run(
                "import os, time; mask = os.umask(0); os.umask(mask)\n"
                "here = [os.getcwd(), mask, os.environ['A_PASSWORD'], time.tzname[0], os.environb[b'BYTES']]\n"
                "print([*here, os.environ['JPY_PARENT_PID']])"
            )
            assert told == str([str(tmp_path), 0o027, "hunter2", "WIB", b"\xff", str(os.getpid())])
            for other in (running.zygote, running.guardian):
                assert b"hunter2" not in Path(f"/proc/{other}/environ").read_bytes()
                assert Path(f"/proc/{other}/cwd").readlink() == Path("/")
    finally:
        os.umask(mask)


def test_sockets_are_private(kernel: Running, site: Site) -> None:
    assert kernel.manager.transport == "ipc"
    folder = Path(kernel.manager.ip).parent
    for private in (site.runtime, folder):
        assert private.stat().st_mode & 0o777 == 0o700
    # The output of a process that a cell forks arrives all the same.
    code = """
import multiprocessing
child = multiprocessing.get_context("fork").Process(target=print, args=("from a fork",)); child.start(); child.join()
import time; time.sleep(1)  # it comes by another way than what the cell prints
"""
    assert kernel.run(code) == "from a fork"
    assert not any(listens_on_tcp(pid) for pid in (kernel.pid, kernel.guardian, kernel.zygote))


def test_interrupt_and_restart(kernel: Running) -> None:
    message = kernel.client.execute("import subprocess, time; mine = 1; subprocess.run(['sleep', '100'])")
    assert eventually(lambda: "sleep" in descendants(kernel.pid))
    kernel.manager.interrupt_kernel()
    reply = kernel.client.get_shell_msg(timeout=READY_S)
    assert (reply["parent_header"]["msg_id"], reply["content"]["ename"]) == (message, "KeyboardInterrupt")
    assert kernel.run("print(mine)") == "1"
    old = kernel.pid
    kernel.manager.restart_kernel()
    kernel.client.wait_for_ready(timeout=READY_S)
    assert kernel.run("print(mine)") == "NameError"
    assert isinstance(kernel.manager.provisioner.process, ForkedKernel)
    assert kernel.pid != old
    assert not runs(old)


def descendants(pid: int) -> list[str]:
    """Names of the processes below one."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = status.read_text().partition("(")[2].rpartition(")")
            parents[int(status.parent.name)] = (int(rest.split()[1]), name)
    return [name for one, (above, name) in parents.items() if above == pid or parents.get(above, (0,))[0] == pid]


@pytest.mark.parametrize(
    ("code", "ended"), [("import os; os._exit(3)", 3), ("import ctypes; ctypes.string_at(0)", -11)]
)
def test_a_crash_is_seen_with_its_code(kernel: Running, code: str, ended: int) -> None:
    process = kernel.manager.provisioner.process
    kernel.client.execute(code)
    assert eventually(lambda: not kernel.manager.is_alive())
    assert process.returncode == ended


def test_a_shutdown_lets_the_kernel_finish(site: Site, tmp_path: Path) -> None:
    with site.kernel(cwd=str(tmp_path)) as running:
        process = running.manager.provisioner.process
        running.run("import atexit, pathlib; atexit.register(lambda: pathlib.Path('left').touch())")
        folder = Path(running.manager.ip).parent
        running.manager.shutdown_wait_time = READY_S  # halfway it sends SIGTERM, which a busy machine would earn
        running.manager.shutdown_kernel()
        assert process.returncode == 0
        assert (tmp_path / "left").exists()
        assert not folder.exists()


STRAYS = """
import subprocess
code = "import os, time; os.setsid(); print(os.getpid(), flush=True); time.sleep(1000)"
twice = "import subprocess, sys, os; os.setsid(); subprocess.Popen([sys.executable, '-c', sys.argv[1]])"
import sys
first = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
second = subprocess.Popen([sys.executable, "-c", twice, code], stdout=subprocess.PIPE, text=True)
print(int(first.stdout.readline()), int(second.stdout.readline()))
"""


@pytest.mark.parametrize("killed", ["manager", "kernel", "guardian"])
def test_what_a_kernel_started_ends_with_it(site: Site, killed: str) -> None:
    with site.kernel() as running:
        strays = [int(pid) for pid in running.run(STRAYS).split()]
        family = [running.pid, running.guardian, *strays]
        assert len(strays) == 2
        assert all(runs(pid) for pid in family)
        zygote = running.zygote
        if killed == "manager":
            running.manager.shutdown_kernel(now=True)
        else:
            os.kill(running.pid if killed == "kernel" else running.guardian, signal.SIGKILL)
        assert eventually(lambda: not any(runs(pid) for pid in family))
        assert eventually(lambda: not running.manager.is_alive())
        assert runs(zygote)


CLIENT = """
import json, os, sys, time
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
manager = KernelManager(kernel_name="stack", kernel_spec_manager=KernelSpecManager(kernel_dirs=[sys.argv[1]]))
manager.start_kernel()
client = manager.client(); client.start_channels(); client.wait_for_ready(timeout=60)
if os.fork() == 0:
    time.sleep(1000)  # holds copies of all of its parent's descriptors
said = []
client.execute_interactive(sys.argv[2], output_hook=lambda m: said.append(m["content"].get("text", "")))
print(json.dumps([manager.provisioner.process.pid, manager.ip, *map(int, "".join(said).split())]), flush=True)
time.sleep(1000)
"""


def test_a_killed_client_takes_its_kernel_along(site: Site) -> None:
    command = [sys.executable, "-c", CLIENT, str(site.folder / "kernels"), STRAYS]
    client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert client.stdout
        pid, ip, *strays = json.loads(client.stdout.readline())
        family = [pid, parent_of(pid), *strays]
        assert all(runs(one) for one in family)
        client.kill()
        client.wait()
        assert eventually(lambda: not any(runs(one) for one in family))
        assert eventually(lambda: not Path(ip).parent.exists())
    finally:
        os.killpg(client.pid, signal.SIGKILL)
        client.stdout.close()
        client.wait()


def test_a_killed_parent_is_replaced_and_its_kernels_go_on(site: Site) -> None:
    with site.kernel("bare") as running:
        zygote = running.zygote
        os.kill(zygote, signal.SIGKILL)
        assert eventually(lambda: not runs(zygote))
        assert running.run("print(1)") == "1"
        with site.kernel("bare") as another:
            assert another.zygote not in {zygote, 1}
        family = [running.pid, running.guardian]
        running.manager.shutdown_kernel(now=True)
        assert eventually(lambda: not any(runs(pid) for pid in family))


def test_an_idle_parent_ends(site: Site) -> None:
    name = site.spec("brief", preload=[], idle=0.2)
    with site.kernel(name) as running:
        zygote = running.zygote
        time.sleep(0.5)
        assert runs(zygote)
    assert eventually(lambda: not runs(zygote))


def test_changed_code_gets_a_new_parent(site: Site, tmp_path: Path) -> None:
    module = tmp_path / "a_module_of_ours.py"
    module.write_text("VALUE = 1")
    site.spec("changing", preload=["a_module_of_ours"])
    told = []
    for text in ("VALUE = 1", "VALUE = 222"):
        if module.read_text() != text:
            module.write_text(text)
        with site.kernel("changing", env={**os.environ, "PYTHONPATH": str(tmp_path)}) as running:
            told.append((running.run("import sys; print(sys.modules['a_module_of_ours'].VALUE)"), running.zygote))
    assert [value for value, _ in told] == ["1", "222"]
    assert told[0][1] != told[1][1]


def test_memory_is_limited(site: Site) -> None:
    site.spec("small", memory=600 << 20)
    with site.kernel("small") as running:
        assert running.run("many = bytearray(1 << 30)") == "MemoryError"
        assert running.run("some = bytearray(1 << 20); print(len(some))") == str(1 << 20)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import threading, time; threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()", "threads"),
        ("import socket; kept = socket.create_server(('127.0.0.1', 0))", "socket:"),
        ("raise RuntimeError('not today')", "not today"),
    ],
)
def test_a_stack_unfit_to_fork_gives_an_ordinary_kernel(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture, code: str, reason: str
) -> None:
    (tmp_path / "unfit.py").write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    for _ in range(2):
        manager = KernelManager(kernel_name=site.spec("unfit", preload=["unfit"]), kernel_spec_manager=site.specs)
        manager.start_kernel(env=environment)
        assert isinstance(manager.provisioner.process, subprocess.Popen)
        manager.shutdown_kernel(now=True)
    said = [record.getMessage() for record in caplog.records if "not forked" in record.getMessage()]
    assert len(said) == 1
    assert reason in said[0]


def test_an_ordinary_kernel_in_its_place_works(site: Site) -> None:
    with site.kernel("bare", independent=True) as running:
        assert isinstance(running.manager.provisioner.process, subprocess.Popen)
        assert running.manager.transport == "ipc"
        assert running.run("print(1)") == "1"


def test_elsewhere_kernels_are_ordinary(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where the modules are missing that only Unix has, it can be loaded all the same.
    code = "import sys; sys.modules['fcntl'] = sys.modules['resource'] = None; import smo_reports.kernels.provisioner"
    subprocess.run([sys.executable, "-c", code], check=True)
    monkeypatch.setattr(sys, "platform", "darwin")
    manager = KernelManager(kernel_name="bare", kernel_spec_manager=site.specs)
    manager.start_kernel()
    assert isinstance(manager.provisioner.process, subprocess.Popen)
    assert manager.transport == "tcp"
    manager.shutdown_kernel(now=True)


def test_clients_at_once_share_one_parent(site: Site) -> None:
    name = site.spec("fresh", preload=["json"], idle=20.0)
    command = [sys.executable, "-c", CLIENT.replace('"stack"', f'"{name}"'), str(site.folder / "kernels"), "print(0)"]
    others = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) for _ in range(2)]

    async def start() -> list[int]:
        managers = [AsyncKernelManager(kernel_name=name, kernel_spec_manager=site.specs) for _ in range(4)]
        await asyncio.gather(*(manager.start_kernel() for manager in managers))
        pids = [manager.provisioner.process.pid for manager in managers]
        zygotes = [parent_of(parent_of(pid)) for pid in pids]
        await asyncio.gather(*(manager.shutdown_kernel(now=True) for manager in managers))
        assert len(set(pids)) == 4
        return zygotes

    try:
        zygotes = asyncio.run(start())
        for other in others:
            assert other.stdout
            zygotes.append(parent_of(parent_of(json.loads(other.stdout.readline())[0])))
        assert len(set(zygotes)) == 1
    finally:
        for other in others:
            os.killpg(other.pid, signal.SIGKILL)
            other.stdout.close()
            other.wait()


def test_a_server_restarts_a_kernel_that_died(site: Site) -> None:
    async def serve() -> None:
        server = AsyncMultiKernelManager(kernel_spec_manager=site.specs, default_kernel_name="stack")
        server.kernel_manager_class = "jupyter_client.ioloop.AsyncIOLoopKernelManager"
        server.config.KernelRestarter.time_to_dead = 0.2
        kernel_id = await server.start_kernel()
        manager = server.get_kernel(kernel_id)
        first = manager.provisioner.process.pid
        os.kill(first, signal.SIGKILL)
        for _ in range(200):
            await asyncio.sleep(0.05)
            process = manager.provisioner.process
            if process is not None and process.pid != first and manager.ready.done() and await manager.is_alive():
                break
        assert process.pid not in {0, first}
        await server.shutdown_all(now=True)
        assert not runs(process.pid)

    asyncio.run(serve())


CELLS = [
    "import matplotlib.pyplot as plt, numpy as np, pandas as pd\nplt.rcParams['svg.hashsalt'] = 'fixed'",
    "%config InlineBackend.figure_formats = ['svg', 'png']\nfrom IPython.display import display",
    "frame = pd.DataFrame({'a': np.arange(5) / 3, 'b': list('vwxyz')}); frame",
    "fig, ax = plt.subplots(); ax.plot(frame.a); ax.set_title('a line');",
    "import duckdb, warnings; print(duckdb.sql('select sum(a) from frame'))",
    "warnings.warn('look'); display(frame.describe())",
    "x = np.random.default_rng(1).normal(size=(300, 300)); print((x @ x).sum(), np.linalg.svd(x)[1][:3])",
    "!echo from the shell",
    "1 / 0",
]


def test_output_is_that_of_an_ordinary_kernel(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_client.manager.kernelspec.KernelSpecManager", lambda **_: site.specs)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    outputs = {}
    for name in ("stack", "ordinary"):
        with pytest.raises(papermill.PapermillExecutionError):
            execute(notebook, tmp_path / f"{name}.ipynb", name)
        done = nbformat.read(tmp_path / f"{name}.ipynb", as_version=4)
        outputs[name] = [
            cell.outputs
            for cell in done.cells
            if "outputs" in cell and "papermill" not in str(cell.metadata.get("tags"))
        ]
    assert len(outputs["stack"]) == len(CELLS)
    for forked, ordinary in zip(outputs["stack"], outputs["ordinary"], strict=True):
        assert without_places(forked) == without_places(ordinary)


def execute(notebook: Any, to: Path, name: str, **options: Any) -> None:
    papermill.execute_notebook(notebook, str(to), kernel_name=name, language="python", progress_bar=False, **options)


def without_places(outputs: list[Any]) -> str:
    """Outputs as text, without what names the process: a warning's or error's temporary file, dates in a figure."""
    text = json.dumps(outputs)
    return re.sub(r"ipykernel_\d+|/\d+\.py|<dc:date>[^<]*", "", text)


@pytest.mark.parametrize(
    ("code", "timeout", "error"),
    [("import time; time.sleep(100)", 1, CellTimeoutError), ("import os; os._exit(1)", None, DeadKernelError)],
)
def test_papermill_sees_timeouts_and_deaths(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, timeout: int | None, error: type
) -> None:
    monkeypatch.setattr("jupyter_client.manager.kernelspec.KernelSpecManager", lambda **_: site.specs)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    with pytest.raises(error):
        execute(notebook, tmp_path / "out.ipynb", "stack", execution_timeout=timeout)


def test_voila_serves_pages_by_forked_kernels(site: Site, tmp_path: Path) -> None:
    cell = "import os; print('page by', open(f'/proc/{os.getppid()}/comm').read())"
    spec = {"name": "bare", "display_name": "bare", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)], metadata={"kernelspec": spec})
    nbformat.write(notebook, tmp_path / "page.ipynb")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "voila", str(tmp_path / "page.ipynb"), "--no-browser", f"--port={port}"]
    environment = {**os.environ, "JUPYTER_PATH": str(site.folder)}
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        assert eventually(lambda: "Voil" in (tmp_path / "log").read_text() and connects(port), READY_S)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=READY_S) as page:
            assert "page by kernel-guardian" in page.read().decode()
    finally:
        server.terminate()
        server.wait()


def connects(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def footprint(zygote: int) -> tuple[int, int, int]:
    """Descriptors of a parent and of this process, and the parent's children."""
    mine = len(list(Path("/proc/self/fd").iterdir()))
    return len(list(Path(f"/proc/{zygote}/fd").iterdir())), mine, len(descendants(zygote))


def private_kib(pid: int) -> int:
    """Memory that is a process's alone."""
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(row.split()[1]) for row in rows if row.startswith("Private"))


def test_thirty_kernels_leave_nothing(site: Site) -> None:
    async def thirty(zygotes: set[int]) -> None:
        for _ in range(30):
            manager = AsyncKernelManager(kernel_name="stack", kernel_spec_manager=site.specs)
            await manager.start_kernel()
            zygotes.add(parent_of(parent_of(manager.provisioner.process.pid)))
            await manager.shutdown_kernel(now=True)

    with site.kernel() as running:
        zygote = running.zygote
    eventually(lambda: not descendants(zygote))
    gc.collect()  # what earlier tests have left in this process
    before, memory, folders = footprint(zygote), private_kib(zygote), len(list(site.runtime.glob("k-*")))
    found: set[int] = set()
    asyncio.run(thirty(found))
    assert found == {zygote}
    assert eventually(lambda: footprint(zygote) == before), (before, footprint(zygote))
    assert private_kib(zygote) - memory < 2048
    assert len(list(site.runtime.glob("k-*"))) == folders


def test_the_shipped_specification_names_this_provisioner() -> None:
    shipped = Path(provisioner.__file__).with_name("spec") / "kernel.json"
    said = json.loads(shipped.read_text())["metadata"]["kernel_provisioner"]
    assert said["provisioner_name"] == "forked-provisioner"
    assert set(said["config"]) <= set(provisioner.ForkedProvisioner.class_trait_names(config=True))


def test_what_killed_clients_left_goes_with_the_next_kernel_and_what_is_in_use_stays(site: Site) -> None:
    runtime = place.private_folder(str(site.folder / "swept"))
    used, lock = place.sockets_folder(runtime)
    left, abandoned = place.sockets_folder(runtime)
    os.close(abandoned)
    new, other = place.sockets_folder(runtime)
    assert set(runtime.iterdir()) == {used, new}
    assert left not in (used, new)
    os.close(lock)
    os.close(other)
