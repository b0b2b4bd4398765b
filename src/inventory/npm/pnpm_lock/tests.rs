//! Tests of pnpm's lockfiles of every version.

use super::*;
use crate::packages::Relation::{self, Direct, Transitive};

type Told<'a> = (&'a str, &'a str, Option<u32>, bool, Option<Relation>);

fn told(parsed: &Parsed) -> Vec<Told<'_>> {
    let packages = parsed.packages.iter();
    packages
        .map(|one| {
            let package = &one.package;
            (
                &*package.name,
                &*package.version,
                one.line,
                one.dev,
                one.relation,
            )
        })
        .collect()
}

#[test]
fn version_five_is_read() {
    let yaml = r"lockfileVersion: 5.4
specifiers:
  '@s/a': ^1.0.0
dependencies:
  '@s/a': 1.0.0_react@17.0.2
  alias: /real/2.0.0
  linked: link:../linked
devDependencies:
  d: 3.0.0
packages:

  /@s/a/1.0.0_react@17.0.2:
    resolution: {integrity: sha512-x==}
    dependencies:
      b: 1.0.0
    dev: false

  /@s/a/1.0.0_react@18.0.0:
    dev: true

  /b/1.0.0:
    resolution: {integrity: sha512-x==, tarball: https://registry.example/b/-/b-1.0.0.tgz}

  /d/3.0.0/react@16.0.0:
    dev: true
  /d/3.0.0:
    dev: true

  /real/2.0.0-rc.1_abc:
    dev: false
  host.example/c/1.0.0:
    dev: false
  github.com/o/g/0123456789abcdef:
    resolution: {tarball: https://codeload.example/o/g/tar.gz/0123456789abcdef}
    name: g
    version: 4.0.0
    dev: false
  file:../f:
    resolution: {directory: ../f, type: directory}
    name: f
    version: 0.1.0
    dev: false
  /home/someone/git/0123456789abcdef:
    resolution: {commit: 0123456789abcdef, repo: file:///home/someone/git, type: git}
    dev: false
";
    let parsed = parse_pnpm_lock(yaml.as_bytes()).unwrap();
    assert_eq!(
        told(&parsed),
        [
            ("@s/a", "1.0.0", Some(12), false, Some(Direct)),
            ("b", "1.0.0", Some(21), false, Some(Transitive)),
            ("d", "3.0.0", Some(24), true, Some(Direct)),
            ("real", "2.0.0-rc.1", Some(29), false, None),
            ("c", "1.0.0", Some(31), false, None),
            ("g", "4.0.0", Some(33), false, None),
            ("f", "0.1.0", Some(38), false, None),
        ]
    );
    assert_eq!(
        parsed.warnings,
        ["the entry /home/someone/git/0123456789abcdef on line 43 has no name or no version"]
    );
    let kinds: Vec<_> = parsed
        .packages
        .iter()
        .filter_map(|one| Some(one.package.origin.as_ref()?.kind))
        .collect();
    assert_eq!(
        kinds,
        [OriginKind::Registry, OriginKind::Url, OriginKind::Path]
    );
}

#[test]
fn version_six_is_read() {
    let yaml = r"lockfileVersion: '6.0'
importers:
  .:
    dependencies:
      alias:
        specifier: npm:@s/real@2
        version: /@s/real@2.0.0
  packages/x:
    devDependencies:
      d:
        specifier: ^3.0.0
        version: 3.0.0(react@17.0.2)(y@1.0.0)
packages:
  /@s/real@2.0.0:
    dev: false
  /d@3.0.0(react@17.0.2)(y@1.0.0):
    dependencies:
      '@s/real': 2.0.0
    dev: true
  github.com/o/g/0123:
    name: g
    version: 4.0.0
    dev: true
  '@github.com/o/h':
    dev: true
";
    let parsed = parse_pnpm_lock(yaml.as_bytes()).unwrap();
    assert_eq!(
        told(&parsed),
        [
            ("@s/real", "2.0.0", Some(14), false, Some(Direct)),
            ("d", "3.0.0", Some(16), true, Some(Direct)),
            ("g", "4.0.0", Some(20), true, None),
        ]
    );
}

const NINE: &str = r"lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      alias:
        specifier: npm:real@2
        version: real@2.0.0
      g:
        specifier: git+https://host.example/o/g.git
        version: git+https://host.example/o/g.git#0123
    devDependencies:
      '@s/d':
        specifier: ^3.0.0
        version: 3.0.0(real@2.0.0)
packages:
  real@2.0.0:
    resolution: {integrity: sha512-x==}
  '@s/d@3.0.0':
    resolution: {integrity: sha512-x==}
    deprecated: |-
      not any more

      at all
  t@1.0.0: {}
  g@git+https://host.example/o/g.git#0123:
    resolution: {commit: '0123', repo: https://host.example/o/g.git, type: git}
    version: 4.0.0
  l@file:l:
    resolution: {directory: l, type: directory}
snapshots:
  real@2.0.0: {}
  '@s/d@3.0.0(real@2.0.0)':
    dependencies:
      t: 1.0.0
      real: 2.0.0
  t@1.0.0: {}
  g@git+https://host.example/o/g.git#0123: {}
";

#[test]
fn version_nine_is_read() {
    let expected = [
        ("real", "2.0.0", Some(16), false, Some(Direct)),
        ("@s/d", "3.0.0", Some(18), true, Some(Direct)),
        ("t", "1.0.0", Some(24), true, Some(Transitive)),
        ("g", "4.0.0", Some(25), false, Some(Direct)),
    ];
    let parsed = parse_pnpm_lock(NINE.as_bytes()).unwrap();
    assert_eq!(told(&parsed), expected);
    assert!(parsed.warnings.is_empty(), "{:?}", parsed.warnings);
    let g = parsed.packages[3].package.origin.as_ref().unwrap();
    assert_eq!(
        (g.kind, g.revision.as_deref()),
        (OriginKind::Git, Some("0123"))
    );
    // pnpm 11 writes what it needs itself before that.
    let two = format!(
        "---\nlockfileVersion: '9.0'\nimporters:\n  .: {{}}\npackages:\n  pnpm@11.0.0: {{}}\n---\n{NINE}"
    );
    let parsed = parse_pnpm_lock(two.as_bytes()).unwrap();
    assert_eq!(told(&parsed)[0], ("pnpm", "11.0.0", Some(6), false, None));
    assert_eq!(
        told(&parsed)[1],
        ("real", "2.0.0", Some(23), false, Some(Direct))
    );
}

#[test]
fn a_file_that_breaks_off_gives_what_it_has() {
    let cut = &NINE[..NINE.find("      not any").unwrap() + 3];
    let broken = format!("{cut}  }}\n");
    let parsed = parse_pnpm_lock(broken.as_bytes()).unwrap();
    assert_eq!(parsed.packages[0].package.name, "real");
    let broken = NINE.replace("  t@1.0.0: {}\n  g", "  t@1.0.0: {{[\n  g");
    let parsed = parse_pnpm_lock(broken.as_bytes()).unwrap();
    assert_eq!(parsed.packages.len(), 2);
    assert_eq!(parsed.warnings.len(), 1, "{:?}", parsed.warnings);
}

#[test]
fn what_is_no_lockfile_gives_nothing() {
    for text in [
        "",
        "\n",
        "a: b\n",
        "- a\n",
        "hello",
        "{",
        "\t\t",
        "packages:\n  - 'packages/*'\n",
    ] {
        assert!(
            parse_pnpm_lock(text.as_bytes()).unwrap().is_empty(),
            "{text:?}"
        );
    }
    let hostile = "lockfileVersion: 9\na: &a [x]\nb: [*a, *a]\n";
    assert!(matches!(
        parse_pnpm_lock(hostile.as_bytes()),
        Err(ReadError::Damaged { .. })
    ));
}

#[test]
fn hostile_lockfiles_do_no_harm() {
    for deep in ["{a: ", "[", "- ", "? "] {
        let text = format!("lockfileVersion: 9\nx: {}", deep.repeat(50_000));
        let _ = parse_pnpm_lock(text.as_bytes());
    }
    let odd = "lockfileVersion: [9]\npackages:\n  1: 2\n  ~: {}\n  'a@1.0.0': 3\n  'a@1.0.0': {version: {}}\n  \"b\\n@1.0.0\": {}\n  '@1.0.0': {}\n  '': {}\n  '/': {}\n  '@': {}\n";
    let parsed = parse_pnpm_lock(odd.as_bytes()).unwrap();
    assert_eq!(told(&parsed), [("a", "1.0.0", Some(5), false, None)]);
}

#[test]
fn only_the_lockfiles_of_projects_count() {
    for (path, counts) in [
        ("app/pnpm-lock.yaml", true),
        ("app/node_modules/.pnpm/lock.yaml", true),
        ("node_modules/.pnpm/lock.yaml", true),
        ("app/lock.yaml", false),
        ("app/node_modules/x/pnpm-lock.yaml", false),
    ] {
        assert_eq!(PnpmLock.accepts(path.as_bytes()), counts, "{path}");
    }
}
