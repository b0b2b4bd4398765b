//! Projects by themselves and together with those that they are built upon.

use super::*;
use crate::inventory::parsed::InstalledPackage;
use std::collections::HashMap;

fn show(one: &InstalledPackage) -> String {
    let qualifiers = one.package.qualifiers.iter();
    let qualifiers: Vec<String> = qualifiers
        .map(|(key, value)| format!(" {key}={value}"))
        .collect();
    let qualifiers = qualifiers.concat();
    format!(
        "{} {}{qualifiers}{}{}",
        one.package.name,
        one.package.version,
        one.relation
            .map_or_else(String::new, |relation| format!(" {}", relation.as_str())),
        if one.dev { " dev" } else { "" }
    )
}

fn alone(text: &str) -> Vec<String> {
    let parsed = parse_pom_xml(b"app/pom.xml", text.as_bytes());
    parsed.packages.iter().map(show).collect()
}

/// Files by their path.
struct Files(HashMap<Vec<u8>, Parsed>);

impl Others for Files {
    fn get(&self, path: &[u8]) -> Option<&Parsed> {
        self.0.get(path)
    }
}

/// The packages of `path`, with the files at hand that it asks for, and those that these ask for.
fn joined(path: &str, files: &[(&str, &str)]) -> Vec<String> {
    let read = |path: &str, text: &str| {
        let Made::Packages(parsed) = PomXml
            .read(path.as_bytes(), text.as_bytes(), Needs::default())
            .unwrap()
        else {
            panic!("no packages");
        };
        parsed
    };
    let all: HashMap<Vec<u8>, Parsed> = files
        .iter()
        .map(|(path, text)| (path.as_bytes().to_vec(), read(path, text)))
        .collect();
    let mut asked = vec![path.as_bytes().to_vec()];
    let mut at = 0;
    while let Some(path) = asked.get(at).cloned() {
        at += 1;
        let Some(parsed) = all.get(&path) else {
            continue;
        };
        for related in PomXml.related(&path, parsed) {
            let Related::Consult(name) = related else {
                panic!("included");
            };
            if !asked.contains(&name) {
                asked.push(name);
            }
        }
    }
    let seen = all
        .iter()
        .filter(|(path, _)| asked.contains(path))
        .map(|(path, parsed)| (path.clone(), parsed.clone()))
        .collect();
    let own = &all[path.as_bytes()];
    let joined = PomXml.join(path.as_bytes(), own, &Files(seen)).unwrap();
    joined.packages.iter().map(show).collect()
}

#[test]
fn properties_are_filled_in() {
    let text = "<project><groupId>a.b</groupId><artifactId>c</artifactId><version>${revision}</version>
        <properties><revision>1.0</revision><x.version>${base}.3</x.version><base>2</base>
        <loop>${pool}</loop><pool>${loop}</pool></properties><dependencies>
        <dependency><groupId>${project.groupId}</groupId><artifactId>d</artifactId><version>${project.version}</version></dependency>
        <dependency><groupId>e</groupId><artifactId>f</artifactId><version>${x.version}</version><scope>test</scope></dependency>
        <dependency><groupId>e</groupId><artifactId>g</artifactId><version>${loop}</version></dependency>
        <dependency><groupId>e</groupId><artifactId>h</artifactId><version>${env.X}</version></dependency>
        <dependency><groupId>e</groupId><artifactId>i</artifactId></dependency>
        <dependency><groupId>e</groupId><artifactId>j</artifactId><version>[1.0,2.0)</version></dependency>
        <dependency><groupId>e</groupId><artifactId>k</artifactId><version>[1.5]</version><classifier>linux</classifier><type>zip</type></dependency>
        <dependency><groupId>e</groupId><artifactId>l</artifactId><version>LATEST</version></dependency>
        <dependency><groupId>e</groupId><artifactId>m</artifactId><version>3</version><scope>provided</scope></dependency>
        </dependencies></project>";
    assert_eq!(
        alone(text),
        [
            "a.b:c 1.0 root",
            "a.b:d 1.0 direct",
            "e:f 2.3 direct dev",
            "e:k 1.5 classifier=linux type=zip direct",
            "e:m 3 direct dev",
        ]
    );
    let parsed = parse_pom_xml(b"app/pom.xml", text.as_bytes());
    let lines: Vec<_> = parsed.packages.iter().map(|one| one.line).collect();
    assert_eq!(lines, [Some(1), Some(4), Some(5), Some(10), Some(12)]);
}

#[test]
fn laughing_properties_stop() {
    let mut properties = String::from("<p0>ha</p0>");
    for level in 1..30 {
        let below = level - 1;
        let repeated = format!("${{p{below}}}").repeat(10);
        properties += &[
            "<p",
            &level.to_string(),
            ">",
            &repeated,
            "</p",
            &level.to_string(),
            ">",
        ]
        .concat();
    }
    let text = format!(
        "<project><groupId>a</groupId><artifactId>b</artifactId><version>${{p29}}</version><properties>{properties}</properties></project>"
    );
    assert!(alone(&text).is_empty());
}

#[test]
fn only_profiles_that_are_active_by_default_count() {
    let profile = |active: &str, name: &str| {
        format!(
            "<profile><activation><activeByDefault>{active}</activeByDefault></activation><properties><v>1</v></properties>\
             <dependencies><dependency><groupId>a</groupId><artifactId>{name}</artifactId><version>${{v}}</version></dependency></dependencies></profile>"
        )
    };
    let text = format!(
        "<project><profiles>{}{}</profiles></project>",
        profile("true", "yes"),
        profile("false", "no")
    );
    assert_eq!(alone(&text), ["a:yes 1 direct"]);
}

const PARENT: &str = "<project><groupId>a</groupId><artifactId>parent</artifactId><version>1</version><packaging>pom</packaging>
    <parent><groupId>a</groupId><artifactId>grand</artifactId><version>5</version><relativePath/></parent>
    <properties><x>2</x></properties><dependencyManagement><dependencies>
    <dependency><groupId>m</groupId><artifactId>managed</artifactId><version>${x}</version></dependency>
    <dependency><groupId>m</groupId><artifactId>tested</artifactId><version>4</version><scope>test</scope></dependency>
    <dependency><groupId>b</groupId><artifactId>bom</artifactId><version>${bom}</version><type>pom</type><scope>import</scope></dependency>
    </dependencies></dependencyManagement>
    <dependencies><dependency><groupId>m</groupId><artifactId>inherited</artifactId><version>6</version></dependency></dependencies></project>";
const GRAND: &str = "<project><groupId>a</groupId><artifactId>grand</artifactId><version>5</version>
    <dependencyManagement><dependencies>
    <dependency><groupId>m</groupId><artifactId>managed</artifactId><version>99</version></dependency>
    <dependency><groupId>m</groupId><artifactId>far</artifactId><version>${x}.7</version></dependency></dependencies></dependencyManagement></project>";
const BOM: &str = "<project><groupId>b</groupId><artifactId>bom</artifactId><version>3</version><properties><x>8</x></properties>
    <dependencyManagement><dependencies><dependency><groupId>${project.groupId}</groupId><artifactId>boxed</artifactId><version>${x}</version></dependency>
    </dependencies></dependencyManagement></project>";
const CHILD: &str = "<project><parent><groupId>a</groupId><artifactId>parent</artifactId><version>1</version></parent><artifactId>child</artifactId>
    <properties><x>3</x></properties><dependencies>
    <dependency><groupId>m</groupId><artifactId>managed</artifactId></dependency>
    <dependency><groupId>m</groupId><artifactId>tested</artifactId></dependency>
    <dependency><groupId>m</groupId><artifactId>far</artifactId></dependency>
    <dependency><groupId>b</groupId><artifactId>boxed</artifactId></dependency>
    </dependencies></project>";

#[test]
fn parents_and_tables_of_versions_say_what_is_left_out() {
    let parent = PARENT.replace("${bom}", "3");
    let files = [
        ("srv/app/child/pom.xml", CHILD),
        ("srv/app/pom.xml", parent.as_str()),
        ("root/.m2/repository/a/grand/5/grand-5.pom", GRAND),
        ("usr/share/maven-repo/b/bom/3/bom-3.pom", BOM),
    ];
    let expected = [
        "a:child 1 root",
        "m:managed 3 direct",
        "m:tested 4 direct dev",
        "m:far 3.7 direct",
        "b:boxed 8 direct",
        "m:inherited 6 direct",
    ];
    assert_eq!(joined("srv/app/child/pom.xml", &files), expected);
    // The parent in a repository too, and the project in a user's home.
    let files = [
        ("home/u/app/pom.xml", CHILD),
        (
            "home/u/.m2/repository/a/parent/1/parent-1.pom",
            parent.as_str(),
        ),
        ("home/u/.m2/repository/a/grand/5/grand-5.pom", GRAND),
        ("home/u/.m2/repository/b/bom/3/bom-3.pom", BOM),
    ];
    assert_eq!(joined("home/u/app/pom.xml", &files), expected);
}

#[test]
fn another_project_in_the_folder_above_is_no_parent() {
    let other = PARENT.replace(
        "parent</artifactId><version>1",
        "other</artifactId><version>1",
    );
    let files = [
        ("app/child/pom.xml", CHILD),
        ("app/pom.xml", other.as_str()),
    ];
    assert_eq!(joined("app/child/pom.xml", &files), ["a:child 1 root"]);
}

#[test]
fn circles_end() {
    let circle = |own: &str, parent: &str| {
        format!(
            "<project><parent><groupId>a</groupId><artifactId>{parent}</artifactId><version>1</version><relativePath>../{parent}/pom.xml</relativePath></parent>\
             <artifactId>{own}</artifactId><dependencyManagement><dependencies><dependency><groupId>a</groupId><artifactId>{own}</artifactId><version>1</version>\
             <type>pom</type><scope>import</scope></dependency></dependencies></dependencyManagement>\
             <dependencies><dependency><groupId>x</groupId><artifactId>y</artifactId></dependency></dependencies></project>"
        )
    };
    let (x, y) = (circle("x", "y"), circle("y", "x"));
    let files = [
        ("x/pom.xml", x.as_str()),
        ("y/pom.xml", y.as_str()),
        ("root/.m2/repository/a/x/1/x-1.pom", x.as_str()),
        ("root/.m2/repository/a/y/1/y-1.pom", y.as_str()),
    ];
    assert_eq!(joined("x/pom.xml", &files), ["a:x 1 root"]);
}

#[test]
fn what_lies_in_a_repository_is_no_project() {
    let path = b"root/.m2/repository/a/grand/5/grand-5.pom";
    assert!(PomXml.accepts(path));
    assert!(!PomXml.accepts(b"home/u/notes.pom"));
    let Ok(Made::Packages(parsed)) = PomXml.read(path, GRAND.as_bytes(), Needs::default()) else {
        panic!("not read");
    };
    assert!(parsed.packages.is_empty() && parsed.notes.is_some());
    assert!(PomXml.join(path, &parsed, &Files(HashMap::new())).is_none());
}

#[test]
fn other_documents_are_nothing_and_damaged_ones_keep_what_came_before() {
    for text in ["", "<web-app/>", "text", "<project>"] {
        assert!(alone(text).is_empty());
    }
    let text = "<project><groupId>a</groupId><artifactId>b</artifactId><version>1</version><dependencies>\
        <dependency><groupId>c</groupId><artifactId>d</artifactId><version>2</version></dependency><dependency><groupId>";
    let parsed = parse_pom_xml(b"pom.xml", text.as_bytes());
    assert_eq!(parsed.packages.len(), 2);
    assert!(parsed.warnings[0].contains("ends within <groupId>"));
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(GRAND.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(parse_pom_xml(b"pom.xml", &wide).packages.len(), 1);
}
