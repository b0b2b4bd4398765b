//! Settings from three places: which wins, what is refused, and that the example file is whole.

use super::*;

const EXAMPLE: &str = include_str!("../../../docs/layerscan.example.toml");

fn variables(pairs: &[(&str, &str)]) -> std::vec::IntoIter<(OsString, OsString)> {
    let pairs: Vec<(OsString, OsString)> = pairs
        .iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    pairs.into_iter()
}

fn message(result: Result<Settings, Failure>) -> String {
    let failure = result.unwrap_err();
    format!(
        "{} | {}",
        failure.line(),
        failure.hint().unwrap_or_default()
    )
}

#[test]
fn a_flag_overrules_a_variable_and_a_variable_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    std::fs::write(
        &path,
        "fail-on = 'low'\nstrict = true\nthreads = 3\nignore-id = ['CVE-1', 'CVE-2']\ndb = 'a.db'",
    )
    .unwrap();
    let flags = parse(&["--fail-on=high".into()]).unwrap();
    let variables = variables(&[
        ("LAYERSCAN_FAIL_ON", "medium"),
        ("LAYERSCAN_STRICT", "0"),
        ("LAYERSCAN_ALL", ""),
    ]);
    let resolved = resolve(flags, Some(path.clone()), variables).unwrap();
    assert_eq!(resolved.settings.fail_on, Some(Severity::High));
    assert_eq!(resolved.settings.strict, Some(false));
    assert_eq!(resolved.settings.threads, Some(3));
    assert_eq!(resolved.settings.all, None);
    assert_eq!(resolved.settings.db, Some(folder.path().join("a.db")));
    assert_eq!(resolved.settings.ignore_id.unwrap(), ["CVE-1", "CVE-2"]);
    assert_eq!(resolved.ignored_by, path.display().to_string());
    assert_eq!(resolved.file, Some(path));
}

#[test]
fn the_source_of_ignored_ids_is_named() {
    let none = Some(PathBuf::from("/dev/null"));
    let flags = parse(&["--ignore-id=CVE-1".into()]).unwrap();
    let both = resolve(
        flags,
        none.clone(),
        variables(&[("LAYERSCAN_IGNORE_ID", "CVE-2,CVE-3")]),
    )
    .unwrap();
    assert_eq!(
        (
            both.ignored_by.as_str(),
            both.settings.ignore_id.unwrap().len()
        ),
        ("--ignore-id", 1)
    );
    let one = resolve(
        Settings::default(),
        none,
        variables(&[("LAYERSCAN_IGNORE_ID", "CVE-2,CVE-3")]),
    )
    .unwrap();
    assert_eq!(
        (
            one.ignored_by.as_str(),
            one.settings.ignore_id.unwrap().len()
        ),
        ("LAYERSCAN_IGNORE_ID", 2)
    );
}

#[test]
fn the_example_names_every_setting() {
    let settings = parse_file(EXAMPLE, Path::new("layerscan.toml")).unwrap();
    let active: toml::Table = toml::from_str(EXAMPLE).unwrap();
    for key in keys() {
        let there = active.contains_key(&key)
            || EXAMPLE
                .lines()
                .any(|line| line.starts_with(&format!("# {key} = ")));
        assert!(there, "`{key}` is missing in the example");
    }
    // What is commented out has to parse too, one by one since some exclude each other.
    for line in EXAMPLE
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| line.contains(" = "))
    {
        parse_file(line, Path::new("layerscan.toml"))
            .unwrap_or_else(|failure| panic!("{line}: {}", failure.line()));
    }
    assert_eq!(settings.fail_on, Some(Severity::High));
}

#[test]
fn mistakes_in_the_file_are_named_with_a_way_out() {
    let file = |text: &str| message(parse_file(text, Path::new("a.toml")));
    assert_eq!(
        file("fail_on = 'high'"),
        "a.toml: there is no setting `fail_on` | did you mean `fail-on`?"
    );
    assert!(
        file("colour = 1")
            .starts_with("a.toml: there is no setting `colour` | there are: format, output")
    );
    assert!(file("threads = 'many'").starts_with("a.toml: `threads`: invalid value 'many'"));
    assert!(file("fail-on = 'hihg'").contains("[possible values: critical, high"));
    assert!(file("x = 1\ny = = 2").starts_with("a.toml: line 2: "));
    assert!(file("db = { path = 'x' }").contains("`db` takes a text"));
    assert!(file("scanners = ['licence']").contains("`license` and `config`"));
    assert!(file("strict = 'perhaps'").contains("`strict`"));
}

#[test]
fn variables_that_mean_nothing_are_told() {
    let resolved = resolve(
        Settings::default(),
        Some("/dev/null".into()),
        variables(&[
            ("LAYERSCAN_FAILON", "high"),
            ("LAYERSCAN_BENCH_IMAGE", "x"),
            ("OTHER", "y"),
        ]),
    )
    .unwrap();
    assert_eq!(
        resolved.unknown_variables,
        [(
            "LAYERSCAN_FAILON".to_owned(),
            Some("LAYERSCAN_FAIL_ON".to_owned())
        )]
    );
    let wrong = resolve(
        Settings::default(),
        None,
        variables(&[("LAYERSCAN_THREADS", "0")]),
    );
    assert!(
        wrong
            .unwrap_err()
            .line()
            .starts_with("LAYERSCAN_THREADS: invalid value '0'")
    );
}

#[test]
fn kinds_are_spelt_out_once() {
    let settings = parse(&["--only=rpm,os".into()]).unwrap();
    assert_eq!(
        settings.kinds(),
        ["alpm", "apk", "deb", "ebuild", "opkg", "rpm"]
    );
    assert!(Settings::default().kinds().is_empty());
}

#[test]
fn a_switch_can_be_turned_off_again() {
    let file = parse(&[
        "--strict".into(),
        "--image=a:1".into(),
        "--format=json".into(),
    ])
    .unwrap();
    let flags = parse(&["--strict=false".into(), "--all".into(), "--output=x".into()]).unwrap();
    let merged = flags.or(file);
    assert_eq!(
        (merged.strict, merged.all, merged.image.is_none()),
        (Some(false), Some(true), true)
    );
    assert!(merged.format.is_some() && merged.output.is_some());
}
