"""The class's hub: each learner a Unix account of their own, a cap on memory, idle ones stopped.

Read by JupyterHub; `server.py start` sets the two variables below. What a course needs to change
stands first.
"""

import os
import resource
from pathlib import Path

from jupyterhub.spawner import LocalProcessSpawner

#: Where the hub listens. Keep it on this machine alone, and put a web server with HTTPS before it.
ADDRESS = os.environ.get("LEMS_HUB_ADDRESS", "http://127.0.0.1:8000")
#: The most memory that one program of a learner (the server, or one notebook) may claim.
MEMORY = "1G"
#: Minutes without a key or a click after which a notebook, then the learner's server, is stopped.
IDLE_MINUTES = 60
#: Programs and threads a learner may have at once.
PROGRAMS = 400

PRIVATE = Path(os.environ["LEMS_HUB_PRIVATE"])


class ClassSpawner(LocalProcessSpawner):
    """Starts a learner's server under the learner's own account, within limits."""

    def make_preexec_fn(self, name):
        """Return what the new process does before it becomes the learner's server."""
        become_learner = super().make_preexec_fn(name)

        def prepare():
            # Below the hub and the proxy, which must answer while a whole class runs its cells.
            os.nice(5)
            os.umask(0o077)
            resource.setrlimit(resource.RLIMIT_DATA, (self.mem_limit, self.mem_limit))
            resource.setrlimit(resource.RLIMIT_NPROC, (PROGRAMS, PROGRAMS))
            become_learner()

        return prepare


c = get_config()  # noqa: F821 - JupyterHub puts it here

c.JupyterHub.bind_url = ADDRESS
c.JupyterHub.spawner_class = ClassSpawner
# Passwords are those of the system's accounts, checked by PAM; only the class may come in.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.open_sessions = False
c.LocalAuthenticator.allowed_groups = {"lems-class"}
c.JupyterHub.cookie_secret_file = str(PRIVATE / "cookie_secret")
c.JupyterHub.db_url = f"sqlite:///{PRIVATE / 'hub.sqlite'}"
c.ConfigurableHTTPProxy.command = [os.environ["LEMS_HUB_PROXY"]]
c.ConfigurableHTTPProxy.pid_file = str(PRIVATE / "proxy.pid")
# A whole class logs in within a minute.
c.JupyterHub.concurrent_spawn_limit = 20
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120

c.Spawner.mem_limit = MEMORY
c.Spawner.notebook_dir = "~"
c.Spawner.default_url = "/lab"
# One thread each: on a shared machine more threads only get in each other's way.
_ONE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
c.Spawner.environment = dict.fromkeys(_ONE, "1")
c.Spawner.args = [
    "--ServerApp.terminals_enabled=False",
    # Sockets in the learner's own folder instead of ports that every account can reach.
    "--KernelManager.transport=ipc",
    f"--MappingKernelManager.cull_idle_timeout={IDLE_MINUTES * 60}",
    "--MappingKernelManager.cull_connected=True",
    f"--ServerApp.shutdown_no_activity_timeout={IDLE_MINUTES * 60}",
]
