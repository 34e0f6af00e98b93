"""Put a simulated class on a hub of this machine, measure it, and see that it keeps its secrets.

    sudo .hub/bin/python instructors/hosting/class_load.py --learners 8

Each learner logs in with a password, lets nbgitpuller fetch the course, opens a notebook, runs
all cells and moves a slider, over the same paths that a browser takes. Then each tries to read
what the others have. Only addresses of this machine are used; everything stops by itself within
five minutes, and accounts and files are taken away again. The figures are added to measured.json.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import pwd
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

import aiohttp

import server
from pull_link import pull_link

MOST_LEARNERS = 30
MOST_MOVES = 60
TOTAL_SECONDS = 290
STEM = "simulated"
FIGURES = server.HERE / "measured.json"
_VIEW = "application/vnd.jupyter.widget-view+json"
_TICKS = os.sysconf("SC_CLK_TCK")


class Learner:
    """One simulated learner, from the log-in page to the last move of the slider."""

    def __init__(self, name: str, password: str, hub: str):
        self.name, self._password, self._hub = name, password, hub
        self.home = f"{hub}/user/{name}"
        self.seconds: dict[str, float] = {}
        self.moves: list[float] = []
        self.troubles: list[str] = []
        self._widgets: dict[str, dict] = {}

    async def attend(self, options, all_ready) -> None:
        """Do everything a learner does, timing each part."""
        began = time.monotonic()
        token = {"Authorization": f"token {await self._log_in()}"}
        async with aiohttp.ClientSession(headers=token) as web:
            await self._start(web)
            self.seconds["log in and start"] = time.monotonic() - began
            await self._pull(web, options)
            self.seconds["course fetched"] = time.monotonic() - began
            await self._open(web, f"course/notebooks/{options.notebook}.ipynb")
            await all_ready("ran", self)
            await self._play(options.moves)
            await all_ready("moved", self)

    async def _log_in(self) -> str:
        """Fill in the log-in page and return a token for what follows."""
        jar = aiohttp.CookieJar(unsafe=True)  # cookies for 127.0.0.1 too
        async with aiohttp.ClientSession(cookie_jar=jar) as web:

            def xsrf() -> str:
                return next(c.value for c in jar if c.key == "_xsrf" and c["path"] == "/hub/")

            async with web.get(f"{self._hub}/hub/login") as page:
                page.raise_for_status()
            form = {"username": self.name, "password": self._password, "_xsrf": xsrf()}
            async with web.post(f"{self._hub}/hub/login", data=form) as answer:
                if "/hub/login" in str(answer.url):
                    raise RuntimeError(f"{self.name} could not log in: {answer.status}")
            asked = f"{self._hub}/hub/api/users/{self.name}/tokens"
            async with web.post(asked, json={}, headers={"X-XSRFToken": xsrf()}) as answer:
                answer.raise_for_status()
                return (await answer.json())["token"]

    async def _start(self, web: aiohttp.ClientSession) -> None:
        async with web.post(f"{self._hub}/hub/api/users/{self.name}/server") as answer:
            answer.raise_for_status()
        while True:
            async with web.get(f"{self.home}/api/status", allow_redirects=False) as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.2)

    async def _pull(self, web: aiohttp.ClientSession, options) -> None:
        link = pull_link(self._hub, options.repository, branch=options.branch)
        # The page behind the link asks its own server for a stream of what git says.
        asked = link.replace("/hub/user-redirect/git-pull?", f"/user/{self.name}/git-pull/api?")
        async with web.get(asked.replace("targetPath=", "targetpath=")) as answer:
            answer.raise_for_status()
            said = await answer.text()
        if '"finished"' not in said:
            raise RuntimeError(f"{self.name}: the course could not be fetched: {said[-300:]}")

    async def _open(self, web: aiohttp.ClientSession, path: str) -> None:
        began = time.monotonic()
        async with web.get(f"{self.home}/api/contents/{path}") as answer:
            answer.raise_for_status()
            cells = (await answer.json())["content"]["cells"]
        kernel = {"name": "python3"}
        session = {"path": path, "name": path, "type": "notebook", "kernel": kernel}
        async with web.post(f"{self.home}/api/sessions", json=session) as answer:
            answer.raise_for_status()
            kernel_id = (await answer.json())["kernel"]["id"]
        self._wire = await web.ws_connect(
            f"{self.home}/api/kernels/{kernel_id}/channels?session_id={uuid.uuid4().hex}",
            max_msg_size=0,
        )
        for cell in cells:
            if cell["cell_type"] != "code":
                continue
            async for message in self._run("".join(cell["source"])):
                if _VIEW in message["content"].get("data", {}) and self._panel is None:
                    self.seconds["first picture"] = time.monotonic() - began
                    # What was made until now belongs to the first panel.
                    self._panel = dict(self._widgets)
        self.seconds["all cells run"] = time.monotonic() - began

    _panel: dict[str, dict] | None = None

    async def _run(self, code: str):
        asked = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        async for message in self._ask("execute_request", asked):
            if message["header"]["msg_type"] == "error":
                self.troubles.append(f"{self.name}: {message['content']['evalue']}")
            yield message

    async def _play(self, moves: int) -> None:
        """Pass the prediction by, then move the first slider there is."""
        widgets = self._panel or {}
        for made, state in widgets.items():
            if state.get("description") == "Skip the prediction":
                await self._tell(made, {"method": "custom", "content": {"event": "click"}})
        sliders = [
            (made, state)
            for made, state in widgets.items()
            if state.get("_model_name") in ("FloatSliderModel", "IntSliderModel")
        ]
        slider, state = sliders[0]
        steps = round((state["max"] - state["min"]) / state["step"])
        place = round((state["value"] - state["min"]) / state["step"])
        for i in range(moves):
            await asyncio.sleep(random.uniform(0.4, 1.2))
            # Anywhere but where it stands, so that each move must bring a new picture.
            place = (place + random.randint(1, steps)) % (steps + 1)
            value = state["min"] + place * state["step"]
            began = time.monotonic()
            drawn = await self._tell(slider, {"method": "update", "state": {"value": value}})
            self.moves.append(time.monotonic() - began)
            if not drawn:
                self.troubles.append(f"{self.name}: move {i + 1} to {value:g} drew no new picture")

    async def _tell(self, widget: str, data: dict) -> bool:
        """Send a widget what the page would; return whether a new picture came back."""
        drawn = False
        content = {"comm_id": widget, "data": {**data, "buffer_paths": []}}
        async for message in self._ask("comm_msg", content):
            new = message["content"].get("data", {})
            drawn |= "<svg" in str(new.get("state", {}).get("value", ""))
        return drawn

    async def try_code(self, code: str) -> str:
        """Run code in this learner's notebook and return what it prints."""
        return "".join(
            [m["content"].get("text", "") async for m in self._run(code) if "content" in m]
        )

    async def _ask(self, kind: str, content: dict):
        """Send one message and yield what the kernel says until it is done with it."""
        number = uuid.uuid4().hex
        header = {"msg_id": number, "msg_type": kind, "username": "", "session": "load"}
        header |= {"version": "5.4", "date": ""}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await self._wire.send_json({**message, "channel": "shell", "buffers": []})
        while True:
            frame = await self._wire.receive(timeout=120)
            if frame.type != aiohttp.WSMsgType.TEXT:
                raise RuntimeError(f"{self.name}: the kernel's line broke ({frame.type.name})")
            answer = json.loads(frame.data)
            if answer["header"]["msg_type"] == "comm_open":
                made = answer["content"]
                self._widgets[made["comm_id"]] = made["data"].get("state", {})
            if answer["parent_header"].get("msg_id") != number:
                continue
            yield answer
            if answer["content"].get("execution_state") == "idle":
                return


# -- what a learner's programs cost ----------------------------------------------------------------


def programs(uid: int) -> dict[str, list[Path]]:
    """Return the running programs of an account: its server and its notebooks' kernels."""
    found: dict[str, list[Path]] = {"server": [], "kernel": []}
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and folder.stat().st_uid == uid:
                line = (folder / "cmdline").read_text()
                found["kernel" if "ipykernel" in line else "server"].append(folder)
    return found


def memory_MB(folders: list[Path]) -> float:
    """Return the memory of these programs; pages shared with others are shared out evenly."""
    total = 0.0
    for folder in folders:
        with contextlib.suppress(OSError):
            rollup = (folder / "smaps_rollup").read_text()
            total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE).group(1)) / 1024
    return total


def cpu_seconds(folders: list[Path]) -> float:
    """Return the processor time that these programs have used."""
    total = 0.0
    for folder in folders:
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / _TICKS
    return total


# -- what a learner must not be able to do ---------------------------------------------------------

_PEEK = """
import os, urllib.request
def attempt(what, act):
    try:
        print("OPEN" if act() else "empty", what)
    except Exception as refusal:
        print("refused", what, type(refusal).__name__)
def fetch(address, token):
    # An own opener: no proxy settings of the machine may send this elsewhere.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({{}}))
    asked = urllib.request.Request(address, headers={{"Authorization": "token " + token}})
    answer = opener.open(asked, timeout=10)
    return answer.status == 200 and "/login" not in answer.url
token = os.environ["JUPYTERHUB_API_TOKEN"]
attempt("home", lambda: os.listdir("/home/{other}"))
attempt("file", lambda: open("/home/{other}/secret.txt").read())
attempt("environment", lambda: open("/proc/{pid}/environ").read())
attempt("write", lambda: open("/home/{other}/planted.txt", "w").write("x"))
attempt("hub's secrets", lambda: os.listdir("{private}"))
attempt("files by hub", lambda: fetch("{hub}/user/{other}/api/contents/secret.txt", token))
attempt("account by hub", lambda: fetch("{hub}/hub/api/users/{other}", token))
attempt("list of accounts", lambda: fetch("{hub}/hub/api/users", token))
attempt("files by port", lambda: fetch("{direct}/user/{other}/api/contents/secret.txt", token))
attempt("a terminal", lambda: fetch("{hub}/user/{own}/api/terminals", token))
"""
_ATTEMPTS = _PEEK.count("\nattempt(")

_GREEDY = """
try:
    hoard = bytearray(3_000_000_000)
    print("OPEN")
except MemoryError:
    print("refused")
"""


async def peek(learners: list[Learner], private: Path) -> list[str]:
    """Let each learner try to read the next one's things; return what should have been refused."""
    for learner in learners:
        await learner.try_code(f"open('/home/{learner.name}/secret.txt', 'w').write('mine')")
    leaks = []
    for learner, other in zip(learners, learners[1:] + learners[:1], strict=True):
        process = programs(pwd.getpwnam(other.name).pw_uid)["server"][0]
        port = re.search(r"--port=(\d+)|:(\d+)/user/", _environment(process)).group(2)
        said = await learner.try_code(
            _PEEK.format(
                own=learner.name,
                other=other.name,
                pid=process.name,
                private=private,
                hub=learner._hub,
                direct=f"http://127.0.0.1:{port}",
            )
        )
        lines = said.strip().splitlines()
        if len(lines) != _ATTEMPTS:
            leaks.append(
                f"{learner.name}: made {len(lines)} of {_ATTEMPTS} attempts: {said[-300:]}"
            )
        leaks += [f"{learner.name}: {line}" for line in lines if not line.startswith("refused")]
        if "refused" not in await learner.try_code(_GREEDY):
            leaks.append(f"{learner.name}: took 3 GB of memory")
    return leaks


def _environment(process: Path) -> str:
    return (process / "environ").read_text().replace("\0", "\n")


# -- the hub and the whole lesson ------------------------------------------------------------------


def free_port() -> int:
    """Return a port of this machine that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command: list[str], log: Path, inside: dict[str, str] | None = None):
    """Keep a program running for the length of a block."""
    with log.open("w") as sink:
        program = subprocess.Popen(
            command, stdout=sink, stderr=sink, env=inside, cwd=log.parent, start_new_session=True
        )
        try:
            yield program
        finally:
            program.terminate()
            try:
                program.wait(40)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


async def lesson(passwords: dict[str, str], hub: str, private: Path, options) -> dict:
    """Take the class through the notebook and return what was measured."""
    learners = [Learner(name, word, hub) for name, word in passwords.items()]
    uids = {learner.name: pwd.getpwnam(learner.name).pw_uid for learner in learners}
    costs: dict[str, dict[str, list[float]]] = {}
    barriers = {stage: asyncio.Barrier(len(learners)) for stage in ("ran", "moved", "peeked")}
    spent: dict[str, float] = {}
    began = time.monotonic()
    leaks: list[str] = []

    async def all_ready(stage: str, learner: Learner) -> None:
        first = await barriers[stage].wait() == 0
        if first:
            for kind in ("server", "kernel"):
                folders = {name: programs(uid)[kind] for name, uid in uids.items()}
                cost = costs.setdefault(f"{stage}, {kind}", {})
                cost["memory_MB"] = [memory_MB(found) for found in folders.values()]
                cost["cpu_s"] = [cpu_seconds(found) for found in folders.values()]
            spent[stage] = time.monotonic() - began
            if stage == "moved":
                leaks.extend(await peek(learners, private))
        if stage == "moved":
            await barriers["peeked"].wait()

    async def attend(learner: Learner) -> None:
        try:
            await learner.attend(options, all_ready)
        except Exception:
            # The others must not wait for one who will not come.
            for barrier in barriers.values():
                await barrier.abort()
            raise

    done = await asyncio.gather(*map(attend, learners), return_exceptions=True)
    troubles = [f"{type(one).__name__}: {one}" for one in done if one is not None]
    troubles += [trouble for learner in learners for trouble in learner.troubles]
    if "moved" not in spent:
        raise RuntimeError("the class did not get to the end: " + "; ".join(troubles))
    return summary(learners, costs, spent, options) | {"troubles": troubles, "leaks": leaks}


def summary(learners: list[Learner], costs: dict, spent: dict[str, float], options) -> dict:
    """Return the figures: medians and the worst over the class."""

    def spread(values: list[float], digits: int) -> dict[str, float]:
        ordered = sorted(values) or [float("nan")]
        high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
        return {
            "median": round(statistics.median(ordered), digits),
            "p95": round(high, digits),
            "worst": round(ordered[-1], digits),
        }

    stages = ("log in and start", "course fetched", "first picture", "all cells run")
    moving = spent["moved"] - spent["ran"]
    used = [
        after - before
        for after, before in zip(
            costs["moved, kernel"]["cpu_s"], costs["ran, kernel"]["cpu_s"], strict=True
        )
    ]
    return {
        "learners": len(learners),
        "cores": len(os.sched_getaffinity(0)),
        "notebook": options.notebook,
        "moves_each": options.moves,
        "seconds": {stage: spread([one.seconds[stage] for one in learners], 1) for stage in stages},
        "slider_ms": spread([1000 * move for one in learners for move in one.moves], 0),
        "memory_MB": {
            kind: spread(costs[f"moved, {kind}"]["memory_MB"], 0) for kind in ("server", "kernel")
        },
        "cpu": {
            "seconds_to_open": spread(
                [
                    a + b
                    for a, b in zip(
                        costs["ran, server"]["cpu_s"], costs["ran, kernel"]["cpu_s"], strict=True
                    )
                ],
                1,
            ),
            "cores_while_moving": spread([one / moving for one in used], 3),
        },
    }


def run(options) -> dict:
    """Start the hub, hold the lesson, take everything away again."""
    hub_port, api_port, proxy_port, git_port = (free_port() for _ in range(4))
    hub = f"http://127.0.0.1:{hub_port}"
    options.repository = f"git://127.0.0.1:{git_port}/course"
    with tempfile.TemporaryDirectory(prefix="lems-class-") as folder:
        private = Path(folder) / "private"
        command, inside = server.hub_command(
            private,
            f"--JupyterHub.hub_port={api_port}",
            f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{proxy_port}",
        )
        inside["LEMS_HUB_ADDRESS"] = hub
        # git serves no repository of another owner, so the class gets a copy of its own.
        copy = Path(folder) / "course"
        subprocess.run(["git", "clone", "--quiet", "--bare", str(server.ROOT), copy], check=True)
        head = ["git", "-C", copy, "symbolic-ref", "--short", "HEAD"]
        options.branch = subprocess.check_output(head, text=True).strip()
        daemon = ["git", "daemon", f"--base-path={folder}", "--export-all", "--listen=127.0.0.1"]
        passwords = server.accounts(options.learners, STEM)
        try:
            with (
                running([*daemon, f"--port={git_port}"], Path(folder) / "git.log"),
                running(command, Path(folder) / "hub.log", inside) as program,
            ):
                try:
                    _wait(f"{hub}/hub/health", program)
                    return asyncio.run(
                        asyncio.wait_for(
                            lesson(passwords, hub, private, options), TOTAL_SECONDS - 40
                        )
                    )
                except BaseException:
                    print((Path(folder) / "hub.log").read_text()[-3000:], file=sys.stderr)
                    raise
        finally:
            server.remove(STEM)


def _wait(address: str, program: subprocess.Popen) -> None:
    end = time.monotonic() + 40
    while time.monotonic() < end and program.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.3)
    raise RuntimeError("the hub did not start")


def main() -> int:
    """Read the options, run the class, write the figures; 1 if anyone failed or saw too much."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learners", type=int, default=8, help=f"1 to {MOST_LEARNERS}")
    parser.add_argument("--moves", type=int, default=20, help=f"of a slider, 1 to {MOST_MOVES}")
    parser.add_argument("--notebook", default="03_calcium_influx")
    options = parser.parse_args()
    if not 2 <= options.learners <= MOST_LEARNERS or not 1 <= options.moves <= MOST_MOVES:
        parser.error(f"2 to {MOST_LEARNERS} learners and 1 to {MOST_MOVES} moves are allowed")
    figures = run(options)
    print(json.dumps(figures, indent=1))
    if figures["troubles"] or figures["leaks"]:
        return 1
    kept = json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}
    kept[str(options.learners)] = figures
    FIGURES.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
