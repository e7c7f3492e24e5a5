"""Finds links that rustdoc left as text: `[Name]` of another crate of this workspace.

    links.py PAGES CRATE...

PAGES is the folder that rustdoc wrote. Only names of the given crates count: the documentation
of foreign traits has such text too.
"""

import pathlib
import re
import sys

# `struct.Okta.html` documents `Okta`.
PAGE = re.compile(r"(?:struct|enum|trait|fn|macro|type|constant)\.(\w+)\.html")
# Text of the documentation of foreign traits that begins with a name of this workspace.
FOREIGN = {"Action::Follow"}
# `[<code>Okta</code>]`, and `](okta_tower::Okta)` or `][okta_tower::Okta]` after another text.
BRACKETS = re.compile(r"\[<code>([^<]*)</code>\]")
TARGET = re.compile(r"\][(\[](okta_tower\w*[^)\]<]*)")


def main() -> int:
    root, *crates = sys.argv[1:]
    folders = [pathlib.Path(root, crate) for crate in crates]
    pages = [page for folder in folders for page in sorted(folder.rglob("*.html"))]
    missing = [folder.name for folder in folders if not folder.is_dir()]
    names = set(crates) | {match[1] for page in pages if (match := PAGE.fullmatch(page.name))}
    broken = []
    for page in pages:
        text = page.read_text(encoding="utf-8")
        found = [text for text in BRACKETS.findall(text) if text not in FOREIGN]
        broken += [(page, name) for name in found if re.split(r"\W", name)[0] in names]
        broken += [(page, text) for text in TARGET.findall(text)]
    for page, text in broken:
        print(f"{page.relative_to(root)}: no link for {text}", file=sys.stderr)
    for crate in missing:
        print(f"{crate} has no pages", file=sys.stderr)
    print(f"{len(pages)} pages, {len(broken)} broken links between crates")
    return 1 if broken or missing else 0


if __name__ == "__main__":
    sys.exit(main())
