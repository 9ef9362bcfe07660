"""A registry in a folder, as uv reads one, and an environment in which a release is put over the locked one."""

from __future__ import annotations

import hashlib
import sys
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

BIN = Path(sys.executable).parent
PACKAGE = "home-assistant-intents"
_MODULE = PACKAGE.replace("-", "_")
_COMMANDS = ("dvc", "gto", "mergegate")


def release(folder: Path, version: str, files: Mapping[str, bytes]) -> Path:
    """A wheel of the package with these files of its module; the index tells of it at once."""
    folder.mkdir(exist_ok=True)
    info = f"{_MODULE}-{version}.dist-info"
    content = {f"{_MODULE}/{name}": text for name, text in files.items()} | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    content[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*content, f"{info}/RECORD"]).encode()
    wheel = folder / f"{_MODULE}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    index(folder)
    return wheel


def index(folder: Path) -> None:
    """Tell of the wheels that lie there, hashes and all."""
    links = [
        f'<a href="{path.as_uri()}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}">{path.name}</a>'
        for path in sorted(folder.glob("*.whl"))
    ]
    (folder / PACKAGE).mkdir(exist_ok=True)
    (folder / PACKAGE / "index.html").write_text(f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>")


def asks(folder: Path, home: Path) -> dict[str, str]:
    """What uv needs to see to ask the registry in `folder`, and nobody else."""
    settings = home / "uv.toml"
    settings.write_text(f"[pip]\nindex-url = '{folder.as_uri()}'\n", encoding="utf-8")
    return {"UV_CONFIG_FILE": str(settings), "UV_CACHE_DIR": str(home / "uv"), "UV_LINK_MODE": "copy"}


def overlay(folder: Path) -> Path:
    """An environment that has this one's packages beneath its own: what is installed into it leaves this one alone."""
    venv.create(folder, with_pip=False, symlinks=True)
    own = next((folder / "lib").glob("python3*/site-packages"))
    shared = next((BIN.parent / "lib").glob("python3*/site-packages"))
    (own / "shared.pth").write_text(f"import site; site.addsitedir({str(shared)!r})\n", encoding="utf-8")
    (folder / "bin" / "uv").symlink_to(BIN / "uv")
    for name in _COMMANDS:
        script = (BIN / name).read_text(encoding="utf-8").split("\n", 1)[1]
        (folder / "bin" / name).write_text(f"#!{folder / 'bin' / 'python'}\n{script}", encoding="utf-8")
        (folder / "bin" / name).chmod(0o755)
    return folder
