//! `Gemfile.lock` and `gems.locked`, as Bundler writes them
//! (<https://github.com/rubygems/rubygems/blob/master/bundler/lib/bundler/lockfile_parser.rb>).
//!
//! Sections without indentation (`GEM`, `GIT`, `PATH`, `PLUGIN SOURCE`) name a source by options two blanks deep, and below
//! `specs:` its gems four blanks deep, what each asks for six blanks deep. `DEPENDENCIES` lists what the Gemfile names.
//! In `name (version-platform)` the version has no `-`; the part behind the first is the platform. A gem that is
//! locked for several platforms is one package.
//!
//! Groups of the Gemfile (`:development`) are not in the lockfile: the Gemfile beside it says what is for development.

use super::gemfile::Gemfile;
use super::set_platform;
use crate::inventory::listing::Listing;
use crate::inventory::parsed::{InstalledPackage, Notes, Parsed, ReadError};
use crate::inventory::reader::{
    Made, Needs, Others, PackageReader, Pattern, Related, base_name, beside,
};
use crate::inventory::text::{Lines, decoded, shown};
use crate::packages::{Evidence, GEM, Origin, OriginKind, Package, Relation};
use hashbrown::{HashMap, HashSet};
use nom::bytes::complete::{tag, take_till, take_till1, take_while};
use nom::character::complete::char;
use nom::combinator::{opt, rest};
use nom::sequence::{delimited, preceded, separated_pair};
use nom::{IResult, Parser};

/// Reads what Bundler locked.
#[derive(Debug)]
pub(crate) struct GemfileLock;

impl PackageReader for GemfileLock {
    fn name(&self) -> &'static str {
        "gemfile-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        let names = MANIFESTS
            .iter()
            .flat_map(|(lock, manifest)| [*lock, *manifest]);
        names.map(Pattern::Name).collect()
    }

    /// The largest have a few thousand lines.
    fn limit(&self) -> u64 {
        8 << 20
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        let name = base_name(path);
        if MANIFESTS
            .iter()
            .any(|(_, manifest)| name == manifest.as_bytes())
        {
            return Ok(Made::Packages(Parsed {
                notes: Gemfile::parse(&decoded(content)).map(Notes::new),
                ..Parsed::default()
            }));
        }
        Ok(Made::Packages(parse_gemfile_lock(content)))
    }

    fn related(&self, path: &[u8], parsed: &Parsed) -> Vec<Related> {
        if parsed.packages.is_empty() {
            return Vec::new();
        }
        manifest(path).map(Related::Consult).into_iter().collect()
    }

    fn join(&self, path: &[u8], parsed: &Parsed, others: &dyn Others) -> Option<Parsed> {
        let graph: &Graph = parsed.notes()?;
        let gemfile: &Gemfile = others.get(&manifest(path)?)?.notes()?;
        let mut joined = parsed.clone();
        graph.mark(&mut joined.packages, gemfile);
        Some(joined)
    }
}

/// The lockfiles' names, each with that of what people write.
const MANIFESTS: [(&str, &str); 2] = [("Gemfile.lock", "Gemfile"), ("gems.locked", "gems.rb")];

/// What was written beside the lockfile at `path`.
fn manifest(path: &[u8]) -> Option<Vec<u8>> {
    let name = base_name(path);
    let (_, manifest) = MANIFESTS.iter().find(|(lock, _)| name == lock.as_bytes())?;
    Some(beside(path, manifest))
}

/// What the gems of a lockfile ask for.
#[derive(Debug, Default)]
struct Graph {
    /// By name; gems of several versions or platforms ask for what any of them does.
    wanted: HashMap<String, Vec<String>>,
    /// What `DEPENDENCIES` names.
    direct: Vec<String>,
}

impl Graph {
    /// Gems that can be reached from what is named directly and `counts` says yes to.
    fn reached(&self, counts: impl Fn(&str) -> bool) -> HashSet<&str> {
        let mut reached: HashSet<&str> = HashSet::new();
        let direct = self.direct.iter().map(String::as_str);
        let mut pending: Vec<&str> = direct.filter(|name| counts(name)).collect();
        while let Some(name) = pending.pop() {
            if reached.insert(name) {
                let wanted = self.wanted.get(name).into_iter().flatten();
                pending.extend(wanted.map(String::as_str));
            }
        }
        reached
    }

    /// Marks what only gems for development lead to. One that the Gemfile doesn't name, as those of a `gemspec` line, is
    /// needed.
    fn mark(&self, packages: &mut [InstalledPackage], gemfile: &Gemfile) {
        let is_dev = |name: &str| gemfile.gems.get(name).copied().unwrap_or_default();
        let needed = self.reached(|name| !is_dev(name));
        let dev = self.reached(is_dev);
        for listed in packages {
            let name = listed.package.name.as_str();
            listed.dev = dev.contains(name) && !needed.contains(name);
        }
    }
}

/// What a section is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Gem,
    Git,
    Path,
    Plugin,
    Dependencies,
    Other,
}

impl Section {
    /// By a line without indentation; nothing where that is no heading.
    fn of(line: &str) -> Option<Self> {
        Some(match line {
            "GEM" => Self::Gem,
            "GIT" => Self::Git,
            "PATH" => Self::Path,
            "PLUGIN SOURCE" => Self::Plugin,
            "DEPENDENCIES" => Self::Dependencies,
            // `PLATFORMS`, `CHECKSUMS`, `RUBY VERSION`, `BUNDLED WITH`, and what newer versions add.
            _ => {
                let is_heading = line
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte == b' ');
                return is_heading.then_some(Self::Other);
            }
        })
    }
}

/// Where the gems of the section at hand come from.
#[derive(Default)]
struct Source<'a> {
    remote: Option<&'a str>,
    /// Bundler once wrote all its registries into one section; which a gem is from cannot be told then.
    is_ambiguous: bool,
    revision: Option<&'a str>,
}

impl Source<'_> {
    fn origin(&self, section: Section) -> Option<Origin> {
        let remote = self.remote.filter(|_| !self.is_ambiguous)?;
        let kind = match section {
            Section::Gem => OriginKind::Registry,
            Section::Git => OriginKind::Git,
            Section::Path => OriginKind::Path,
            _ => return Origin::of_address(remote).map(|origin| origin.at(self.revision)),
        };
        Origin::new(kind, remote).map(|origin| origin.at(self.revision))
    }
}

/// Packages of a lockfile; nothing where it is none.
pub fn parse_gemfile_lock(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let mut listing = Listing::new(Evidence::Lockfile);
    let mut section = None;
    let mut source = Source::default();
    let mut in_specs = false;
    let mut direct: HashSet<&str> = HashSet::new();
    let mut graph = Graph::default();
    // The gem that the lines with six blanks belong to.
    let mut current: Option<&str> = None;
    // Where in the listing each gem is.
    let mut known: HashMap<(&str, &str, Option<&str>), usize> = HashMap::new();
    for line in Lines::new(text.as_bytes()) {
        let Some(whole) = text.get(line.offset..line.offset + line.bytes.len()) else {
            continue;
        };
        let (indentation, content) = indented(whole.trim_end());
        if content.is_empty() {
            continue;
        }
        if indentation == 0 {
            match Section::of(content) {
                Some(next) => {
                    (section, source, in_specs) = (Some(next), Source::default(), false);
                }
                None if section.is_some() => {
                    listing
                        .warnings
                        .push(|| not_understood(line.number, content));
                    section = Some(Section::Other);
                }
                // Something else by this name.
                None => return Parsed::default(),
            }
            continue;
        }
        match (section, indentation) {
            (None, _) => return Parsed::default(),
            (Some(Section::Other), _) => {}
            (Some(Section::Dependencies), 2) => match dependency(content) {
                Ok((_, name)) => {
                    direct.insert(name);
                }
                Err(_) => listing
                    .warnings
                    .push(|| not_understood(line.number, content)),
            },
            (Some(_), 2) => match option(content) {
                Ok((_, ("specs", _))) => in_specs = true,
                Ok((_, ("remote", value))) => {
                    source.is_ambiguous |= source.remote.is_some_and(|other| other != value);
                    source.remote = Some(value);
                }
                Ok((_, ("revision", value))) => source.revision = Some(value),
                Ok(_) => {}
                Err(_) => listing
                    .warnings
                    .push(|| not_understood(line.number, content)),
            },
            (Some(section), 4) if in_specs => {
                if let Ok((_, (name, version, platform))) = specification(content) {
                    current = Some(name);
                    let package = Package::new(&GEM, name, version);
                    let key = (name, version, source.remote);
                    if let Some(listed) =
                        known.get(&key).and_then(|at| listing.packages.get_mut(*at))
                    {
                        // Several platforms: which of them is the one at hand is not said.
                        listed.package.qualifiers.clear();
                    } else {
                        let at = listing.packages.len();
                        if let Some(listed) = listing.add(package, Some(line.number)) {
                            known.insert(key, at);
                            if let Some(platform) = platform {
                                set_platform(&mut listed.package, platform);
                            }
                            listed.package.origin = source.origin(section);
                            let is_project = section == Section::Path && source.remote == Some(".");
                            listed.relation = is_project.then_some(Relation::Root);
                        }
                    }
                } else {
                    current = None;
                    listing
                        .warnings
                        .push(|| not_understood(line.number, content));
                }
            }
            (Some(_), 6) if in_specs => {
                if let (Some(current), Ok((_, wanted))) = (current, dependency(content)) {
                    let list = graph.wanted.entry_ref(current).or_default();
                    list.push(wanted.to_owned());
                }
            }
            _ => {}
        }
    }
    // Which of a file's gems are transitive is only known from a whole file.
    if !direct.is_empty() {
        for listed in &mut listing.packages {
            let is_direct = direct.contains(listed.package.name.as_str());
            listed.relation.get_or_insert(if is_direct {
                Relation::Direct
            } else {
                Relation::Transitive
            });
        }
    }
    let mut parsed = listing.finish();
    if !parsed.packages.is_empty() && !direct.is_empty() {
        graph.direct = direct.into_iter().map(str::to_owned).collect();
        graph.direct.sort_unstable();
        parsed.notes = Some(Notes::new(graph));
    }
    parsed
}

fn not_understood(line: u32, content: &str) -> String {
    format!(
        "line {line} is not understood: `{}`",
        shown(content.as_bytes())
    )
}

/// The number of blanks that a line begins with, and the rest of it.
fn indented(line: &str) -> (usize, &str) {
    let content = line.trim_start_matches(' ');
    (line.len() - content.len(), content)
}

/// `remote: https://…/`, `specs:`.
fn option(line: &str) -> IResult<&str, (&str, &str)> {
    separated_pair(
        take_till1(|character| character == ':'),
        (char(':'), take_while(|character| character == ' ')),
        rest,
    )
    .parse(line)
}

/// A gem's name: what stands before the first blank or `!`.
fn name(text: &str) -> IResult<&str, &str> {
    take_till1(|character| matches!(character, ' ' | '!' | '(' | ')')).parse(text)
}

/// `rails (= 7.0.8)`, `rails!`.
fn dependency(line: &str) -> IResult<&str, &str> {
    name.parse(line)
}

/// `nokogiri (1.15.4-x86_64-linux)`: name, version and platform.
fn specification(line: &str) -> IResult<&str, (&str, &str, Option<&str>)> {
    let version = take_till1(|character| matches!(character, '-' | ')'));
    let platform = preceded(char('-'), take_till(|character| character == ')'));
    let versions = delimited(char('('), (version, opt(platform)), char(')'));
    let (remaining, (name, (version, platform))) =
        separated_pair(name, tag(" "), versions).parse(line)?;
    Ok((remaining, (name, version, platform)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Vec<String> {
        let parsed = parse_gemfile_lock(text.as_bytes());
        let packages = parsed.packages.iter().map(|one| {
            let relation = one.relation.map(Relation::as_str);
            format!(
                "{} {} {:?} {} {}",
                one.package.name,
                one.package.version,
                one.package
                    .qualifiers
                    .first()
                    .map(|(_, value)| value.as_str()),
                one.line.unwrap_or_default(),
                relation.unwrap_or("-")
            )
        });
        packages.chain(parsed.warnings.iter().cloned()).collect()
    }

    #[test]
    fn platforms_of_a_gem_are_one_package() {
        let text = "GEM\n  remote: https://gems.example/\n  specs:\n    nokogiri (1.15.4)\n      racc (~> 1.4)\n    \
                    nokogiri (1.15.4-x86_64-linux)\n    racc (1.7.1-java)\n\nPLATFORMS\n  ruby\n  java\n\nDEPENDENCIES\n  nokogiri\n";
        assert_eq!(
            listed(text),
            [
                "nokogiri 1.15.4 None 4 direct",
                "racc 1.7.1 Some(\"java\") 7 transitive"
            ]
        );
    }

    #[test]
    fn carriage_returns_and_byte_order_marks_do_no_harm() {
        let text = "\u{feff}GEM\r\n  specs:\r\n    rack (3.0.8)\r\n";
        assert_eq!(listed(text), ["rack 3.0.8 None 3 -"]);
    }

    #[test]
    fn a_damaged_line_is_a_warning() {
        let text = "GEM\n  specs:\n    rack (3.0\n<<<<<<< HEAD\nGEM\n  specs:\n    rake (13.0.6)\n    ()\n    \u{7}x (1)\n";
        assert_eq!(
            listed(text),
            [
                "rake 13.0.6 None 7 -",
                "line 3 is not understood: `rack (3.0`",
                "line 4 is not understood: `<<<<<<< HEAD`",
                "line 8 is not understood: `()`",
                "line 9: package `\\u{7}x` is left out: its name is none"
            ]
        );
    }

    #[test]
    fn something_else_by_this_name_is_nothing() {
        for text in ["", "\n\n", "locked by me\n", "  indented\n", "{\"a\": 1}"] {
            assert!(parse_gemfile_lock(text.as_bytes()).is_empty(), "{text}");
        }
    }

    #[test]
    fn which_of_several_registries_a_gem_is_from_is_not_guessed() {
        let text = "GEM\n  remote: https://a.example/\n  remote: https://b.example/\n  remote: https://b.example/\n  specs:\n    rack (3.0.8)\n";
        assert_eq!(
            parse_gemfile_lock(text.as_bytes()).packages[0]
                .package
                .origin,
            None
        );
    }
}
