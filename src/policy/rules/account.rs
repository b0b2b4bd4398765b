//! Who may log in: the users of the image.

use crate::files::{Files, Question};
use crate::image::EntryKind;
use crate::policy::fields::Globs;
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub(super) struct Account;

impl Check for Account {
    fn name(&self) -> &'static str {
        "account"
    }

    fn title(&self) -> &'static str {
        "No user of the image is one that should not be: without a password, with the rights of root, with a shell"
    }

    fn about(&self) -> &'static str {
        "Reads `etc/passwd`, `etc/shadow` and `etc/group` as they are in the whole image. Each parameter that is given is looked at by itself; with none, \
         `empty-password` and `root-rights` are. What is no hash as crypt(5) has them, such as `!`, `*` or `x`, lets nobody in. Weak hashes are those of DES \
         and MD5 and those of NT. A line that is no user breaks the rule, since nobody knows who may log in by it."
    }

    fn example(&self) -> &'static str {
        "empty-password: true\nroot-rights: true\nlogin: [root]"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let fields = &mut *asked.0;
        let mut flag = |name, about| fields.flag(name, about) == Some(true);
        let mut rule = Users {
            empty: flag(
                "empty-password",
                "`true`: no user gets in without a password.",
            ),
            root: flag("root-rights", "`true`: no user but root has the number 0."),
            password: flag("password", "`true`: no user has a password to get in with."),
            weak: flag(
                "weak-hash",
                "`true`: no password is hashed in a way that is soon broken.",
            ),
            double: flag("duplicate", "`true`: no name and no number is given twice."),
            login: fields.globs("login", "Users who may have a shell to log in with; globs."),
            deny: fields.globs("deny", "Users who may not be; globs."),
            required: fields.texts("required", "Users who have to be."),
        };
        let is_any = rule.empty || rule.root || rule.password || rule.weak || rule.double;
        let is_named = rule.login.is_some() || rule.deny.is_some() || !rule.required.is_empty();
        if !is_any && !is_named {
            rule.empty = true;
            rule.root = true;
        }
        Box::new(rule)
    }
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a parameter of the rule, and any go together"
)]
struct Users {
    empty: bool,
    root: bool,
    password: bool,
    weak: bool,
    double: bool,
    login: Option<Globs>,
    deny: Option<Globs>,
    required: Vec<String>,
}

const PASSWD: &str = "etc/passwd";
const SHADOW: &str = "etc/shadow";
const GROUP: &str = "etc/group";
/// Malformed lines that are told one by one.
const MALFORMED: usize = 20;

/// The users and groups of an image.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    users: Vec<User>,
    /// The first user of each number: the name that a file's owner is shown by.
    numbers: HashMap<u32, usize>,
    groups: HashMap<u32, String>,
    /// Passwords by name, with their line.
    shadow: HashMap<String, (String, u32)>,
    /// Lines that can't be read: path and line.
    malformed: Vec<(&'static str, u32)>,
    /// Layers of the files.
    layers: HashMap<&'static str, u32>,
}

#[derive(Debug)]
struct User {
    name: String,
    password: String,
    number: u32,
    shell: String,
    line: u32,
}

impl Accounts {
    /// Asks for the texts that users and groups are in.
    pub(super) fn question() -> Question {
        Question {
            paths: Arc::new(|path| [PASSWD, SHADOW, GROUP].contains(&path)),
            text: true,
            ..Question::of_entries()
        }
    }

    /// Reads what [`Accounts::question`] brought. An image without the files has no users.
    pub(super) fn read(files: &Files, question: u32) -> Result<Self, String> {
        let mut accounts = Self::default();
        let shown = files.iter().filter(|file| !file.is_hidden);
        for file in shown {
            let Some(path) = [PASSWD, SHADOW, GROUP]
                .into_iter()
                .find(|path| *path == file.path)
            else {
                continue;
            };
            if !matches!(file.kind, EntryKind::File | EntryKind::SymbolicLink) {
                return Err(format!("{path} is no file"));
            }
            let answer = files.answer(question, file);
            let text = answer
                .filter(|answer| !answer.is_cut)
                .and_then(|answer| answer.text.as_ref());
            let text = text.ok_or_else(|| format!("{path} could not be read"))?;
            accounts.layers.insert(path, file.layer);
            for (line, text) in (1..).zip(text.lines()) {
                // As glibc does: a user with a blank before the name is that user.
                let text = text.trim_start();
                // Lines with `+` and `-` ask a directory service.
                if !text.is_empty()
                    && !text.starts_with(['#', '+', '-'])
                    && accounts.add(path, line, text).is_none()
                {
                    accounts.malformed.push((path, line));
                }
            }
        }
        Ok(accounts)
    }

    /// Reads a line; nothing where it is malformed. The forms are those of passwd(5), shadow(5) and group(5).
    fn add(&mut self, path: &str, line: u32, text: &str) -> Option<()> {
        let fields: Vec<&str> = text.split(':').collect();
        match (path, fields.as_slice()) {
            (PASSWD, [name, password, number, _, _, _, shell]) if !name.is_empty() => {
                let number = number.parse().ok()?;
                self.numbers.entry(number).or_insert(self.users.len());
                self.users.push(User {
                    name: (*name).to_owned(),
                    password: (*password).to_owned(),
                    number,
                    shell: (*shell).to_owned(),
                    line,
                });
            }
            (SHADOW, [name, password, ..]) if !name.is_empty() => {
                self.shadow
                    .entry((*name).to_owned())
                    .or_insert_with(|| ((*password).to_owned(), line));
            }
            (GROUP, [name, _, number, _]) if !name.is_empty() => {
                self.groups
                    .entry(number.parse().ok()?)
                    .or_insert_with(|| (*name).to_owned());
            }
            _ => return None,
        }
        Some(())
    }

    /// The name of a user.
    pub(super) fn user(&self, number: u32) -> Option<&str> {
        let user = self.users.get(*self.numbers.get(&number)?)?;
        Some(&user.name)
    }

    /// The name of a group.
    pub(super) fn group(&self, number: u32) -> Option<&str> {
        self.groups.get(&number).map(String::as_str)
    }

    /// A user's password as it is hashed, and where it stands; nothing where the user is not asked for one that could be right.
    fn password<'a>(&'a self, user: &'a User) -> Option<(&'a str, &'static str, u32)> {
        if user.password == "x" {
            let (password, line) = self.shadow.get(&user.name)?;
            return Some((password, SHADOW, *line));
        }
        Some((&user.password, PASSWD, user.line))
    }
}

/// Whether a password may let somebody in: what has none of the forms of crypt(5) is the hash of none.
fn is_hash(password: &str) -> bool {
    let is_sign = |sign: u8| sign.is_ascii_alphanumeric() || b"./".contains(&sign);
    let is_traditional = password.len() >= TRADITIONAL && password.bytes().all(is_sign);
    is_traditional || password.starts_with(['$', '_'])
}

/// Signs of a hash by DES; some systems append further ones for longer passwords.
const TRADITIONAL: usize = 13;

/// Names a hash that is soon broken, by its form.
fn weak(password: &str) -> Option<&'static str> {
    if !is_hash(password) {
        return None;
    }
    [
        (!password.starts_with('$'), "DES"),
        (
            password.starts_with("$1$") || password.starts_with("$md5"),
            "MD5",
        ),
        (password.starts_with("$3$"), "NT"),
    ]
    .into_iter()
    .find_map(|(is_so, name)| is_so.then_some(name))
}

/// Whether a shell is one; no shell at all is `/bin/sh`.
fn is_shell(shell: &str) -> bool {
    let name = shell.trim_end().rsplit('/').next().unwrap_or_default();
    !["nologin", "false", "true", "sync", "shutdown", "halt"].contains(&name)
}

impl Judge for Users {
    fn asks(&self) -> Option<Question> {
        Some(Accounts::question())
    }

    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let accounts = Accounts::read(facts.files()?, facts.question)?;
        let mut evidence = Vec::new();
        let mut add = |said: String, path: &'static str, line: Option<u32>, name: &str| {
            evidence.push(Evidence {
                path: Some(path.to_owned()),
                layer: accounts.layers.get(path).copied(),
                line,
                ..Evidence::new(said, &[name])
            });
        };
        for (path, line) in accounts.malformed.iter().take(MALFORMED) {
            let said = format!("line {line} of {path} is malformed");
            add(said, path, Some(*line), "malformed");
        }
        if let Some((path, line)) = accounts.malformed.get(MALFORMED) {
            let more = accounts.malformed.len() - MALFORMED;
            let said = format!("{more} more lines are malformed, from line {line} of {path} on");
            add(said, path, Some(*line), "malformed");
        }
        let (mut names, mut numbers) = (HashSet::new(), HashMap::new());
        for user in &accounts.users {
            let name = &user.name;
            let line = Some(user.line);
            if self.root && user.number == 0 && name != "root" {
                add(
                    format!("{name} has the number 0, and so the rights of root"),
                    PASSWD,
                    line,
                    name,
                );
            }
            if self.double && !names.insert(name.as_str()) {
                add(format!("{name} is there twice"), PASSWD, line, name);
            }
            if self.double
                && let Some(other) = numbers.insert(user.number, name)
                && other != name
            {
                add(
                    format!("{name} and {other} have the number {}", user.number),
                    PASSWD,
                    line,
                    name,
                );
            }
            if self.deny.as_ref().is_some_and(|deny| deny.fits(name)) {
                add(format!("{name} is a user of the image"), PASSWD, line, name);
            }
            let may_log_in = self.login.as_ref().is_none_or(|login| login.fits(name));
            if !may_log_in && is_shell(&user.shell) {
                let shell = if user.shell.is_empty() {
                    "/bin/sh"
                } else {
                    &user.shell
                };
                add(format!("{name} has the shell {shell}"), PASSWD, line, name);
            }
            let Some((password, path, line)) = accounts.password(user) else {
                continue;
            };
            if self.empty && password.is_empty() {
                add(
                    format!("{name} gets in without a password"),
                    path,
                    Some(line),
                    name,
                );
            }
            if self.password && is_hash(password) {
                add(format!("{name} has a password"), path, Some(line), name);
            }
            if self.weak
                && let Some(kind) = weak(password)
            {
                add(
                    format!("{name} has a password that is hashed by {kind}"),
                    path,
                    Some(line),
                    name,
                );
            }
        }
        for name in &self.required {
            if !accounts.users.iter().any(|user| user.name == *name) {
                add(format!("there is no user {name}"), PASSWD, None, name);
            }
        }
        let count = evidence.len();
        let broken = if count == 1 {
            "one thing is not as it should be with the users".to_owned()
        } else {
            format!("{count} things are not as they should be with the users")
        };
        Judgement::of(evidence, broken, "the users are as they should be")
    }
}
