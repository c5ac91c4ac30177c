"""Set the project up from nothing but Python: `python3 -m scripts.bootstrap up|setup|test`."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import re
import shutil
import sys

from scripts import chromium, node
from scripts.steps import ROOT, STAMPS, VENV, CommandFailed, Progress, Step, digest_of, run_quietly, say, stop

PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
LOCK = ROOT / "requirements.lock"
NODE_LOCK = ROOT / "scripts" / "node.lock"
WEB = ROOT / "web"
BUILT = ROOT / "stoa" / "web" / "index.html"
GOALS = ("up", "setup", "test")


def check_python() -> None:
    """Refuse a Python that cannot carry Stoa, in one sentence."""
    if sys.platform == "win32":
        stop("Windows is not supported directly: run this inside WSL.")
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is the one that an older Python may run
        has = f"{sys.version_info[0]}.{sys.version_info[1]}"
        stop(f"Python 3.11 or newer is needed and this is {has}: install the package python3.11 and python3.11-venv.")
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        stop(f"Python's venv and pip are missing: install the package {package}, then run make again.")


def locked_block(lock: str, name: str) -> str:
    """Return the lines of one package in a lock file, its hashes included."""
    found = re.search(rf"^{re.escape(name)}==.*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL)
    return found.group(0) if found else ""


class Bootstrap:
    """The steps from a clone to a house that runs."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def steps(self) -> list[Step]:
        """Return the steps in order; each has the hash of its inputs as its key."""
        base = os.path.realpath(getattr(sys, "_base_executable", sys.executable) or sys.executable)
        version = ".".join(map(str, sys.version_info[:3]))
        venv_key = f"{base} {version}"
        packages_key = digest_of([LOCK], salt=venv_key)
        project_key = digest_of([ROOT / "pyproject.toml"], salt=packages_key + str(ROOT))
        steps = [
            Step("venv", "Python environment", venv_key, PYTHON, self.make_venv),
            Step("packages", "Python packages", packages_key, VENV / "bin" / "pytest", self.install_packages),
            Step("project", "Stoa itself", project_key, VENV / "bin" / "stoa", self.install_project),
        ]
        return steps + self.web_steps() if (WEB / "package.json").is_file() else steps

    def web_steps(self) -> list[Step]:
        """Return the steps of the web: Node, its packages, the build."""
        steps = []
        system = node.system_node()
        if system is None:
            key = digest_of([NODE_LOCK])
            steps.append(Step("node", "Node, from its wheel", key, node.WHEEL_NPM, self.install_node))
        tools = [WEB / "package.json", WEB / "package-lock.json", WEB / ".npmrc"]
        web_key = digest_of(tools, salt=system.version if system else "wheel")
        build_key = digest_of([WEB, ROOT / "docs" / "reference" / "openapi.json"], salt=web_key)
        return [
            *steps,
            Step("web", "Web packages", web_key, WEB / "node_modules", self.install_web),
            Step("build", "Web build", build_key, BUILT, lambda: self.npm("run", "build")),
        ]

    def make_venv(self) -> None:
        """Make the virtual environment anew, with the Python that is not itself inside one."""
        base = getattr(sys, "_base_executable", sys.executable) or sys.executable
        run_quietly([base, "-m", "venv", "--clear", str(VENV)], progress=self.progress)

    def install_packages(self) -> None:
        """Install the locked packages with their hashes: by uv, or by pip where uv is not to be had."""
        if self.install_uv():
            try:
                command = [str(UV), "pip", "sync", "--require-hashes", "--python", str(PYTHON), str(LOCK)]
                return run_quietly(command, progress=self.progress, more=uv_environment())
            except CommandFailed:
                say("uv could not install the packages; trying pip, which is slower.")
        return self.pip("install", "--require-hashes", "-r", str(LOCK))

    def install_uv(self) -> bool:
        """Install the locked uv into the environment and tell whether it is there."""
        wanted = STAMPS / "uv.lock"
        STAMPS.mkdir(parents=True, exist_ok=True)
        wanted.write_text(locked_block(LOCK.read_text(), "uv"))
        try:
            self.pip("install", "--require-hashes", "--no-deps", "-r", str(wanted))
        except CommandFailed:
            return False
        return UV.exists()

    def install_project(self) -> None:
        """Install the project in place, so that the command `stoa` exists."""
        what = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
        if UV.exists():
            command = [str(UV), "pip", "install", "--python", str(PYTHON), *what]
            return run_quietly(command, progress=self.progress, more=uv_environment())
        return self.pip("install", *what)

    def install_node(self) -> None:
        """Install Node and npm from the wheel into a folder of their own."""
        shutil.rmtree(node.WHEEL_HOME, ignore_errors=True)
        self.pip("install", "--require-hashes", "--no-deps", "--target", str(node.WHEEL_HOME), "-r", str(NODE_LOCK))

    def install_web(self) -> None:
        """Install the locked packages of the web.

        `npm ci` refuses a lock made where the binaries of other platforms were not to be had; npm install keeps to the
        same lock, with the same hashes, and asks only for what the lock lacks.
        """
        try:
            self.npm("ci", "--no-audit", "--no-fund")
        except CommandFailed:
            self.npm("install", "--no-save", "--no-audit", "--no-fund")

    def pip(self, *arguments: str) -> None:
        """Run the environment's pip."""
        command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
        run_quietly(command, progress=self.progress)

    def npm(self, *arguments: str) -> None:
        """Run npm in web/ with the Node that was found."""
        chosen = node.find_node()
        if chosen is None:
            raise CommandFailed(["npm"], "Node was not found.")
        command = [*chosen.npm, *arguments]
        run_quietly(command, progress=self.progress, cwd=WEB, more=chosen.environment())


def uv_environment() -> dict[str, str]:
    """Carry pip's index, where one is set, over to uv, which reads its own variable."""
    index = os.environ.get("PIP_INDEX_URL")
    quiet = {"UV_NO_PROGRESS": "1", "VIRTUAL_ENV": str(VENV)}
    return {"UV_DEFAULT_INDEX": index, **quiet} if index and "UV_DEFAULT_INDEX" not in os.environ else quiet


def set_up(steps: list[Step], progress: Progress) -> None:
    """Run what is not done yet, with progress; stop with the reason when a step fails."""
    waiting = [step for step in steps if not step.is_done()]
    progress.total = len(steps) if waiting and waiting[0] is steps[0] else len(waiting)
    for step in steps:
        if step.is_done():
            continue
        progress.start(step.title)
        try:
            step.run()
        except CommandFailed as error:
            progress.finish("failed")
            say(error.tail)
            stop(f"{step.title}: {error}; the whole log is .venv/bootstrap.log. Mend that and run make again.")
        step.mark()
        progress.finish()


def main(goal: str) -> None:
    """Set up what a goal needs, once, even when two makes run at the same time."""
    check_python()
    folder = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        progress = Progress(0)
        set_up(Bootstrap(progress).steps(), progress)
        if not (WEB / "package.json").is_file():
            say("There is no web/ folder here, so there is no web to build.")
        if goal != "up" and chromium.find_chromium() is None:
            chromium.install_chromium()
    finally:
        os.close(folder)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in GOALS:
        say(f"usage: python3 -m scripts.bootstrap {'|'.join(GOALS)}")
        raise SystemExit(2)
    main(sys.argv[1])
