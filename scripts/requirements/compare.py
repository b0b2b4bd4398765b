"""What `scripts/compare-orders --requirements` does: asks the real tools and layerscan whether versions satisfy requirements.

The requirements are those of real advisories (RubySec's patched and unaffected versions, the constraints of Packagist's
advisories), and ones composed from the versions in advisories in the manner of each kind; three quarters are mutated. Each is asked
about versions of its package, and about those at its own bounds and just beside them.

What a tool refuses layerscan has to refuse too, unless it is of the form that every kind takes (`>= 1.0, < 2.0 || = 3.0`) or a
form that the kind's file in `src/versions/requirement` says is taken beyond the tool. Those pairs are counted apart.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
NUGET = os.environ.get("NUGET_EXE", "nuget.exe")
MAVEN = ":".join(
    [os.environ.get("MAVEN_ARTIFACT", "/usr/share/java/maven-artifact-3.x.jar"), "/usr/share/java/commons-lang3.jar"]
)

# How each tool is asked, and what it needs. All read lines of `requirement<TAB>version`.
TOOLS = {
    "cargo": (["cargo", "run", "--quiet", "--manifest-path", HERE / "cargo" / "Cargo.toml", "--target-dir", HERE.parent.parent / "target" / "requirements"], "cargo, and the crate semver"),
    "composer": (["php", "-d", "include_path=/usr/share/php", HERE / "composer.php"], "Debian: php-cli, php-composer-semver"),
    "gem": (["ruby", HERE / "gem.rb"], "Debian: ruby"),
    "hex": (["elixir", HERE / "hex.exs"], "Debian: elixir"),
    "maven": (["java", "-cp", MAVEN, HERE / "Maven.java"], "Debian: default-jdk-headless, libmaven3-core-java"),
    "npm": (["node", HERE / "npm.js"], "node, and `npm install semver` in a folder whose node_modules is $NODE_PATH"),
    "npm-strict": (["node", HERE / "npm.js", "strict"], "as npm"),
    "nuget": (["sh", HERE / "nuget.sh", NUGET], "Debian: mono-mcs, and nuget.exe (npm: nuget-exe) as $NUGET_EXE"),
    "pypi": ([sys.executable, HERE / "pypi.py"], "run with a Python that has `packaging`"),
}

# Forms of requirements. V is a version, P one cut short or with a star, A a lower and B a higher one; `V` and `P` differ each time.
FORMS = {
    "cargo": "^V|~V|V|P|^P|~P|>=A, <B|>A,<=B|=V|=P|>P|>=P|<P|<=P|*|>=A, <B, =V|^P, <B|~ V| > V ,< B |x|V.*",
    "composer": "^V|~V|V|P|^P|~P|>=A,<B|>=A <B|>A, <=B|=V|==V|!=V|<>V|>P|<B|<=B|*|A - B|P - P|V - P|>=A,<B|>=B,<V|^V || ^V|>=A <B || >=B <V|P.*|P.x|V@beta|>=V@RC|<V@dev|@dev|V-dev|dev-main|P.x-dev|~V-beta1|<V-alpha|>=V-stable|dev-main#abc|V as V|>= V| < V ,> V",
    "gem": "~> V|~> P|>= A, < B|>A,<=B|= V|!= V|V|~> A, >= V|~>V|< B|~> P, != V|>= 0|>= 0.a",
    "hex": "~> V|~> P|>= A and < B|> A and <= B or == V|V|== V|!= V|< A or > B|~> V and != V|~> V or ~> V|!V|>= A and < B or >= V and < V|~> P or > V and <= B",
    "maven": "[A,B)|(A,B]|[A,B]|(,B]|(,B)|[A,)|(A,)|[V]|V|(,A],[B,)|(,A),(B,)|[A,B),[V,)| [ A , B ) |(V)|[B,A]|[A,B],[V]|(,)|[V,V]",
    "npm": "^V|~V|V|P|^P|~P|>=A <B|>A <=B|=V|=P|>P|>=P|<P|<=P|*||x|A - B|P - P|V - P|P - V|^V || ^V|>=A <B || >=B <V|~>V|~> V|^ V|>= V|> V < V|v V|=v V|x.x|P || V|P.x|>=0.0.0|*  || V|~P || >=V|<0.0.0-0|^0.0.V|^0.V|<B ^A",
    "nuget": "[A,B)|(A,B]|[A,B]|(,B]|(,B)|[A,)|(A,)|[V]|V|P|(V)|[B,A]|[A, B)| [A ,B ] |P.*|*|V-*|V-beta*|V-rc.*|P.*-*|*-*|(,)|[,]|[A,B),[V,)|[A,A)|P*",
    "pypi": "~=V|~=P|>=A,<B|>A,<=B|==V|==P.*|!=P.*|!=V|===V|<V|>V|>=V|<=V|>=A, <B, !=V||==V.*|>=A,!=P.*,<B|~= V , != V|V",
}

# What the mutations insert.
PIECES = {
    "cargo": "^ ~ > >= < <= = * .x .* , - -alpha -0 + +b .0 0 1 9 || 01 -rc.1 18446744073709551615".split(),
    "composer": "^ ~ > >= < <= = == != <> * .x .* , | || - -alpha -dev dev @dev @beta @stable @RC .0 0 1 9 as dev- x v -stable -RC1 p1 a1 # +b ~> 20240115".split(),
    "gem": "~> > >= < <= = != , .a .rc1 -1 - .0 0 1 9 .b.2 || == ~ 00 .1.a2 b .A".split(),
    "hex": "~> > >= < <= == != ! = and or -alpha -0 + +b .0 0 1 9 || , -rc.1".split(),
    "maven": "[ ] ( ) , -SNAPSHOT -rc1 .Final a .0 0 1 9 -1 x".split(),
    "npm": "^ ~ ~> > >= < <= = * .x .* .X - || | v -alpha -0 + +b .0 0 1 9 , -rc.1 x 9007199254740991 9007199254740990 01".split(),
    "nuget": "[ ] ( ) , * .* - -alpha -* -beta.* + .0 0 1 9 -RC.1 x".split(),
    "pypi": "~= > >= < <= == != === * .* , a1 rc1 .dev0 .post1 -1 +local +b.1 1! 0! .0 0 1 9 v .dev .post dev".split(),
}
PIECES = {kind: pieces + [" ", "  "] for kind, pieces in PIECES.items()}

# What stands behind numbers.
ENDS = {
    "cargo": "-alpha -alpha.1 -0 -rc.1 +b -rc.1+b",
    "composer": "-alpha1 -beta -RC1 -dev .x-dev -p1 -stable a1 b2 pl1 .1-beta.2 -beta-dev",
    "gem": ".a .rc1 .pre.1 .b2 -1 .0 .0.a",
    "hex": "-alpha -alpha.1 -0 -rc.1 +b -rc.1+b",
    "maven": "-SNAPSHOT -rc1 -alpha-1 .Final .RELEASE -jre -1 .0 -sp",
    "npm": "-alpha -alpha.1 -0 -rc.1 +b -rc.1+b",
    "nuget": "-alpha -Alpha.1 -0 -rc.1 +b -beta.2 -beta",
    "pypi": "a1 b2 rc1 .dev0 .dev1 .post1 .post1.dev0 +local +1 a1.dev0 rc1.post2 .0 .0.0 a1+b",
}

OPERATOR = r"(?:<=|>=|==|!=|<|>|=)"


def is_comparators(text, kind):
    """Whether a requirement is of the form that every kind takes."""
    version = r"[^\s,|<>=]+" if kind == "pypi" else r"[^\s,|<>=!]+"
    one = rf"\s*{OPERATOR}\s*{version}"
    return all(re.fullmatch(rf"{one}(?:\s*,?{one})*\s*", part) for part in text.split("||"))


def is_beyond(text, kind):
    """Whether a requirement is of a form that is taken though its tool refuses it."""
    if is_comparators(text, kind):
        return True
    # Unions, and versions too short for NuGet.
    return kind == "nuget" and (len(text.strip()) < 3 or bool(re.search(r"[\])]\s*,\s*[\[(]", text)))


def real_requirements(folder, kind):
    """The requirements in real advisories, each with versions of its package."""
    name = {"gem": "RubyGems", "composer": "Packagist"}.get(kind)
    found = []
    for path in sorted(Path(folder).rglob("*.zip")) if name else []:
        if path.parent.name != name:
            continue
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                record = json.loads(archive.read(member))
                texts = []
                versions = []
                specific = record.get("database_specific") or {}
                texts += (specific.get("patched_versions") or []) + (specific.get("unaffected_versions") or [])
                for affected in record.get("affected") or []:
                    versions += affected.get("versions") or []
                    for one in affected.get("ranges") or []:
                        versions += [value for event in one.get("events") or [] for value in event.values()]
                        constraints = (one.get("database_specific") or {}).get("constraints") or []
                        texts += constraints + ([",".join(constraints)] if len(constraints) > 1 else [])
                found += [(str(text), [str(version) for version in versions]) for text in texts]
    return [(text, versions) for text, versions in found if not set("\t\n\0") & set(text)]


def cut_short(random_, version):
    """A version with one to three of its numbers, and perhaps a star behind."""
    numbers = re.findall(r"\d+", version)[: random_.randint(1, 3)] or ["1"]
    return ".".join(numbers) + random_.choice(("", "", "", ".x", ".*", ".0"))


def made_version(random_, kind, texts):
    if texts and random_.random() < 0.5:
        version = random_.choice(texts)
    else:
        count = 3 if kind in ("cargo", "hex", "npm") else random_.randint(1, 4)
        version = ".".join(random_.choice(("0", "0", "1", "1", "2", "3", "10", "9")) for _ in range(count))
    if random_.random() < 0.3:
        version += random_.choice(ENDS[kind].split())
    return version


def composed(random_, kind, texts):
    form = random_.choice(re.split(r"(?<!\|)\|(?!\|)", FORMS[kind].replace("||", "\0")))
    form = form.replace("\0", "||") if random_.random() < 0.97 else ""
    ends = sorted((made_version(random_, kind, texts) for _ in range(2)), key=lambda text: [int(number) for number in re.findall(r"[0-9]{1,9}", text)])
    made = {"V": lambda: made_version(random_, kind, texts), "P": lambda: cut_short(random_, made_version(random_, kind, texts)), "A": lambda: ends[0], "B": lambda: ends[1]}
    return re.sub(r"(?<![A-Za-z])[VPAB](?![A-Za-z])", lambda match: made[match.group()](), form)


def mutated(random_, text, kind):
    for _ in range(random_.choice((1, 1, 2, 3))):
        place = random_.randint(0, len(text))
        what = random_.random()
        if what < 0.5:
            text = text[:place] + random_.choice(PIECES[kind]) + text[place:]
        elif what < 0.7:
            text = text[:place] + text[place + random_.randint(1, 2):]
        elif what < 0.8:
            text = text[:place] + text[max(0, place - random_.randint(1, 5)):]
        else:
            digits = [index for index, letter in enumerate(text) if letter in "0123456789"]
            if digits:
                index = random_.choice(digits)
                text = text[:index] + str(random_.randint(0, 10)) + text[index + 1:]
    return text


def beside(random_, requirement, kind, versions):
    """A version to ask about: of the package, or one of the requirement's own, or just beside it."""
    own = re.findall(r"[0-9]+(?:\.[0-9]+)*(?:[-.+]?[A-Za-z][0-9A-Za-z.+-]*)?", requirement)
    how = random_.random()
    if how < 0.25 and versions:
        return random_.choice(versions)
    version = random_.choice(own) if own and how < 0.9 else made_version(random_, kind, versions)
    numbers = re.match(r"[0-9.]*", version).group().strip(".").split(".")
    if random_.random() < 0.6:
        if kind in ("cargo", "hex", "npm"):
            numbers = (numbers + ["0", "0"])[:3]
        elif random_.random() < 0.3:
            numbers.append(random_.choice("01"))
        if random_.random() < 0.5:
            place = random_.randrange(len(numbers))
            numbers[place] = str(max(0, int(numbers[place] or 0) + random_.choice((-1, 1, 1))))
            if random_.random() < 0.5:
                numbers[place + 1:] = ["0"] * len(numbers[place + 1:])
        version = ".".join(numbers) + (random_.choice(ENDS[kind].split()) if random_.random() < 0.4 else "")
    return mutated(random_, version, kind) if random_.random() < 0.05 else version


def pairs_of(folder, kind, packages, count, seed):
    random_ = random.Random(f"requirements {seed} {kind}")
    real = real_requirements(folder, kind)
    pairs = []
    while len(pairs) < count:
        texts = random_.choice(packages) if packages else []
        if real and random_.random() < 0.5:
            requirement, texts = random_.choice(real)
        else:
            requirement = composed(random_, kind, texts)
        if random_.random() < 0.25:
            requirement = mutated(random_, requirement, kind)
        for _ in range(3):
            version = beside(random_, requirement, kind, texts)
            if not set("\t\n\0") & set(requirement + version):
                pairs.append((requirement, version))
    return pairs[:count]


def ask(command, pairs, work):
    path = Path(work, "pairs")
    path.write_bytes("".join(f"{requirement}\t{version}\n" for requirement, version in pairs).encode())
    with path.open("rb") as stream:
        return subprocess.run(command, stdin=stream, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout.decode().splitlines()


def compare(options, versions_of):
    """Asks about requirements of all kinds; the exit status."""
    differing = False
    for kind in [name for kind in options.kinds for name in ((kind, "npm-strict") if kind == "npm" else (kind,))]:
        own = kind.removesuffix("-strict")
        if kind not in TOOLS:
            print(f"{kind}: no tool for requirements is known", file=sys.stderr)
            return 2
        command, needs = TOOLS[kind]
        pairs = pairs_of(options.advisories, own, versions_of(options.advisories, own), options.pairs, options.seed)
        flags = ["--requirement", "--as-npm"] if kind != own else ["--requirement"]
        with tempfile.TemporaryDirectory() as work:
            ours = ask([options.layerscan, "compare-versions", own, *flags], pairs, work)
            theirs = ask(command, pairs, work) if shutil.which(command[0]) else []
        if len(ours) != len(pairs) or len(theirs) != len(pairs):
            print(f"{kind}: {len(pairs)} pairs, {len(ours)} answers of layerscan, {len(theirs)} of the tool. It needs: {needs}", file=sys.stderr)
            return 2
        wrong = []
        beyond = 0
        for (requirement, version), one, other in zip(pairs, ours, theirs):
            # Maven takes a comparator for the name of a version, and NuGet `1.2*` for `1.*`: neither is an answer.
            odd = {"maven": r"\s*[<>=!]", "nuget": r".*[0-9]\s*\*"}.get(own)
            if (other == "!" and is_beyond(requirement, own)) or (odd and re.match(odd, requirement)):
                beyond += 1
            elif one != other.replace("!", "?"):
                wrong.append((requirement, version, one, other))
        shares = " ".join(f"{sign} {theirs.count(sign)}" for sign in "yn?!")
        print(f"{kind}: {len(pairs)} pairs of {len(set(text for text, _ in pairs))} requirements ({shares}; beyond the tool {beyond}), {len(wrong)} disagreements")
        for requirement, version, one, other in wrong[: options.show]:
            print(f"  {requirement!r} {version!r}: layerscan {one}, {kind} {other}")
        differing |= bool(wrong)
    return 1 if differing else 0
