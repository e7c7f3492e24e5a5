"""What no committed file may hold: paths of somebody's machine, and download hosts."""

import re
import subprocess
import sys

PATTERNS = {
    # A path below one of the folders that only exist on the author's machine.
    "a path of one machine": re.compile(r"(?<![\w.~-])/(?:work|root|home|tmp|Users)/"),
    # Which registry or mirror a package comes from is a matter of each machine's own set-up.
    "a download host": re.compile(
        r"https?://(?:[\w-]+\.)*(?:registry|index|static|files|deb|security|mirrors?|pypi|proxy|snapshot)[.:][\w.-]"
    ),
    "a download address in a lock file": re.compile(r'^\s*"resolved":', re.MULTILINE),
}


def main() -> int:
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True).stdout
    problems = 0
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
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
