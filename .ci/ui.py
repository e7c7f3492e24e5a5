"""Checks the programs in okta-tower-axum/tests/ui: `pass` must compile, `fail` must not.

    ui.py [--bless]

`cargo test` does not run these checks. Each program in `fail` has a twin of the same name in `pass`
that differs in one point, so that the program fails for that point alone. The compiler's messages
stand in `.stderr` files and are compared under one compiler release; under others it is enough that
the program fails. `--bless` writes the files anew: read the difference before you commit it.

The programs are a workspace of their own with the lock file of the main one. `cargo check` checks
them all at once. With the same CARGO_TARGET_DIR, the crypto library is not built again.
"""

import difflib
import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UI = ROOT / "okta-tower-axum/tests/ui"
# The compiler release whose messages are expected.
RELEASE = "rustc 1.95."


def check() -> tuple[set[str], dict[str, str], str]:
    """The programs that compiled, the messages about those that did not, and cargo's own words."""
    shutil.copy(ROOT / "Cargo.lock", UI / "Cargo.lock")
    command = ["cargo", "check", "--keep-going", "--bins", "--examples", "--message-format=json"]
    ran = subprocess.run(command, cwd=UI, capture_output=True, text=True)
    compiled, errors = set(), defaultdict(str)
    for event in map(json.loads, ran.stdout.splitlines()):
        source = Path(event.get("target", {}).get("src_path", ROOT))
        if UI not in source.parents:
            continue
        program = f"{source.parent.name}/{source.stem}"
        if event["reason"] == "compiler-artifact":
            compiled.add(program)
        elif event["reason"] == "compiler-message" and event["message"]["spans"]:
            if event["message"]["level"] == "error":
                errors[program] += normalized(event["message"]["rendered"])
    return compiled, errors, ran.stderr


def normalized(text: str) -> str:
    """Without what differs between machines, and without line numbers of other packages' files."""
    text = text.replace(f"{ROOT}/", "")
    text = re.sub(r"/\S+/registry/src/[^/]+/([\w-]+)-\d[^/]*/", r"$CARGO/\1/", text)
    text = re.sub(r"^( *--> )(?!fail/)(.+?):\d+:\d+$", r"\1\2", text, flags=re.MULTILINE)
    # Long types are written to files whose names differ.
    note = r"^ *= note: (?:the full name for the type has|consider using `--verbose`).*\n"
    text = re.sub(note, "", text, flags=re.MULTILINE)
    # The width of the margin depends on the highest line number.
    return re.sub(r"^ *\d* *(?=\||-->|=|:::|\.\.\.)", " ", text, flags=re.MULTILINE)


def main() -> int:
    is_blessing = sys.argv[1:] == ["--bless"]
    asked = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True)
    version = asked.stdout.strip()
    compiled, errors, said = check()
    problems = []
    folders = ("pass", "fail")
    names = {folder: {path.stem for path in (UI / folder).glob("*.rs")} for folder in folders}
    problems += [f"{name} has no twin" for name in sorted(names["pass"] ^ names["fail"])]
    for name in sorted(names["pass"]):
        if f"pass/{name}" not in compiled:
            problems.append(f"pass/{name} does not compile, or is not listed in Cargo.toml")
            problems.append(errors.get(f"pass/{name}", ""))
    for name in sorted(names["fail"]):
        program, file = f"fail/{name}", UI / f"fail/{name}.stderr"
        if program in compiled or program not in errors:
            problems.append(f"{program} compiles, or is not listed in Cargo.toml")
        elif is_blessing:
            file.write_text(errors[program].rstrip() + "\n")
        elif version.startswith(RELEASE):
            expected = file.read_text() if file.exists() else ""
            lines = [text.rstrip().splitlines() for text in (expected, errors[program])]
            labels = (f"{program}.stderr", "what the compiler says")
            problems += ["\n".join(difflib.unified_diff(*lines, *labels, lineterm=""))]
    problems = [problem for problem in problems if problem]
    if problems:
        print(said, *problems, sep="\n", file=sys.stderr)
    if not version.startswith(RELEASE):
        print(f"messages not compared: they are those of {RELEASE}x, and this is {version}")
    result = "FAILED" if problems else "as expected"
    print(f"{len(names['fail'])} programs that must not compile: {result}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
