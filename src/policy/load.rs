//! From a policy file to rules: every key known, every rule complete, every file that it leads to read once.

use super::document::{self, Node, Value};
use super::exception::Exception;
use super::fields::{Fields, Globs, scalar};
use super::{Action, Asked, CHECKS, Mistake, PolicyError, Rule, near};
use crate::report::Image;
use std::path::{Path, PathBuf};

/// Policies that are built into the program: name, what it is for, text.
pub const BUILT_IN: &[(&str, &str, &str)] = &[
    (
        "default",
        "stops for what is exploited, and for critical findings with a fix; warns of the rest that matters",
        include_str!("../../policies/default.yaml"),
    ),
    (
        "strict",
        "stops for all that an update would mend, for secrets, root and a stale database",
        include_str!("../../policies/strict.yaml"),
    ),
    (
        "cis",
        "what the CIS Docker Benchmark asks of images",
        include_str!("../../policies/cis.yaml"),
    ),
    (
        "config",
        "warns of how a container would run and of how the image was made; what `--scanners config` judges by",
        include_str!("../../policies/config.yaml"),
    ),
];

/// Rules of one policy.
const MOST_RULES: usize = 1000;
/// How many files may lead to one another.
const DEPTH: usize = 8;

/// A policy.
#[derive(Debug)]
pub struct Policy {
    /// Its name, or the file's.
    pub name: String,
    /// Names of images that it is for; all where it is `None`.
    images: Option<Globs>,
    pub(super) rules: Vec<Rule>,
}

impl Policy {
    /// Reads a policy, and those that it leads to, from a file or by the name of a built-in one.
    ///
    /// # Errors
    ///
    /// A file that can't be read, and the first mistake in it.
    pub fn read(name: &str) -> Result<Vec<Self>, PolicyError> {
        let mut policies = Vec::new();
        read(name, Path::new(""), &mut Vec::new(), &mut policies)?;
        Ok(policies)
    }

    /// Whether the policy is for an image.
    pub fn is_for(&self, image: &Image) -> bool {
        let Some(globs) = &self.images else {
            return true;
        };
        image.names.iter().any(|name| globs.fits(name))
    }

    /// Its rules: id, kind, action.
    pub fn rules(&self) -> impl Iterator<Item = (&str, &'static str, Action)> {
        self.rules
            .iter()
            .map(|rule| (rule.id.as_str(), rule.check, rule.action))
    }
}

fn read(
    name: &str,
    folder: &Path,
    above: &mut Vec<PathBuf>,
    policies: &mut Vec<Policy>,
) -> Result<(), PolicyError> {
    let built_in = BUILT_IN.iter().find(|(known, _, _)| *known == name);
    let path = match built_in {
        Some(_) => PathBuf::from(name),
        None => folder.join(name),
    };
    let wrong = |detail: String, hint: Option<String>| PolicyError {
        path: path.clone(),
        line: 0,
        detail,
        hint,
    };
    let text = match built_in {
        Some((_, _, text)) => (*text).to_owned(),
        None => bounded(&path).map_err(|error| {
            let names: Vec<&str> = BUILT_IN.iter().map(|(known, _, _)| *known).collect();
            let is_name = !name.contains(['/', '.']);
            wrong(
                error.to_string(),
                is_name.then(|| {
                    near(name, &names)
                        .unwrap_or_else(|| format!("built-in policies are {}", names.join(", ")))
                }),
            )
        })?,
    };
    let identity = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
    if above.contains(&identity) {
        return Err(wrong("leads to itself".to_owned(), None));
    }
    if above.len() >= DEPTH {
        return Err(wrong(format!("lies deeper than {DEPTH} files"), None));
    }
    let tree = document::parse(&text, &path).map_err(|mistake| mistake.in_file(&path))?;
    let (policy, others) = policy(&tree, &path).map_err(|mistake| mistake.in_file(&path))?;
    let is_list_only = policy.rules.is_empty() && !others.is_empty();
    if !is_list_only {
        policies.push(policy);
    }
    above.push(identity);
    for (images, other) in others {
        let first = policies.len();
        read(
            &other,
            path.parent().unwrap_or(Path::new("")),
            above,
            policies,
        )?;
        // The list says which images it is for, unless the policy itself is choosier.
        for policy in policies
            .iter_mut()
            .skip(first)
            .filter(|policy| policy.images.is_none())
        {
            policy.images = images.as_ref().and_then(|patterns| globs_of(patterns));
        }
    }
    above.pop();
    Ok(())
}

/// The text of a file that is not too large for a policy.
fn bounded(path: &Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    std::fs::File::open(path)?
        .take((1 << 20) + 1)
        .read_to_string(&mut text)?;
    Ok(text)
}

fn globs_of(patterns: &[String]) -> Option<Globs> {
    let list = Value::List(
        patterns
            .iter()
            .map(|pattern| Node {
                line: 0,
                value: Value::Text(pattern.clone()),
            })
            .collect(),
    );
    let entries = [(
        "images".to_owned(),
        Node {
            line: 0,
            value: list,
        },
    )];
    Fields::new(0, &entries).globs("images", "")
}

/// Policies that a policy leads to, each with the images it is for.
type Others = Vec<(Option<Vec<String>>, String)>;

fn policy(tree: &Node, path: &Path) -> Result<(Policy, Others), Mistake> {
    let Value::Map(entries) = &tree.value else {
        return Err(Mistake::new(
            tree.line.max(1),
            format!(
                "a policy is a table with `rules`, not {}",
                tree.value.kind()
            ),
        ));
    };
    let mut fields = Fields::new(tree.line, entries);
    let name = fields.text("name", "What the policy is called.");
    fields.text("description", "What it is for.");
    let images = fields.globs("images", "Names of the images it is for; globs.");
    fields.end(&["rules", "policies"])?;
    let list = |key: &str| -> Result<&[Node], Mistake> {
        match entries.iter().find(|(name, _)| name == key) {
            None => Ok(&[]),
            Some((
                _,
                Node {
                    value: Value::List(items),
                    ..
                },
            )) => Ok(items),
            Some((_, node)) => Err(Mistake::new(
                node.line,
                format!("`{key}` is a list, not {}", node.value.kind()),
            )),
        }
    };
    let items = list("rules")?;
    if items.len() > MOST_RULES {
        return Err(Mistake::new(
            tree.line,
            format!("there are more than {MOST_RULES} rules"),
        ));
    }
    let mut rules: Vec<Rule> = Vec::with_capacity(items.len());
    for item in items {
        let rule = rule(item, path.parent().unwrap_or(path))?;
        if rules.iter().any(|other| other.id == rule.id) {
            return Err(Mistake::new(
                item.line,
                format!("there are two rules with the id `{}`", rule.id),
            ));
        }
        rules.push(rule);
    }
    let mut others = Others::new();
    for item in list("policies")? {
        others.push(other(item)?);
    }
    if rules.is_empty() && others.is_empty() {
        return Err(Mistake::new(
            tree.line.max(1),
            "has no rules: nothing would be judged".to_owned(),
        ));
    }
    let name = name.unwrap_or_else(|| path.display().to_string());
    Ok((
        Policy {
            name,
            images,
            rules,
        },
        others,
    ))
}

/// An entry of `policies`: a name, or a table of images and a name.
fn other(item: &Node) -> Result<(Option<Vec<String>>, String), Mistake> {
    if let Some(name) = scalar(&item.value) {
        return Ok((None, name));
    }
    let Value::Map(entries) = &item.value else {
        return Err(Mistake::new(
            item.line,
            "takes the name of a policy, or a table with `policy` and `images`".to_owned(),
        ));
    };
    let mut fields = Fields::new(item.line, entries);
    let name = fields.text("policy", "A file beside this one, or a built-in policy.");
    let images = fields.texts("images", "Names of the images it is for; globs.");
    fields.need(name.is_some(), "needs `policy`");
    fields.end(&[])?;
    Ok((
        (!images.is_empty()).then_some(images),
        name.unwrap_or_default(),
    ))
}

/// Keys that every rule has.
pub(super) const COMMON: &[&str] = &["id", "title", "check", "action", "except"];

fn rule(item: &Node, folder: &Path) -> Result<Rule, Mistake> {
    let Value::Map(entries) = &item.value else {
        return Err(Mistake::new(
            item.line,
            format!(
                "a rule is a table with `id`, `check` and `action`, not {}",
                item.value.kind()
            ),
        ));
    };
    let line = entries.first().map_or(item.line, |(_, node)| node.line);
    let mut fields = Fields::new(line, entries).in_folder(folder);
    let name = fields.text("check", "The kind of rule.");
    let id = fields.text("id", "Its name in reports.");
    let title = fields.text("title", "What it is for, in reports.");
    let action = fields.word(
        "action",
        &["stop", "warn"],
        "What happens where it is broken.",
    );
    let names: Vec<&str> = CHECKS.iter().map(|check| check.name()).collect();
    let Some(name) = name else {
        let mut mistake = Mistake::new(line, "a rule needs `check`, its kind".to_owned());
        mistake.hint = Some(format!("there are: {}", names.join(", ")));
        return Err(mistake);
    };
    let Some(check) = CHECKS.iter().find(|check| check.name() == name) else {
        fields.complain("check", format!("there is no check `{name}`"));
        let mut mistake = fields
            .end(&names)
            .err()
            .unwrap_or_else(|| Mistake::new(line, format!("there is no check `{name}`")));
        mistake.detail = format!("there is no check `{name}`");
        mistake.hint =
            near(&name, &names).or_else(|| Some(format!("there are: {}", names.join(", "))));
        return Err(mistake);
    };
    let judge = check.prepare(&mut Asked(&mut fields));
    fields.need(action.is_some(), "a rule needs `action`: stop or warn");
    fields.end(COMMON)?;
    let exceptions = match entries.iter().find(|(key, _)| key == "except") {
        None => Vec::new(),
        Some((
            _,
            Node {
                value: Value::List(items),
                ..
            },
        )) => items
            .iter()
            .map(Exception::read)
            .collect::<Result<_, _>>()?,
        Some((_, node)) => {
            return Err(Mistake::new(
                node.line,
                format!("`except` is a list, not {}", node.value.kind()),
            ));
        }
    };
    Ok(Rule {
        id: id.unwrap_or_else(|| name.clone()),
        title,
        check: check.name(),
        action: if action == Some("warn") {
            Action::Warn
        } else {
            Action::Stop
        },
        exceptions,
        judge,
    })
}
