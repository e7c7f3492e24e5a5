#!/usr/bin/env python3
"""Compares the imports between the files of okta-tower/src with the order in ARCHITECTURE.md.

    .ci/layers.py              fails on a breach
    .ci/layers.py --report     prints the breaches and succeeds
    .ci/layers.py --self-test  shows that each kind of breach is found

The order stands in a fenced block of ARCHITECTURE.md, lowest first. A line with a name in front
orders the modules of that folder. Modules that share a level are separated by spaces:

    error < base < config < lib
    base: clock secret < fetch

A breach is an import from a lower module into a higher one, an import of `crate::Name` through
the re-exports of lib.rs, a circle of imports between files, or `cfg(feature` outside of DOORS.
Tests do not count. A re-export makes a circle only if the file itself uses the name.
"""

import pathlib
import re
import sys
import tempfile
from dataclasses import dataclass, field
from fnmatch import fnmatch

DOORS = ["lib", "error/mod", "base/fetch/mod", "base/telemetry/*", "config/mod"]
DOORS += ["config/variables", "auth/mod", "okta/*", "browser/store/mod", "oauth/mod"]
Module = tuple[str, ...]  # ("base", "fetch"); lib.rs is ()

NOISE = re.compile(  # comments, texts, characters
    r'''//[^\n]*|/\*.*?\*/|\bb?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|'(?:\\[^']+|\\'|[^'\\])\'''', re.S
)
TESTS = re.compile(r"#\[cfg\(test\)\]\s*(?:pub(?:\(\w+\))? )?mod \w+ \{.*", re.S)
TEST_USE = re.compile(r"#\[cfg\(test\)\]\s*use [^;]+;")
TEST_FILE = re.compile(
    r'#\[cfg\(test\)\]\s*(?:#\[path = "(.+?)"\]\s*)?(?:pub(?:\(\w+\))? )?mod (\w+);'
)
USE = re.compile(r"\b(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);")
PATH = re.compile(r"(?<![\w:$])\$?\w+(?:\s*::\s*\w+)+\b(?!!)")
LEVELS = r"^(?:(\w+): )?((?:[\w ]+<)+[\w ]+)$"
GATE = re.compile(r"\bcfg(?:_attr|!)?\([^\]\n]*\bfeature\b")


@dataclass
class Source:
    path: str
    module: Module
    code: str
    names: dict[str, Module] = field(default_factory=dict)  # what `use` binds
    imports: list[tuple[int, Module, bool]] = field(default_factory=list)  # where, what, is used

    def place(self, offset: int) -> str:
        return f"{self.path}:{self.code.count(chr(10), 0, offset) + 1}"


def blank(match: re.Match) -> str:
    return re.sub(r"[^\n]", " ", match.group(0))


def read(root: pathlib.Path) -> dict[Module, Source]:
    sources, tests = {}, set()
    for path in sorted(root.rglob("*.rs")):
        parts = path.relative_to(root).with_suffix("").parts
        module = parts[:-1] if parts[-1] in ("mod", "lib") else parts
        if "tests" in parts:
            tests.add(module)
        text = path.read_text(encoding="utf-8")
        for file, name in TEST_FILE.findall(text):
            tests.add(parts[:-1] + (file.removesuffix(".rs"),) if file else module + (name,))
        code = NOISE.sub(blank, text)
        for pattern in (TESTS, TEST_USE, re.compile(r"\bpub\(in [^)]*\)")):
            code = pattern.sub(blank, code)
        sources[module] = Source("/".join(parts), module, code)
    is_test = lambda module: any(module[:end] in tests for end in range(1, len(module) + 1))
    sources = {module: source for module, source in sources.items() if not is_test(module)}
    for source in sources.values():
        collect(source, sources)
    return sources


def collect(source: Source, sources: dict[Module, Source]) -> None:
    body = USE.sub(blank, source.code)
    for use in USE.finditer(source.code):
        for path, name in expand(use.group(2)):
            if (target := absolute(source, path, sources)) is not None:
                source.names[name] = target
                is_used = not use.group(1) or re.search(rf"\b{re.escape(name)}\b", body)
                source.imports.append((use.start(2), target, bool(is_used)))
    for path in PATH.finditer(body):
        target = absolute(source, re.findall(r"\w+", path.group(0)), sources)
        # `$crate::Name` in an exported macro must be a public path.
        is_public = path.group(0).startswith("$") and target and target[:1] not in sources
        if target and not is_public:
            source.imports.append((path.start(), target, True))


def expand(tree: str) -> list[tuple[list[str], str]]:
    """Returns the paths of a `use`, each with the name that it binds."""
    found = []
    # A piece is a path with or without braces behind it, or what stands within braces.
    for head, inner in re.findall(r"([^{},]+)(\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})?", tree):
        head, _, alias = head.strip().partition(" as ")
        path = re.findall(r"\w+|\*", head)
        if inner:
            found += [(path + rest, name) for rest, name in expand(inner[1:-1])]
        elif path:
            path = path[:-1] if path[1:] and path[-1] in ("self", "*") else path
            found.append((path, alias or path[-1]))
    return [(path[:-1] if path[-1] == "self" and path[1:] else path, name) for path, name in found]


def absolute(source: Source, path: list[str], sources: dict[Module, Source]) -> Module | None:
    """Returns the path from the crate's root; None if it leaves the crate."""
    first, rest = path[0], tuple(path[1:])
    if first in ("crate", "self"):
        return (source.module if first == "self" else ()) + rest
    if first == "super":
        ups = next((at for at, part in enumerate(path) if part != "super"), len(path))
        return source.module[: len(source.module) - ups] + tuple(path[ups:])
    if source.module + (first,) in sources:
        return source.module + tuple(path)
    return source.names[first] + rest if first in source.names else None


def defining(target: Module, sources: dict[Module, Source], seen: tuple = ()) -> Module:
    """Returns the module of the file that defines what a path names, through re-exports."""
    at = next(target[:end] for end in range(len(target), -1, -1) if target[:end] in sources)
    name = target[len(at) : len(at) + 1]
    if not name or (at, name) in seen or name[0] not in sources[at].names:
        return at
    meant = sources[at].names[name[0]] + target[len(at) + 1 :]
    return defining(meant, sources, (*seen, (at, name)))


def declared_order(architecture: str) -> dict[str, dict[str, int]]:
    """Returns, by folder ("" for the crate), the level of each module."""
    order = {}
    for block in re.findall(r"^```.*?\n(.*?)^```", architecture, re.M | re.S):
        # A line that begins with `<` continues the one above.
        for folder, levels in re.findall(LEVELS, re.sub(r"\n *<", " <", block), re.M):
            levels = enumerate(levels.split("<"))
            order[folder] = {name: at for at, level in levels for name in level.split()}
    return order


def against(order: dict, low: Module, high: Module) -> str | None:
    """Returns why `low` must not import `high`."""
    folder, one, other = "", low[:1] or ("lib",), high[:1] or ("lib",)
    if one == other:
        folder, one, other = one[0], low[1:2], high[1:2]
    if one == other or not one or not other or folder not in order:
        return None
    for name in one + other:
        if name not in order[folder]:
            return f"{name} has no place in the order"
    is_upward = order[folder][one[0]] < order[folder][other[0]]
    return f"{one[0]} is below {other[0]}" if is_upward else None


def circles(graph: dict[Module, dict[Module, str]]) -> list[str]:
    reach = {}
    for start in graph:
        reach[start], queue = set(), [start]
        for at in queue:
            queue += set(graph[at]) - reach[start]
            reach[start] |= set(graph[at])
    rings = {frozenset(b for b in reach[a] if a in reach[b]) for a in graph if a in reach[a]}
    found = []
    for ring in sorted(rings, key=sorted):
        edges = [graph[a][b] for a in sorted(ring) for b in sorted(ring & set(graph[a]))]
        found.append("\n    ".join([f"circle of {len(ring)} files", *edges]))
    return found


def breaches(root: pathlib.Path, architecture: str) -> list[str]:
    order, sources = declared_order(architecture), read(root)
    found = {} if "" in order else {"": "ARCHITECTURE.md declares no order of modules"}
    graph = {module: {} for module in sources}
    for source in sources.values():
        for offset, target, is_used in source.imports:
            goal = defining(target, sources)
            place = f"{source.place(offset)}: crate::{'::'.join(target)}"
            if source.module and target and target[:1] not in sources:
                reason = f"{target[0]} comes through lib.rs: name its module"
            else:
                reason = against(order, source.module, goal)
            if reason:
                found.setdefault((source.path, reason), f"{place}: {reason}")
            # The import of a module is a name alone: what is used of it is found by its path.
            if is_used and target not in sources and goal and goal != source.module:
                graph[source.module].setdefault(goal, place)
        if not any(fnmatch(source.path, door) for door in DOORS):
            for gate in GATE.finditer(source.code):
                place = source.place(gate.start())
                found[place] = f"{place}: cfg(feature outside of DOORS"
    return list(found.values()) + circles(graph)


# --- the self-test -------------------------------------------------------------------------------

ORDER = "```text\nerror < base < claims\n  < keys < lib\nbase: clock < fetch\n```\n"
CLEAN = {
    "lib": "mod error; mod claims;\npub use crate::{claims::Claims, keys::Keys};",
    "error/mod": '#[cfg(feature = "x")]\npub struct Error;',
    "base/mod": "pub mod clock; pub mod fetch;",
    "base/clock": "use crate::error::Error;",
    "base/fetch": 'use super::clock;\n// crate::keys\nconst TEXT: &str = "crate::keys::Keys";'
    "macro_rules! made { () => { $crate::Keys::new() } }",
    "claims/mod": "mod lists; mod span;\npub use lists::Lists;\npub struct Claims;",
    "claims/lists": "use super::span::Span;\n#[cfg(test)]\nmod tests { use crate::keys::Keys; }",
    "claims/span": '#[cfg(test)]\n#[path = "odd.rs"]\nmod odd;\n#[cfg(test)]\nmod even;',
    "claims/odd": "use crate::keys::Keys;",
    "claims/span/even": "use crate::keys::Keys;",
    "keys/mod": "use crate::{base::{clock, fetch::{self}}, claims::{Claims, Lists}};",
    "keys/tests": "use crate::Keys;",
}
BROKEN = {  # what is wrong: the expected words, and the lines to add
    "an upward import": ("error is below claims", ("error/mod", "use crate::{claims::Lists};")),
    "an upward path": ("clock is below fetch", ("base/clock", "fn f() { super::fetch::get() }")),
    "no place": ("other has no place", ("other", "use crate::error::Error;")),
    "lib's re-export": ("comes through lib.rs", ("keys/mod", "use crate::{error, Claims as C};")),
    "a parent": ("circle", ("claims/mod", "use span::S;"), ("claims/span", "use super::Claims;")),
    "siblings": ("circle of 2 files", ("claims/span", "use super::Lists;")),
    "a gate": ("outside of DOORS", ("claims/span", '#[cfg(all(unix, feature = "x"))] fn f() {}')),
}


def self_test() -> int:
    failures = 0
    for what, (words, *lines) in {"the clean tree": ("",), **BROKEN}.items():
        files = CLEAN | {name: f"{CLEAN.get(name, '')}\n{line}" for name, line in lines}
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder, f"{name}.rs")
                path.parent.mkdir(exist_ok=True, parents=True)
                path.write_text(text)
            found = breaches(pathlib.Path(folder), ORDER)
        is_right = len(found) == len(words and lines[:1]) and all(words in one for one in found)
        failures += not is_right
        print(f"{what}: {'as expected' if is_right else 'WRONG'}", *found, sep="\n    ")
    return 1 if failures else 0


def main() -> int:
    if "--self-test" in sys.argv[1:]:
        return self_test()
    root = pathlib.Path(__file__).resolve().parent.parent
    found = breaches(root / "okta-tower/src", (root / "ARCHITECTURE.md").read_text("utf-8"))
    print(*found, f"{len(found)} breaches", sep="\n")
    return 1 if found and "--report" not in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
