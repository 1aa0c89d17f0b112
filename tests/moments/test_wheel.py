"""The wheel holds all that runs: `moments` works where there is no checkout."""

import os
import subprocess
import sys
import zipfile

from moments import __version__
from tests.conftest import ROOT


def test_it_holds_templates_static_files_and_the_stores_tables_and_runs(tmp_path):
    source = tmp_path / "source"
    files = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).split("\n")
    for name in filter(None, files):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "benchmarks/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    (source / "moments" / "templates").symlink_to("../templates")
    subprocess.run(
        [sys.executable, "-m", "uv", "build", "--wheel", "-q", "-o", tmp_path / "out", source],
        check=True,
    )
    [wheel] = (tmp_path / "out").glob("*.whl")
    assert wheel.name.startswith(f"moments-{__version__}-")
    held = set(zipfile.ZipFile(wheel).namelist())
    for name in filter(None, files):
        if name.startswith(("moments/static/", "templates/", "analytics/store/schema/")):
            place = f"moments/{name}" if name.startswith("templates/") else name
            assert place in held, name
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    shown = subprocess.run(
        [sys.executable, "-m", "moments", "version"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == __version__
