"""Checks the metadata that a published library needs. The arguments are names of libraries."""

import json
import subprocess
import sys
from pathlib import Path

NEEDED = ["description", "license", "repository", "rust_version"]
NEEDED += ["keywords", "categories", "readme"]
# The limit of the registry.
MOST_KEYWORDS = 5


def main(libraries: list[str]) -> int:
    command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
    packages = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["packages"]
    problems = []
    for package in packages:
        name = package["name"]
        if name not in libraries:
            if package["publish"] != []:
                problems.append(f"{name}: not a library, so it needs `publish = false`")
            continue
        problems += [f"{name}: no {field.replace('_', '-')}" for field in NEEDED if not package[field]]
        if len(package["keywords"]) > MOST_KEYWORDS:
            problems.append(f"{name}: more than {MOST_KEYWORDS} keywords")
        readme = package["readme"] and Path(package["manifest_path"]).parent / package["readme"]
        if readme and not readme.is_file():
            problems.append(f"{name}: no file {package['readme']}")
        for dependency in package["dependencies"]:
            # A path without a version cannot be published; for tests it is left out and may stay.
            if dependency.get("path") and dependency["req"] == "*" and dependency["kind"] != "dev":
                problems.append(f"{name}: {dependency['name']} has a path and no version")
    print(*problems, sep="\n", file=sys.stderr, end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
