"""Checks the dependencies: licenses, duplicate versions, sources, and their minimum Rust versions.

The rules are in deny.toml, in the format of cargo-deny, which can be run instead. This script
reads the rules that the project uses, and compiles nothing. The arguments are the names of the
libraries whose declared `rust-version` must hold.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def cargo(*arguments: str) -> str:
    return subprocess.run(["cargo", *arguments], check=True, capture_output=True, text=True).stdout


def tree(*arguments: str) -> set[Package]:
    """Returns the packages that are built. `cargo metadata` lists more: it includes optional
    dependencies that no feature enables."""
    printed = cargo("tree", "--locked", "--all-features", "--prefix", "none", *arguments)
    found = re.findall(r"^(\S+) v(\S+)", printed, re.MULTILINE)
    return {Package(name, version) for name, version in found}


# --- licenses ------------------------------------------------------------------------------------


def satisfied(expression: str, allowed: set[str]) -> bool:
    """Returns whether allowed licenses satisfy an SPDX expression. AND binds tighter than OR."""
    # Old manifests write `A/B` for `A OR B`.
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def either() -> bool:
        met = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            met = both() or met
        return met

    def both() -> bool:
        met = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            met = one() and met
        return met

    def one() -> bool:
        token = tokens.pop(0)
        if token == "(":
            met = either()
            tokens.pop(0)
            return met
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            token = f"{token} WITH {tokens.pop(0)}"
        return token in allowed

    return either()


def check_licenses(rules: dict, packages: dict[Package, dict]) -> list[str]:
    allowed = set(rules.get("allow", []))
    exceptions = {entry["crate"]: set(entry["allow"]) for entry in rules.get("exceptions", [])}
    unused = set(exceptions)
    problems = []
    for package, manifest in sorted(packages.items(), key=lambda item: str(item[0])):
        if manifest["publish"] == [] and rules.get("private", {}).get("ignore"):
            continue
        expression = manifest["license"]
        if not expression:
            problems.append(f"{package} names no license")
        elif not satisfied(expression, allowed):
            if satisfied(expression, allowed | exceptions.get(package.name, set())):
                unused.discard(package.name)
            else:
                problems.append(f"{package} is under {expression}, which deny.toml does not allow")
    problems += [f"deny.toml excepts {name} without need" for name in sorted(unused)]
    return problems


# --- duplicate versions -------------------------------------------------------------------------


def matches(package: Package, spec: str) -> bool:
    """Returns whether `name` or `name@1.2` means the package. A version matches as a prefix."""
    name, _, version = spec.partition("@")
    wanted = version.split(".") if version else []
    return package.name == name and package.version.split(".")[: len(wanted)] == wanted


def check_duplicates(rules: dict, packages: set[Package]) -> list[str]:
    versions = defaultdict(list)
    for package in packages:
        versions[package.name].append(package)
    skips = rules.get("skip", [])
    unused = {skip["crate"] for skip in skips}
    unexplained = [skip["crate"] for skip in skips if not skip.get("reason")]
    problems = [f"deny.toml skips {name} without a reason" for name in unexplained]
    for name, found in sorted(versions.items()):
        if len(found) < 2:
            continue
        specs = [skip["crate"] for skip in skips]
        skipped = {one: spec for one in found for spec in specs if matches(one, spec)}
        unused -= set(skipped.values())
        if len(found) - len(skipped) > 1:
            listed = ", ".join(sorted(package.version for package in found))
            problems.append(f"{name} occurs in {len(found)} versions: {listed}")
    problems += [f"deny.toml skips {spec} without need" for spec in sorted(unused)]
    return problems


def check_bans(rules: dict, packages: set[Package]) -> list[str]:
    return [
        f"{package} is banned: {ban.get('reason', 'no reason given')}"
        for ban in rules.get("deny", [])
        for package in sorted(packages, key=str)
        if matches(package, ban["crate"])
    ]


# --- the rest ------------------------------------------------------------------------------------


def check_wildcards(manifests: list[dict]) -> list[str]:
    return [
        f"{manifest['name']} takes any version of {dependency['name']}"
        for manifest in manifests
        if not manifest["source"]
        for dependency in manifest["dependencies"]
        if dependency["req"] == "*" and not dependency.get("path")
    ]


def check_sources(manifests: list[dict]) -> list[str]:
    sources = {manifest["source"] for manifest in manifests if manifest["source"]}
    others = sorted(source for source in sources if not source.startswith("registry+"))
    problems = [f"{source} is not a registry" for source in others]
    if len(sources) > 1 and not problems:
        problems.append("packages come from more than one registry")
    return problems


def check_rust_version(libraries: list[str], packages: dict[Package, dict]) -> list[str]:
    def parsed(version: str) -> tuple[int, ...]:
        return tuple(int(part) for part in version.split("."))[:2]

    selected = [argument for library in libraries for argument in ("-p", library)]
    shipped = tree(*selected, "--target", "all", "-e", "normal,build")
    tested = tree(*selected, "--target", "all", "-e", "normal,build,dev")
    declared = {
        manifest["rust_version"]
        for package, manifest in packages.items()
        if package.name in libraries
    }
    if len(declared) != 1 or None in declared:
        return [f"the libraries must declare one rust-version, not {declared}"]
    (version,) = declared

    def newer(of: set[Package]) -> list[str]:
        return [
            f"{package} requires Rust {packages[package]['rust_version']}"
            for package in sorted(of, key=str)
            if parsed(packages[package]["rust_version"] or "1.0") > parsed(version)
        ]

    for line in newer(tested - shipped):
        print(f"  in tests only: {line}, declared is {version}")
    return [f"{line}, declared is {version}" for line in newer(shipped)]


def main(libraries: list[str]) -> int:
    with open("deny.toml", "rb") as file:
        rules = tomllib.load(file)
    metadata = cargo("metadata", "--locked", "--all-features", "--format-version", "1")
    manifests = json.loads(metadata)["packages"]
    packages = {Package(manifest["name"], manifest["version"]): manifest for manifest in manifests}
    built = set()
    for target in rules["graph"]["targets"]:
        built |= tree("--workspace", "--target", target, "-e", "normal,build,dev")
    built_manifests = {package: packages[package] for package in built}

    checks = {
        "licenses": check_licenses(rules["licenses"], built_manifests),
        "versions": check_duplicates(rules["bans"], built),
        "bans": check_bans(rules["bans"], built) + check_wildcards(manifests),
        "sources": check_sources(manifests),
        "rust-version": check_rust_version(libraries, packages),
    }
    print(f"{len(built)} packages on {len(rules['graph']['targets'])} targets")
    for name, problems in checks.items():
        print(f"  {name}: {'good' if not problems else 'bad'}", *problems, sep="\n    ")
    return 1 if any(checks.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
