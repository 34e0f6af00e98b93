"""Run the benchmarks and write docs/benchmarks.md with its pictures: `make bench`.

Each module runs in a process of its own, so that no peer changes another's settings: those
that say ``PEERS = True`` in the environment of the other simulators, the others in the course's.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
from pathlib import Path

from benchmarks._machine import describe

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"


def names() -> list[str]:
    """Names of the benchmark modules: those with a `run`."""
    files = [path for path in sorted(HERE.glob("[!_]*.py")) if path != Path(__file__).resolve()]
    return [path.stem for path in files if "\ndef run(" in path.read_text(encoding="utf-8")]


def main(words: list[str]) -> int:
    """Run some benchmarks or all, and write the page anew."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("module", nargs="*", choices=[[], *names()], help="all unless named")
    parser.add_argument("--peers", metavar="PYTHON", help="Python of the peers' environment")
    parser.add_argument("--rows", action="store_true", help="print one module's rows as JSON")
    asked = parser.parse_args(words)
    if asked.rows:
        print(json.dumps(report(asked.module[0])))
        return 0
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name in asked.module or names():
        print(f"{name} ...", flush=True)
        results[name] = _in_own_process(name, asked.peers or sys.executable)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    from benchmarks import _page

    print(f"Written: {_page.write(results)}")
    return 0


def report(name: str) -> dict:
    """Run one module here: its rows, and what it ran on."""
    module = importlib.import_module(f"benchmarks.{name}")
    rows = module.run()
    title, text = getattr(module, "TITLE", name), (module.__doc__ or "").strip()
    return {"title": title, "text": text, "machine": describe(), "rows": rows}


def _in_own_process(name: str, peers: str) -> dict:
    text = (HERE / f"{name}.py").read_text(encoding="utf-8")
    python = peers if "\nPEERS = True" in text else sys.executable
    command = [python, "-W", "ignore", "-m", "benchmarks.run", name, "--rows"]
    done = subprocess.run(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"The benchmark {name} failed; its complaint stands above.")
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
