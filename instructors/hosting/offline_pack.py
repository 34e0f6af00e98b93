"""Plan B without a network: one zip with the course, all its packages and a starter.

    python3 instructors/hosting/offline_pack.py                          for a computer like this
    python3 instructors/hosting/offline_pack.py --for windows --python 3.12

The zip is written to the folder dist. Whoever unpacks it runs `python start.py`; that needs the
same Python (such as 3.12), and no network.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools"))

import setup_env  # noqa: E402
from trouble import Trouble  # noqa: E402

FOLDER = "lambert-eaton-offline"
#: System, as uv calls it, and the tags of the packages that run there, as pip calls them.
SYSTEMS = {
    "linux": (
        "x86_64-manylinux_2_28",
        ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    ),
    "windows": ("x86_64-pc-windows-msvc", ("win_amd64",)),
    "mac": ("aarch64-apple-darwin", ("macosx_14_0_arm64", "macosx_11_0_arm64")),
    "mac-intel": ("x86_64-apple-darwin", ("macosx_14_0_x86_64", "macosx_10_13_x86_64")),
}
#: What learners get of the repository.
COURSE = ("notebooks", "instructors/assessment", "README.md", "LICENSE", "LICENSE-TEXT")

START = '''\
"""Set the course up from the packages beside this file, and open it. No network is needed."""

import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
NEEDED = "{python}"

found = "%d.%d" % sys.version_info[:2]
if found != NEEDED:
    sys.exit("This pack is for Python " + NEEDED + ", and this is Python " + found + ".")
place = HERE / "environment"
inside = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
if not (place / "ready").exists():
    print("Setting up the course; this takes about a minute ...", flush=True)
    try:
        venv.create(place, with_pip=True, clear=True)
    except (OSError, subprocess.CalledProcessError):
        sys.exit("This Python cannot make environments; on Debian or Ubuntu the package "
                 "python3-venv is missing.")
    install = [str(inside), "-m", "pip", "install", "--quiet", "--no-index", "--no-cache-dir"]
    # The list is complete, and compiling all of it ahead would take longer than the rest.
    install += ["--no-deps", "--no-compile", "--disable-pip-version-check"]
    install += ["--find-links", str(HERE / "packages")]
    if subprocess.call([*install, "--requirement", str(HERE / "packages" / "names.txt")]):
        sys.exit("The packages could not be installed; is this pack for your kind of computer?")
    (place / "ready").touch()
page = "/lab/tree/notebooks/00_start_here.ipynb"
lab = [str(inside), "-m", "jupyterlab", "--ServerApp.root_dir=" + str(HERE)]
sys.exit(subprocess.call([*lab, "--LabApp.default_url=" + page, *sys.argv[1:]]))
'''


def this_system() -> str:
    """Return which of the systems this computer is."""
    if sys.platform == "darwin":
        return "mac" if platform.machine() == "arm64" else "mac-intel"
    return "windows" if sys.platform == "win32" else "linux"


def fetch(system: str, python: str, packages: Path) -> None:
    """Fill a folder with the packages that the course runs on, at the locked versions."""
    uv_name, tags = SYSTEMS[system]
    uv = setup_env.find_uv(ROOT)
    names = packages / "names.txt"
    resolve = [uv, "pip", "compile", "pyproject.toml", "--constraint", "requirements.lock"]
    resolve += ["--generate-hashes", "--python-platform", uv_name, "--python-version", python]
    resolve += ["--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links"]
    _run([*resolve, "--quiet", "--output-file", str(names)])
    download = [uv, "run", "--no-project", "--with", "pip", "python", "-m", "pip", "download"]
    download += ["--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
    download += ["--implementation", "cp", "--python-version", python, "--dest", str(packages)]
    _run([*download, "-r", str(names), *(word for tag in tags for word in ("--platform", tag))])
    _run([uv, "build", "--quiet", "--wheel", "--out-dir", str(packages), str(ROOT)])
    # The course's own wheel has no hash in the list, and pip wants hashes for all or for none.
    pins = [line.split()[0] for line in names.read_text().splitlines() if "==" in line]
    names.write_text("\n".join([*pins, "lems-helpers", ""]), "utf-8")


def pack(packages: Path, python: str, target: Path) -> None:
    """Write the zip: packages, the course as it was last committed, and the starter."""
    listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--", *COURSE]
    names = subprocess.run(listed, check=True, capture_output=True, text=True).stdout
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name in filter(None, names.split("\0")):
            made.write(ROOT / name, f"{FOLDER}/{name}")
        for path in sorted(packages.iterdir()):
            # A wheel is a zip already.
            kind = zipfile.ZIP_STORED if path.suffix == ".whl" else zipfile.ZIP_DEFLATED
            made.write(path, f"{FOLDER}/packages/{path.name}", kind)
        made.writestr(f"{FOLDER}/start.py", START.replace("{python}", python))


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise Trouble(setup_env.explain(done.stdout + done.stderr))


def main() -> int:
    """Build the zip and say where it is and how large."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--for", dest="system", choices=SYSTEMS, default=this_system())
    here = "{}.{}".format(*sys.version_info[:2])
    parser.add_argument("--python", default=here, help=f"such as {here}, which is this one")
    options = parser.parse_args()
    target = ROOT / "dist" / f"{FOLDER}-{options.system}-python{options.python}.zip"
    try:
        with tempfile.TemporaryDirectory() as folder:
            fetch(options.system, options.python, Path(folder))
            pack(Path(folder), options.python, target)
    except (OSError, Trouble) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(f"Written: {target} ({target.stat().st_size / 1e6:.0f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
