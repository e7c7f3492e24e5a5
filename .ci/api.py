"""Compares the public API of the libraries with the listings in `api/`.

    .ci/api.py              fails on a difference, and says which ones are breaking
    .ci/api.py --bless      writes the listings
    .ci/api.py --against REVISION   reports the breaking changes since a revision of the listings
    .ci/api.py --self-test  shows that breaches are found

A listing has a section without features, one for each feature with what it adds, and one for what
features add only together. A feature that removes or changes an item fails the check.

Reads rustdoc's JSON, an unstable option of it. Nothing is downloaded.
"""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIBRARIES = ("okta-tower", "okta-tower-axum", "okta-tower-test")
STANDARD = {"std", "core", "alloc"}
# The crates whose types may stand in public signatures, for each library. `ARCHITECTURE.md` says
# why. A path instead of a crate allows this one type.
EXTERNAL = {
    "okta-tower": {
        "http", "http_body::Body", "bytes::bytes::Bytes", "tower_layer", "tower_service",
        "serde_core", "serde_json::value::Value",
    },
    "okta-tower-axum": {"http", "axum_core", "okta_tower"},
    "okta-tower-test": {
        "http", "http_body::Body", "http_body_util::full::Full", "bytes::bytes::Bytes",
        "tower_service", "serde_json", "okta_tower",
    },
}
# Auto traits. Losing one breaks users.
AUTO = {"Send", "Sync", "Unpin", "UnwindSafe", "RefUnwindSafe"}


class Crate:
    """The public items of one crate, each as one line of text."""

    def __init__(self, document):
        self.index = document["index"]
        self.paths = document["paths"]
        self.crates = document["external_crates"]
        self.public = {}
        root = self.index[str(document["root"])]
        # Twice: the second time, every public path of a type is known.
        for _ in range(2):
            self.lines, self.external, self.seen = set(), set(), set()
            self.module(root, root["name"])

    # --- items -------------------------------------------------------------------------------

    def module(self, item, path):
        for child in item["inner"]["module"]["items"]:
            self.item(self.index[str(child)], path)

    def item(self, item, parent):
        kind, inner = next(iter(item["inner"].items()))
        if item["visibility"] not in ("public", "default"):
            return
        if kind == "use":
            return self.reexport(inner, parent)
        path = f"{parent}::{item['name']}"
        if (path, kind) in self.seen:
            return
        self.seen.add((path, kind))
        # A name that `use` makes public may differ from where the type is defined.
        known = self.public.setdefault(item["id"], path)
        if len(path) < len(known):
            self.public[item["id"]] = path
        if kind == "module":
            self.add(f"mod {path}")
            self.module(item, path)
        elif kind in ("struct", "enum", "union"):
            self.data(item, inner, kind, path)
        elif kind == "trait":
            self.trait(item, inner, path)
        elif kind == "function":
            self.add(self.function(inner, path))
        elif kind == "type_alias":
            generics = self.generics(inner["generics"])
            self.add(f"type {path}{generics} = {self.type(inner['type'])}")
        elif kind in ("constant", "static"):
            self.add(f"const {path}: {self.type(inner['type'])}")
        elif kind in ("macro", "proc_macro"):
            self.add(f"macro {path}!")

    def reexport(self, use, parent):
        target = self.index.get(str(use["id"]))
        if target is None:
            self.add(f"use {parent}::{use['name']} = {use['source']}")
        elif use["is_glob"]:
            self.module(target, parent)
        else:
            self.item({**target, "name": use["name"], "visibility": "public"}, parent)

    def data(self, item, inner, kind, path):
        is_open = "non_exhaustive" in str(item["attrs"])
        generics = self.generics(inner["generics"])
        self.add(f"{kind} {path}{generics}{self.where(inner['generics'])}")
        mark = "" if is_open else " (exhaustive)"
        if kind == "enum":
            for variant in inner["variants"]:
                self.variant(self.index[str(variant)], path, mark)
        else:
            shape = inner.get("kind", {})
            fields, stripped = self.fields(shape)
            # With a private field, no one else can make or take apart the struct.
            self.add_fields(fields, path, "" if stripped else mark)
        for impl in inner["impls"]:
            self.implementation(self.index[str(impl)]["inner"]["impl"], path, generics)

    @staticmethod
    def fields(shape):
        """Returns the ids of public fields, and whether there are others."""
        if "plain" in shape:
            return shape["plain"]["fields"], shape["plain"]["has_stripped_fields"]
        if isinstance(shape, dict) and "tuple" in shape:
            return [field for field in shape["tuple"] if field is not None], None in shape["tuple"]
        return [], False

    def add_fields(self, fields, path, mark):
        for field in fields:
            field = self.index[str(field)]
            text = self.type(field["inner"]["struct_field"])
            self.add(f"field {path}::{field['name']}: {text}{mark}")

    def variant(self, item, path, mark):
        path = f"{path}::{item['name']}"
        shape = item["inner"]["variant"]["kind"]
        self.add(f"variant {path}{mark}")
        if isinstance(shape, dict):
            fields = shape.get("tuple") or shape.get("struct", {}).get("fields", [])
            self.add_fields([field for field in fields if field is not None], path, " (exhaustive)")

    def trait(self, item, inner, path):
        bounds = self.bounds(inner["bounds"])
        generics = self.generics(inner["generics"])
        supers = f": {bounds}" if bounds else ""
        self.add(f"trait {path}{generics}{supers}{self.where(inner['generics'])}")
        for child in inner["items"]:
            self.associated(self.index[str(child)], path, is_trait=True)

    def associated(self, item, path, is_trait=False, suffix=""):
        kind, inner = next(iter(item["inner"].items()))
        if item["visibility"] not in ("public", "default"):
            return
        path = f"{path}::{item['name']}"
        if kind == "function":
            mark = " (required)" if is_trait and not inner["has_body"] else ""
            self.add(self.function(inner, path) + suffix + mark)
        elif kind == "assoc_type":
            default = inner["type"]
            mark = " (required)" if is_trait and default is None else ""
            text = f" = {self.type(default)}" if default else ""
            bounds = self.bounds(inner["bounds"])
            self.add(f"type {path}{': ' + bounds if bounds else ''}{text}{mark}")
        elif kind == "assoc_const":
            self.add(f"const {path}: {self.type(inner['type'])}")

    def implementation(self, impl, path, generics):
        if impl["blanket_impl"] is not None:
            return
        if impl["trait"] is None:
            bounds = self.where(impl["generics"])
            params = self.generics(impl["generics"])
            suffix = f" [impl{params}{bounds}]" if ":" in params + bounds else ""
            for child in impl["items"]:
                self.associated(self.index[str(child)], path, suffix=suffix)
            return
        name = impl["trait"]["path"].split("::")[-1]
        # pin-project-lite writes an `Unpin` with a type of its own.
        if impl["is_synthetic"] and name not in AUTO or "PinnedFieldsOf" in str(impl):
            return
        sign = "!" if impl["is_negative"] else ""
        params = self.generics(impl["generics"])
        header = f"impl{params} {sign}{self.path(impl['trait'])} for {self.type(impl['for'])}"
        self.add(header + self.where(impl["generics"]))
        for child in impl["items"]:
            child = self.index[str(child)]
            if "assoc_type" in child["inner"]:
                text = self.type(child["inner"]["assoc_type"]["type"])
                self.add(f"{header} {{ {child['name']} = {text} }}")

    def function(self, inner, path):
        sig, header = inner["sig"], inner["header"]
        words = [word for word in ("const", "async", "unsafe") if header[f"is_{word}"]]
        inputs = ", ".join(
            self.type(kind) if name == "self" else f"{name}: {self.type(kind)}"
            for name, kind in sig["inputs"]
        )
        output = f" -> {self.type(sig['output'])}" if sig["output"] else ""
        generics = inner["generics"]
        words = " ".join([*words, "fn"])
        return f"{words} {path}{self.generics(generics)}({inputs}){output}{self.where(generics)}"

    def add(self, line):
        self.lines.add(line)

    # --- types -------------------------------------------------------------------------------

    def type(self, kind):
        if kind is None:
            return "()"
        (tag, inner), = kind.items()
        if tag == "resolved_path":
            return self.path(inner)
        if tag in ("generic", "primitive"):
            return inner
        if tag == "borrowed_ref":
            lifetime = f"{inner['lifetime']} " if inner["lifetime"] else ""
            mutable = "mut " if inner["is_mutable"] else ""
            return f"&{lifetime}{mutable}{self.type(inner['type'])}"
        if tag == "tuple":
            return f"({', '.join(map(self.type, inner))})"
        if tag == "slice":
            return f"[{self.type(inner)}]"
        if tag == "array":
            return f"[{self.type(inner['type'])}; {inner['len']}]"
        if tag == "impl_trait":
            return f"impl {self.bounds(inner)}"
        if tag == "dyn_trait":
            traits = [self.path(one["trait"]) for one in inner["traits"]]
            lifetime = [inner["lifetime"]] if inner["lifetime"] else []
            return f"dyn {' + '.join(traits + lifetime)}"
        if tag == "qualified_path":
            target = self.type(inner["self_type"])
            if inner["trait"] is None or not inner["trait"]["path"]:
                return f"{target}::{inner['name']}"
            return f"<{target} as {self.path(inner['trait'])}>::{inner['name']}"
        if tag == "function_pointer":
            inputs = ", ".join(self.type(kind) for _, kind in inner["sig"]["inputs"])
            output = inner["sig"]["output"]
            return f"fn({inputs}){' -> ' + self.type(output) if output else ''}"
        if tag == "raw_pointer":
            return f"*{'mut' if inner['is_mutable'] else 'const'} {self.type(inner['type'])}"
        return tag

    def path(self, path):
        known = self.paths.get(str(path["id"]))
        name = "::".join(known["path"]) if known else path["path"]
        name = self.public.get(path["id"], name)
        if known and known["crate_id"] != 0:
            crate = self.crates[str(known["crate_id"])]["name"]
            if crate.startswith("okta_tower"):
                # Where it is defined there is not public.
                name = f"{crate}::{known['path'][-1]}"
            if crate not in STANDARD:
                self.external.add(name)
        return name + self.arguments(path["args"])

    def arguments(self, args):
        if not args:
            return ""
        if "parenthesized" in args:
            inner = args["parenthesized"]
            inputs = ", ".join(map(self.type, inner["inputs"]))
            output = inner["output"]
            return f"({inputs}){' -> ' + self.type(output) if output else ''}"
        inner = args.get("angle_bracketed")
        if not inner:
            return ""
        texts = []
        for arg in inner["args"]:
            texts.append(self.type(arg["type"]) if "type" in arg else str(next(iter(arg.values()))))
        for one in inner["constraints"]:
            (tag, binding), = one["binding"].items()
            if tag == "equality":
                value = self.type(binding["type"]) if "type" in binding else str(binding)
                texts.append(f"{one['name']} = {value}")
            else:
                texts.append(f"{one['name']}: {self.bounds(binding)}")
        return f"<{', '.join(texts)}>" if texts else ""

    def bounds(self, bounds):
        texts = []
        for bound in bounds:
            if "trait_bound" in bound:
                inner = bound["trait_bound"]
                maybe = "?" if inner["modifier"] == "maybe" else ""
                texts.append(maybe + self.path(inner["trait"]))
            elif "outlives" in bound:
                texts.append(bound["outlives"])
        return " + ".join(texts)

    def generics(self, generics):
        texts = []
        for param in generics["params"]:
            (tag, inner), = param["kind"].items()
            if tag == "lifetime":
                texts.append(param["name"])
            elif tag == "const":
                texts.append(f"const {param['name']}: {self.type(inner['type'])}")
            elif not inner["is_synthetic"]:
                bounds = self.bounds(inner["bounds"])
                default = f" = {self.type(inner['default'])}" if inner["default"] else ""
                texts.append(param["name"] + (f": {bounds}" if bounds else "") + default)
        return f"<{', '.join(texts)}>" if texts else ""

    def where(self, generics):
        texts = []
        for predicate in generics["where_predicates"]:
            if "bound_predicate" in predicate:
                inner = predicate["bound_predicate"]
                texts.append(f"{self.type(inner['type'])}: {self.bounds(inner['bounds'])}")
            elif "lifetime_predicate" in predicate:
                inner = predicate["lifetime_predicate"]
                texts.append(f"{inner['lifetime']}: {' + '.join(inner['outlives'])}")
        return f" where {', '.join(texts)}" if texts else ""


# --- listings --------------------------------------------------------------------------------


def document(library, features):
    """Returns rustdoc's JSON of a library with these features."""
    command = ["cargo", "rustdoc", "--locked", "--quiet", "--lib", "-p", library]
    command += ["--no-default-features", f"--features={','.join(features)}"]
    command += ["--", "-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"]
    environment = {**os.environ, "RUSTDOC": str(ROOT / ".ci" / "rustdoc")}
    environment.pop("RUSTDOCFLAGS", None)
    subprocess.run(command, check=True, cwd=ROOT, env=environment)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    path = target / "doc" / f"{library.replace('-', '_')}.json"
    text = path.read_text(encoding="utf-8")
    # Not a page: the step `docs` looks at this folder.
    path.unlink()
    return json.loads(text)


def features_of(library):
    command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
    found = json.loads(subprocess.run(command, check=True, cwd=ROOT, capture_output=True).stdout)
    package = next(one for one in found["packages"] if one["name"] == library)
    return sorted(set(package["features"]) - {"default"})


def listing(library):
    """Returns the sections of a library's listing by their titles, and what is wrong."""
    problems, external = [], set()

    def lines(features):
        crate = Crate(document(library, features))
        external.update(crate.external)
        return crate.lines

    bare = lines([])
    sections = {"no feature": bare}
    known = set(bare)
    features = features_of(library)
    for feature in features:
        found = lines([feature])
        problems += [f"{feature} removes: {line}" for line in sorted(bare - found)]
        sections[feature] = found - bare
        known |= found
    if len(features) > 1:
        found = lines(features)
        problems += [f"all features remove: {line}" for line in sorted(known - found)]
        sections["several features"] = found - known
    problems += unreviewed(library, external)
    sections["types of other crates"] = {f"extern {name}" for name in external}
    return sections, problems


def unreviewed(library, external):
    allowed = EXTERNAL[library]
    foreign = [name for name in external if name not in allowed]
    foreign = [name for name in foreign if name.split("::")[0] not in allowed]
    return [f"not a reviewed type in a signature: {name}" for name in sorted(foreign)]


def written(sections):
    texts = []
    for title, lines in sections.items():
        texts.append("\n".join([f"# {title}", "", *sorted(lines), ""]))
    return "\n".join(texts)


def read(text):
    sections, lines = {}, None
    for line in text.splitlines():
        if line.startswith("# "):
            lines = sections.setdefault(line[2:], set())
        elif line:
            lines.add(line)
    return sections


def differences(before, after):
    """Returns the breaking and the other differences between two listings."""
    breaking, other = [], []
    for title in before | after:
        old, new = before.get(title, set()), after.get(title, set())
        breaking += [f"[{title}] removed: {line}" for line in sorted(old - new)]
        for line in sorted(new - old):
            is_new_item = not line.endswith(("(exhaustive)", "(required)")) or is_of_new(line, old)
            (other if is_new_item else breaking).append(f"[{title}] added: {line}")
    return breaking, other


def is_of_new(line, old):
    """Returns whether the line is about a type or trait that the old listing does not have."""
    path = line.split(" ", 1)[1].removeprefix("fn ").split("(")[0].split(":  ")[0].split(" ")[0]
    parent = path.rstrip(":").rsplit("::", 1)[0]
    starts = tuple(f"{kind} {parent}" for kind in ("struct", "enum", "trait", "variant"))
    return not any(one.startswith(starts) for one in old)


def check(bless):
    failed = False
    for library in LIBRARIES:
        sections, problems = listing(library)
        path = ROOT / "api" / f"{library}.txt"
        recorded = read(path.read_text(encoding="utf-8")) if path.exists() else {}
        breaking, other = differences(recorded, sections)
        for text in problems:
            print(f"{library}: {text}", file=sys.stderr)
        failed |= bool(problems)
        if bless:
            path.parent.mkdir(exist_ok=True)
            path.write_text(written(sections), encoding="utf-8")
        else:
            for kind, texts in (("breaking", breaking), ("addition", other)):
                for text in texts:
                    print(f"{library}: {kind}: {text}", file=sys.stderr)
            failed |= bool(breaking or other)
        count = sum(map(len, sections.values()))
        print(f"{library}: {count} lines, {len(breaking)} breaking changes, {len(other)} others")
    if failed and not bless:
        print("If the changes are meant: .ci/api.py --bless, and CHANGELOG.md", file=sys.stderr)
    return int(failed)


def against(revision):
    """Reports the breaking changes of the listings since a revision."""
    found = 0
    for library in LIBRARIES:
        path = f"api/{library}.txt"
        command = ["git", "show", f"{revision}:{path}"]
        shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if shown.returncode:
            print(f"{revision} has no {path}")
            continue
        breaking, other = differences(read(shown.stdout), read((ROOT / path).read_text()))
        for text in breaking:
            print(f"{library}: breaking: {text}")
        print(f"{library}: {len(breaking)} breaking changes, {len(other)} others since {revision}")
        found += len(breaking)
    return int(found > 0)


def self_test():
    old = {"a": {"enum x::E", "variant x::E::A (exhaustive)", "trait x::T", "fn x::f()",
                 "struct x::S", "impl core::marker::Send for x::S"}}
    cases = {
        "an item is removed": (old["a"] - {"fn x::f()"}, 1),
        "a signature changes": (old["a"] - {"fn x::f()"} | {"fn x::f(n: u8)"}, 1),
        "an auto trait is lost": (old["a"] - {"impl core::marker::Send for x::S"}, 1),
        "a variant joins an exhaustive enum": (old["a"] | {"variant x::E::B (exhaustive)"}, 1),
        "a trait gets a required method": (old["a"] | {"fn x::T::m(&self) (required)"}, 1),
        "a function is added": (old["a"] | {"fn x::g()"}, 0),
        "a whole enum is added": (old["a"] | {"enum x::F", "variant x::F::A (exhaustive)"}, 0),
        "a variant joins an open enum": (old["a"] | {"variant x::E::B"}, 0),
    }
    failed = 0
    for name, (new, expected) in cases.items():
        breaking, _ = differences(old, {"a": new})
        if len(breaking) != expected:
            print(f"{name}: {len(breaking)} breaking changes instead of {expected}")
            failed += 1
    for name, expected in (("reqwest::Client", 1), ("http::StatusCode", 0), ("serde_json::Map", 1)):
        if len(unreviewed("okta-tower", {name})) != expected:
            print(f"{name} in a signature is not judged right")
            failed += 1
    print(f"self-test: {len(cases) + 3 - failed} passed, {failed} failed")
    return int(failed > 0)


def main():
    arguments = sys.argv[1:]
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) == 2 and arguments[0] == "--against":
        return against(arguments[1])
    if arguments not in ([], ["--bless"]):
        print(__doc__, file=sys.stderr)
        return 2
    return check(bless=bool(arguments))


if __name__ == "__main__":
    sys.exit(main())
