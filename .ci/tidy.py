"""Rejects committed files with paths of one machine, download hosts, or lines that are too long."""

import re
import subprocess
import sys

PATTERNS = {
    # A path below one of the folders that exist on the author's machine alone.
    "a path of one machine": re.compile(r"(?<![\w.~-])/(?:work|root|home|tmp|Users)/"),
    # Each machine configures its own registries and mirrors.
    "a download host": re.compile(
        r"https?://(?:[\w-]+\.)*"
        r"(?:registry|index|static|files|deb|security|mirrors?|pypi|proxy|snapshot)[.:][\w.-]"
    ),
    "a download address in a lock file": re.compile(r'^\s*"resolved":', re.MULTILINE),
}

MAX_COLUMNS = 100
# Files that still have longer lines. Remove a prefix once its files are within the limit.
EXEMPT = ()
# Markdown cannot break a table row, and a link should not be broken. Doc comments are Markdown.
TABLE = re.compile(r"\s*(?://[/!]\s*)?\|")
LINK = re.compile(r"https?://|\]\(|\]\[|^\s*(?://[/!]\s*)?\[.+\]: ")


def long_lines(path: str, text: str) -> list[int]:
    """Returns the numbers of the lines that are too long and can be broken."""
    if not path.endswith((".rs", ".md")):
        return []

    def is_markdown(line: str) -> bool:
        return path.endswith(".md") or line.lstrip().startswith(("///", "//!"))

    def is_excepted(line: str) -> bool:
        return is_markdown(line) and bool(TABLE.match(line) or LINK.search(line))

    lines = enumerate(text.splitlines(), start=1)
    return [at for at, line in lines if len(line) > MAX_COLUMNS and not is_excepted(line)]


def main() -> int:
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True).stdout
    problems = 0
    exempt = dict.fromkeys(EXEMPT, 0)
    for path in filter(None, listed.decode().split("\0")):
        try:
            text = open(path, encoding="utf-8").read()
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        for what, pattern in PATTERNS.items():
            for match in pattern.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                print(f"{path}:{line}: {what}: {match.group(0).strip()}", file=sys.stderr)
                problems += 1
        lines = long_lines(path, text)
        if prefix := next(filter(path.startswith, EXEMPT), None):
            exempt[prefix] += len(lines)
            continue
        for line in lines:
            print(f"{path}:{line}: more than {MAX_COLUMNS} columns", file=sys.stderr)
            problems += 1
    for prefix, lines in exempt.items():
        print(f"{prefix}: {lines} long lines" if lines else f"{prefix}: no long line: remove it")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
