"""A class on one Linux server: install the hub, make the learners' accounts, start it.

    python3 instructors/hosting/server.py setup             once, and after each new version
    sudo python3 instructors/hosting/server.py accounts 30  adds learner01 ... with passwords
    sudo python3 instructors/hosting/server.py start        further words go to jupyterhub
    sudo python3 instructors/hosting/server.py remove       deletes the accounts and their files
    python3 instructors/hosting/server.py lock              writes requirements.txt anew

The hub lives in the folder .hub of the course, apart from the course's own environment.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "tools"))

import course  # noqa: E402
import setup_env  # noqa: E402
from trouble import Trouble  # noqa: E402

HUB = ROOT / ".hub"
#: What only the hub's own account may read: its secrets, its data base, the passwords.
PRIVATE = HUB / "private"
PASSWORDS = PRIVATE / "accounts.csv"
PROXY = HUB / "node_modules" / ".bin" / "configurable-http-proxy"
#: Learners are the members of this Unix group; nobody else can log in.
GROUP = "lems-class"
# The system's own Python: one inside a person's home could not be run by the learners.
PYTHON = "/usr/bin/python3"
# No letter or digit that is mistaken for another when it is read from a slip of paper.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def setup() -> None:
    """Install the hub, the course and the proxy, exactly as pinned."""
    if shutil.which("npm") is None:
        raise Trouble("The hub needs Node.js with npm; on Debian or Ubuntu: apt-get install npm")
    ask = [PYTHON, "-c", "import sys; print(*sys.version_info[:2])"]
    version = subprocess.check_output(ask, text=True).split()
    if problem := course.python_problem([int(part) for part in version]):
        raise Trouble(f"{problem} The hub uses {PYTHON}.")
    uv, python = setup_env.find_uv(ROOT), str(HUB / "bin" / "python")
    if not Path(python).exists():
        _run([uv, "venv", "--no-project", "--quiet", "--python", PYTHON, str(HUB)])
    install = [uv, "pip", "install", "--python", python, "--quiet"]
    pins = ["--require-hashes", "-r", str(HERE / "requirements.txt")]
    _run([*install, *pins])
    _run([*install, "--no-deps", "--reinstall-package", "lems-helpers", "."])
    # Learners cannot write here: uncompiled, each of them would compile all of it at every start.
    subprocess.run([python, "-m", "compileall", "-q", "-j", "0", str(HUB / "lib")])
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, HUB)
    _run(["npm", "ci", "--prefix", str(HUB), "--no-fund", "--no-audit"])


def accounts(number: int, stem: str = "learner") -> dict[str, str]:
    """Make accounts up to this number; return the passwords of the new ones by name.

    Each home can be read by its owner alone, and the accounts have no shell to log in to.
    """
    _as_root()
    if not 1 <= number <= 999:
        raise Trouble(f"The number of accounts is {number}; it must lie between 1 and 999.")
    _run(["groupadd", "--force", GROUP])
    made = {}
    for i in range(1, number + 1):
        name = f"{stem}{i:02d}"
        if name in members():
            continue
        made[name] = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in "123")
        # Debian's own default lets everyone read a new home.
        private = ["--create-home", "--key", "HOME_MODE=0700", "--shell", "/usr/sbin/nologin"]
        _run(["useradd", *private, "--groups", GROUP, name])
    _run(["chpasswd"], said="".join(f"{name}:{word}\n" for name, word in made.items()))
    return made


def members() -> list[str]:
    """Return the names of the learners' accounts."""
    import grp  # not on Windows, where the rest of this file can still be tested

    try:
        return sorted(grp.getgrnam(GROUP).gr_mem)
    except KeyError:
        return []


def remove(stem: str = "") -> list[str]:
    """Delete the learners' accounts whose names begin so, with their files; return the names."""
    _as_root()
    gone = [name for name in members() if name.startswith(stem)]
    for name in gone:
        subprocess.run(["userdel", "--remove", name], check=True, stderr=subprocess.DEVNULL)
    return gone


def hub_command(private: Path, *more: str) -> tuple[list[str], dict[str, str]]:
    """Return the command that runs the hub with its private folder, and its surroundings."""
    private.mkdir(parents=True, exist_ok=True)
    private.chmod(0o700)
    command = [str(HUB / "bin" / "jupyterhub"), "-f", str(HERE / "jupyterhub_config.py"), *more]
    inside = course.environment(HUB / "bin" / "python")
    return command, {**inside, "LEMS_HUB_PRIVATE": str(private), "LEMS_HUB_PROXY": str(PROXY)}


def start(more: list[str]) -> None:
    """Run the hub in the foreground, in place of this process."""
    _as_root()
    if not PROXY.exists():
        raise Trouble(f"The hub is not installed yet; run: python3 {Path(__file__).name} setup")
    command, inside = hub_command(PRIVATE, *more)
    os.chdir(PRIVATE)
    os.execve(command[0], command, inside)


def lock() -> None:
    """Pin the hub and what the course runs on, at the course's own versions."""
    command = [setup_env.find_uv(ROOT), "pip", "compile", "pyproject.toml"]
    command += ["instructors/hosting/requirements.in", "--constraint", "requirements.lock"]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--quiet"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command"]
    command += ["python3 instructors/hosting/server.py lock"]
    _run([*command, "--output-file", "instructors/hosting/requirements.txt"])


def _run(command: list[str], said: str | None = None) -> None:
    try:
        subprocess.run(command, cwd=ROOT, input=said, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Trouble(f"This step failed, for the reason above: {error}") from error


def _as_root() -> None:
    if os.geteuid() != 0:
        raise Trouble("Accounts of this system can only be handled with sudo.")


def _hand_out(number: str) -> None:
    made = accounts(int(number) if number.isdecimal() else 0)
    PRIVATE.mkdir(parents=True, exist_ok=True)
    PRIVATE.chmod(0o700)
    with PASSWORDS.open("a", encoding="utf-8") as slips:
        slips.writelines(f"{name},{word}\n" for name, word in made.items())
    print(f"{len(made)} new accounts, {len(members())} in all; their passwords are in {PASSWORDS}")


def main(words: list[str]) -> int:
    """Run one command; every expected trouble is one sentence and exit code 1."""
    try:
        match words:
            case ["setup"]:
                setup()
            case ["lock"]:
                lock()
            case ["accounts", number]:
                _hand_out(number)
            case ["remove"]:
                print(f"{len(remove())} accounts and their files are gone.")
            case ["start", *more]:
                start(more)
            case _:
                print(__doc__)
                return 2
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
