//! What the name of a jar says: `artifact-version.jar` as Maven writes it, `name_version.jar` as bundles of `OSGi` are called, and where it lies
//! in a repository of Maven or Gradle the group too.

/// Parts of a file name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FileName<'a> {
    pub(super) artifact: &'a str,
    /// Empty where the name has none.
    pub(super) version: &'a str,
    /// For which platform or in which form it was built, where that is known to be no part of the version.
    pub(super) classifier: &'a str,
}

/// Ends of versions that don't begin with a digit.
const QUALIFIERS: &str = "alpha beta cr final ga incubating jre android m milestone pre preview rc release snapshot sp redhat \
    jdk java b build fuse patch p r rev jbossorg jboss hadoop cdh hal atlassian empty nohive dev ea edr \
    d t v lts";

/// Beginnings of classifiers, which say what a jar is for and not which version it is.
const CLASSIFIERS: &str = "linux osx macos mac windows win32 win64 x86 aarch arm natives sources javadoc tests test jar all \
    core shaded standalone exec bin boot plain fat uber nodep noaop no_aop runner executable";

fn begins_with_digit(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    text.starts_with(|first: char| first.is_ascii_digit())
}

/// The letters that `part` begins with, in lower case.
fn word(part: &str) -> String {
    let is_letter = |character: char| character.is_ascii_alphabetic() || character == '_';
    let end = part
        .find(|character: char| !is_letter(character))
        .unwrap_or(part.len());
    part.get(..end).unwrap_or_default().to_ascii_lowercase()
}

fn is_classifier(part: &str) -> bool {
    let word = word(part);
    !begins_with_digit(part)
        && !QUALIFIERS.split(' ').any(|known| known == word)
        && CLASSIFIERS.split(' ').any(|known| {
            word.strip_prefix(known)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        })
}

/// `20240131.235959`, which Maven puts into the version of a snapshot.
fn is_timestamp(part: &str) -> bool {
    let is_digits =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    part.split_once('.')
        .is_some_and(|(day, time)| is_digits(day, 8) && is_digits(time, 6))
}

impl<'a> FileName<'a> {
    /// Takes a name without its extension apart.
    pub(super) fn parse(stem: &'a str) -> Self {
        let parts: Vec<(usize, &str)> = stem
            .split('-')
            .scan(0, |offset, part| {
                let at = *offset;
                *offset += part.len() + 1;
                Some((at, part))
            })
            .collect();
        // A version with dots is the last one; where none has dots it is the first number.
        let dotted = parts.iter().skip(1).rposition(|(_, part)| {
            begins_with_digit(part) && part.contains('.') && !is_timestamp(part)
        });
        let plain = || {
            parts
                .iter()
                .skip(1)
                .position(|(_, part)| begins_with_digit(part))
        };
        let Some(first) = dotted.or_else(plain).map(|position| position + 1) else {
            return Self::without_dash(stem);
        };
        let Some((start, _)) = parts.get(first).copied() else {
            return Self::without_dash(stem);
        };
        let end = parts
            .iter()
            .skip(first + 1)
            .find(|(_, part)| is_classifier(part))
            .map_or(stem.len() + 1, |(at, _)| *at);
        let version = stem.get(start..end - 1).unwrap_or_default();
        let artifact = stem.get(..start.saturating_sub(1)).unwrap_or_default();
        Self {
            artifact: without_series(artifact, version),
            version,
            classifier: stem.get(end..).unwrap_or_default(),
        }
        .or_whole(stem)
    }

    /// `org.example.bundle_1.2.3`, `name.1.2.3`, `name1.2.3`.
    fn without_dash(stem: &'a str) -> Self {
        let bytes = stem.as_bytes();
        let is_start = |at: usize| {
            let rest = stem.get(at..).unwrap_or_default();
            rest.starts_with(|first: char| first.is_ascii_digit()) && rest.contains('.')
        };
        let underscore = memchr::memrchr_iter(b'_', bytes).find(|at| is_start(at + 1));
        if let Some(at) = underscore {
            return Self {
                artifact: stem.get(..at).unwrap_or_default(),
                version: stem.get(at + 1..).unwrap_or_default(),
                classifier: "",
            }
            .or_whole(stem);
        }
        // The digits and dots at the end: three numbers are no part of a name.
        let tail = stem.trim_end_matches(|last: char| last.is_ascii_digit() || last == '.');
        let version = stem.get(tail.len()..).unwrap_or_default();
        let shown = version.trim_start_matches('.');
        if shown.matches('.').count() >= 2 {
            return Self {
                artifact: tail,
                version: shown,
                classifier: "",
            }
            .or_whole(stem);
        }
        Self {
            artifact: stem,
            ..Self::default()
        }
    }

    /// The name as it is, where taking it apart left none.
    fn or_whole(self, stem: &'a str) -> Self {
        if self.artifact.is_empty() {
            return Self {
                artifact: stem,
                ..Self::default()
            };
        }
        self
    }

    /// Whether the version says a number and not just a series: Debian links `3.x`.
    pub(super) fn has_exact_version(&self) -> bool {
        !self.version.is_empty() && !self.version.split('.').any(|part| part == "x")
    }
}

/// `log4j-1.2` in version 1.2.17 is `log4j`: Debian's name for one of two series.
fn without_series<'a>(artifact: &'a str, version: &str) -> &'a str {
    match artifact.rsplit_once('-') {
        Some((name, series))
            if begins_with_digit(series)
                && version
                    .strip_prefix(series)
                    .is_some_and(|rest| rest.starts_with('.')) =>
        {
            name
        }
        _ => artifact,
    }
}

/// Group, artifact and version of a file that lies in a repository: `…/repository/org/example/lib/1.0/lib-1.0.jar` of
/// Maven, `…/files-2.1/org.example/lib/1.0/<digest>/lib-1.0.jar` of Gradle.
pub(super) fn in_repository(path: &str) -> Option<(String, &str, &str)> {
    let mut folders = path.rsplit('/');
    let name = folders.next()?;
    let (stem, _) = name.rsplit_once('.')?;
    if let Some((_, inside)) = path.rsplit_once("/files-2.1/") {
        let mut parts = inside.split('/');
        let (group, artifact, version) = (parts.next()?, parts.next()?, parts.next()?);
        let is_whole = parts.count() == 2 && stem.starts_with(artifact);
        return is_whole.then(|| (group.to_owned(), artifact, version));
    }
    let (version, artifact) = (folders.next()?, folders.next()?);
    let fits = stem
        .strip_prefix(artifact)
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(|rest| {
            rest.strip_prefix(version)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        });
    if !fits {
        return None;
    }
    let group: Vec<&str> = folders
        .take_while(|folder| !matches!(*folder, "repository" | "maven-repo" | "maven2" | "m2"))
        .collect();
    // Without the name of a repository above it, it is not known where the group begins.
    let is_repository = path.contains("/repository/")
        || path.contains("/maven-repo/")
        || path.contains("/maven2/")
        || path.contains("/m2/");
    let group: Vec<&str> = group.into_iter().rev().collect();
    (is_repository && !group.is_empty()).then(|| (group.join("."), artifact, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_artifact_and_version() {
        for (stem, artifact, version) in [
            ("guava-14.0.1", "guava", "14.0.1"),
            ("guava-30.1-jre", "guava", "30.1-jre"),
            ("zstd-jni-1.5.5-4", "zstd-jni", "1.5.5-4"),
            ("json4s-ast_2.12-3.7.0-M11", "json4s-ast_2.12", "3.7.0-M11"),
            ("log4j-1.2-api-2.17.1", "log4j-1.2-api", "2.17.1"),
            ("log4j-1.2-1.2.17", "log4j", "1.2.17"),
            ("hive-shims-0.23-2.3.9", "hive-shims-0.23", "2.3.9"),
            ("javax.inject-1", "javax.inject", "1"),
            ("json-20231013", "json", "20231013"),
            ("lib-1.0-20240131.235959-3", "lib", "1.0-20240131.235959-3"),
            ("lib-2.0-beta-3", "lib", "2.0-beta-3"),
            ("lib-1.0-SNAPSHOT", "lib", "1.0-SNAPSHOT"),
            ("lib-v1.2.3", "lib", "v1.2.3"),
            ("py4j0.10.9.7", "py4j", "0.10.9.7"),
            (
                "org.eclipse.jdt.core_3.32.0.v2022",
                "org.eclipse.jdt.core",
                "3.32.0.v2022",
            ),
            ("commons-io", "commons-io", ""),
            ("log4j2", "log4j2", ""),
            ("app", "app", ""),
            ("-1.0", "-1.0", ""),
            ("", "", ""),
            ("1.0", "1.0", ""),
        ] {
            let name = FileName::parse(stem);
            assert_eq!((name.artifact, name.version), (artifact, version), "{stem}");
        }
    }

    #[test]
    fn classifiers_are_no_part_of_the_version() {
        let name = FileName::parse("netty-transport-native-epoll-4.1.96.Final-linux-x86_64");
        assert_eq!(name.version, "4.1.96.Final");
        assert_eq!(name.classifier, "linux-x86_64");
        let name = FileName::parse("lib-1.0-jar-with-dependencies");
        assert_eq!(
            (name.version, name.classifier),
            ("1.0", "jar-with-dependencies")
        );
    }

    #[test]
    fn repositories_tell_the_group() {
        let told = |path| {
            in_repository(path)
                .map(|(group, artifact, version)| format!("{group}:{artifact}:{version}"))
        };
        assert_eq!(
            told("root/.m2/repository/org/example/deep/lib/1.0/lib-1.0-sources.jar").as_deref(),
            Some("org.example.deep:lib:1.0")
        );
        assert_eq!(
            told("root/.gradle/caches/modules-2/files-2.1/org.example/lib/1.0/abc/lib-1.0.jar")
                .as_deref(),
            Some("org.example:lib:1.0")
        );
        assert_eq!(told("srv/org/example/lib/1.0/lib-1.0.jar"), None);
        assert_eq!(
            told("root/.m2/repository/org/example/lib/1.0/other-1.0.jar"),
            None
        );
        assert_eq!(told("lib-1.0.jar"), None);
    }
}
