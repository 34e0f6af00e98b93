"""The course's commands: lab, test, bench, outputs, guide, editions, gallery, lock, address, clean.

`make` calls this script, and where there is no make (Windows) it is called by hand:
`python tools/course.py lab`. It needs nothing but the standard library. It is written so that
an old Python can still read it and say in one sentence what is missing.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
FIRST_NOTEBOOK = "notebooks/00_start_here.ipynb"

USAGE = """\
usage: python tools/course.py COMMAND [ARGUMENTS]

  lab      set up if needed and open the course in JupyterLab (arguments go to jupyter lab)
  test     set up if needed and run every test (arguments go to pytest)
           --fast leaves out notebooks and the tests marked browser or slow
  bench    time the engine beside other simulators and write docs/benchmarks.md
           (arguments name benchmarks; without any, all run: some minutes)
  outputs  run the notebooks and store their outputs
  guide    write the made pages of the instructors' guide (--time runs the notebooks and times them)
  editions write the editions for learners and instructors and the slides into the folder editions
  gallery  render every panel's picture and a contact sheet into the folder gallery
           (--presets renders each preset too)
  lock     resolve pyproject.toml anew into requirements.lock and environment.yml
           (--upgrade takes newer releases)
  address  show the public address of the repository, or set it: address https://...
  clean    remove the environment, every cache and the editions"""


def python_problem(version):
    """Return the sentence for a Python too old for the course, else None."""
    if tuple(version[:2]) >= OLDEST:
        return None
    return "The course needs Python {}.{} or newer, and this is Python {}.{}. {}".format(
        *OLDEST, *version[:2], "Install a newer one, or name it: make lab PYTHON=/path/to/python3."
    )


def newer_python():
    """Path of a Python on this machine that is new enough, else None."""
    for minor in range(19, OLDEST[1] - 1, -1):
        path = shutil.which(f"python3.{minor}")
        # A name on the PATH can be an empty shim, so it has to answer.
        if path and subprocess.call([path, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            return path
    return None


def environment(python):
    """Environment variables for programs that run inside the course's environment."""
    inside = dict(os.environ)
    inside["VIRTUAL_ENV"] = str(python.parent.parent)
    inside["PATH"] = str(python.parent) + os.pathsep + inside.get("PATH", "")
    # Kernels and settings of this environment come before those in the user's home.
    inside["JUPYTER_PREFER_ENV_PATH"] = "1"
    inside.pop("PYTHONHOME", None)
    return inside


def lab(arguments):
    """Open the course in JupyterLab; return its exit code."""
    import lab_server
    import setup_env

    python = setup_env.ready(ROOT)
    command, hint = lab_server.command(python, ROOT, FIRST_NOTEBOOK, arguments)
    print(hint, flush=True)
    if os.name != "nt":
        # Replace this process, so that Ctrl-C and signals reach JupyterLab and nothing else.
        os.chdir(ROOT)
        os.execve(command[0], command, environment(python))
    return subprocess.call(command, cwd=ROOT, env=environment(python))


def test(arguments):
    """Run the tests, all of them unless the arguments say otherwise; return the exit code."""
    import setup_env

    python = setup_env.ready(ROOT)
    inside = environment(python)
    # A personal IPython profile must not change what the notebooks print.
    inside["IPYTHONDIR"] = str(setup_env.private(ROOT) / "ipython")
    command = [str(python), "-m", "pytest", "-n", "logical", "--maxprocesses=4", "--dist=loadfile"]
    if "--fast" in arguments:
        arguments = [word for word in arguments if word != "--fast"]
        command += ["-m", "not browser and not slow", "--ignore-glob=*.ipynb"]
    return subprocess.call(command + arguments, cwd=ROOT, env=inside)


def bench(arguments):
    """Time the engine beside its peers, in an environment of their own; return the exit code."""
    import setup_env

    python = setup_env.ready(ROOT)
    command = [str(python), "-m", "benchmarks.run", "--peers", str(setup_env.peers(ROOT))]
    return subprocess.call(command + arguments, cwd=ROOT, env=environment(python))


def outputs(arguments):
    """Regenerate the outputs stored in the notebooks; return the exit code."""
    return run_module("lems_helpers.lab.outputs", arguments)


def guide(arguments):
    """Write the pages of the instructors' guide that are made; return the exit code."""
    return run_module("lems_helpers.lab.teaching.guide", arguments)


def editions(arguments):
    """Write all editions of the course; return the exit code."""
    return run_module("lems_helpers.lab.teaching.editions", arguments)


def gallery(arguments):
    """Render every panel's picture, to be looked over by eye; return the exit code."""
    return run_module("lems_helpers.lab.gallery", arguments)


def run_module(module, arguments):
    """Run a module of the course in its environment; return the exit code."""
    import setup_env

    python = setup_env.ready(ROOT)
    command = [str(python), "-m", module, *arguments]
    return subprocess.call(command, cwd=ROOT, env=environment(python))


def lock(arguments):
    """Resolve the dependencies anew and write them down for pip, uv and conda."""
    import setup_env

    setup_env.resolve(ROOT, arguments)
    python = setup_env.ready(ROOT)
    return subprocess.call([str(python), str(ROOT / "tools" / "pins.py")], cwd=ROOT)


def address(arguments):
    """Show or change the public address of the repository, everywhere it stands."""
    import address as public

    if arguments:
        public.change(ROOT, arguments[0])
    print(public.read(ROOT))
    return 0


def clean(arguments):
    """Remove the environment, every cache, and the editions."""
    for name in (".venv", ".setup", ".pytest_cache", ".ruff_cache", "editions"):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for pattern in ("__pycache__", ".ipynb_checkpoints"):
        for folder in ROOT.rglob(pattern):
            shutil.rmtree(folder, ignore_errors=True)
    return 0


COMMANDS = {
    "lab": lab,
    "test": test,
    "bench": bench,
    "outputs": outputs,
    "guide": guide,
    "editions": editions,
    "gallery": gallery,
    "lock": lock,
    "address": address,
    "clean": clean,
}


def main(words):
    """Run one command; every expected trouble is one sentence and exit code 1."""
    if not words or words[0] not in COMMANDS:
        print(USAGE)
        return 0 if words in (["help"], ["-h"], ["--help"]) else 2
    problem = python_problem(sys.version_info)
    if problem:
        better = newer_python()
        if better is None:
            print(problem, file=sys.stderr)
            return 1
        again = [better, os.path.abspath(__file__), *words]
        if os.name != "nt":
            os.execv(better, again)
        return subprocess.call(again)

    from trouble import Trouble

    try:
        return COMMANDS[words[0]](words[1:])
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
