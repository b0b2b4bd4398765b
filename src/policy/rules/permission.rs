//! Who may do what with the files: setuid, what everybody may write, capabilities, modes and owners.

use super::account::Accounts;
use super::file::Place;
use crate::files::{self, Question};
use crate::image::EntryKind;
use crate::policy::fields::Globs;
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};

pub(super) struct Permission;

impl Check for Permission {
    fn name(&self) -> &'static str {
        "permission"
    }

    fn title(&self) -> &'static str {
        "No file gives more than it should: setuid, capabilities, what everybody may write, modes, owners"
    }

    fn about(&self) -> &'static str {
        "Each parameter that is given is looked at by itself; with none, `setuid`, `world-writable` and `capability: \"*\"` are. Everybody may write \
         folders such as `/tmp` in which only the owner may delete; they do not count, nor do devices and links. Owners are known by `etc/passwd` and `etc/group` \
         of the image. What stands in a lower layer and is replaced above does not count."
    }

    fn example(&self) -> &'static str {
        "setuid: true\nsetgid: true\nexclude-path: [usr/bin/su, usr/bin/passwd]"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let fields = &mut *asked.0;
        let paths = fields.globs("path", "Only at such paths; globs.");
        let exclude = fields.globs("exclude-path", "Not at such paths; globs.");
        let setuid = fields.flag("setuid", "`true`: no program runs as its owner.");
        let setgid = fields.flag("setgid", "`true`: no program runs as its group.");
        let writable = fields.flag(
            "world-writable",
            "`true`: nothing that everybody may write.",
        );
        let capabilities = fields.globs(
            "capability",
            "No file with such capabilities, as `cap_net_raw`; globs.",
        );
        let most = fields.mode(
            "most",
            "No bit of the mode beyond these, in octal and quotes: `\"0644\"`.",
        );
        let owners = fields.texts("owner", "Names or numbers of users who may own the files.");
        let groups = fields.texts(
            "group",
            "Names or numbers of groups that may own the files.",
        );
        let unknown = fields.flag(
            "unknown-owner",
            "`true`: no file of a user or group that the image does not know.",
        );
        let mut rule = Permissions {
            place: Place { paths, exclude },
            setuid: setuid == Some(true),
            setgid: setgid == Some(true),
            writable: writable == Some(true),
            capabilities,
            any_capability: false,
            most,
            owners,
            groups,
            unknown: unknown == Some(true),
        };
        if !rule.asks_anything() {
            rule.setuid = true;
            rule.writable = true;
            rule.any_capability = true;
        }
        Box::new(rule)
    }
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a parameter of the rule, and any go together"
)]
struct Permissions {
    place: Place,
    setuid: bool,
    setgid: bool,
    writable: bool,
    capabilities: Option<Globs>,
    any_capability: bool,
    most: Option<u16>,
    owners: Vec<String>,
    groups: Vec<String>,
    unknown: bool,
}

impl Permissions {
    fn asks_anything(&self) -> bool {
        self.setuid
            || self.setgid
            || self.writable
            || self.capabilities.is_some()
            || self.most.is_some()
            || self.needs_accounts()
    }

    fn needs_accounts(&self) -> bool {
        self.unknown || !self.owners.is_empty() || !self.groups.is_empty()
    }

    /// What is wrong with a file.
    fn wrongs(&self, file: &files::File, accounts: &Accounts) -> Vec<String> {
        let mut wrongs = Vec::new();
        let mut is_wrong = |does_hold: bool, said: String| {
            if does_hold {
                wrongs.push(said);
            }
        };
        let user = accounts.user(file.uid);
        let group = accounts.group(file.gid);
        let named = |name: Option<&str>, number: u32| match name {
            Some(name) => name.to_owned(),
            None => number.to_string(),
        };
        let is_file = file.kind == EntryKind::File;
        is_wrong(
            self.setuid && is_file && file.mode & 0o4000 != 0,
            format!("runs as its owner {}", named(user, file.uid)),
        );
        is_wrong(
            self.setgid && is_file && file.mode & 0o2000 != 0,
            format!("runs as its group {}", named(group, file.gid)),
        );
        let is_sticky = file.kind == EntryKind::Folder && file.mode & 0o1000 != 0;
        is_wrong(
            self.writable && file.mode & 0o2 != 0 && !is_sticky && file.kind != EntryKind::Special,
            "may be written by everybody".to_owned(),
        );
        if let Some(most) = self.most {
            is_wrong(
                file.mode & !most != 0,
                format!("has a mode beyond {most:04o}"),
            );
        }
        let is_among = |list: &[String], name: Option<&str>, number: u32| {
            list.is_empty()
                || list
                    .iter()
                    .any(|one| Some(one.as_str()) == name || *one == number.to_string())
        };
        is_wrong(
            !is_among(&self.owners, user, file.uid),
            format!("is owned by {}", named(user, file.uid)),
        );
        is_wrong(
            !is_among(&self.groups, group, file.gid),
            format!("is owned by the group {}", named(group, file.gid)),
        );
        is_wrong(
            self.unknown && user.is_none(),
            format!(
                "is owned by user {}, whom the image does not know",
                file.uid
            ),
        );
        is_wrong(
            self.unknown && group.is_none(),
            format!(
                "is owned by group {}, which the image does not know",
                file.gid
            ),
        );
        if let Some(value) = file.capability.as_ref().filter(|_| is_file) {
            match capabilities(value) {
                Some(all) => {
                    let denied = self.capabilities.as_ref();
                    let is_denied = |one: &&String| {
                        self.any_capability || denied.is_some_and(|globs| globs.fits(one))
                    };
                    let found: Vec<&str> =
                        all.iter().filter(is_denied).map(String::as_str).collect();
                    is_wrong(!found.is_empty(), format!("has {}", found.join(", ")));
                }
                None => is_wrong(
                    self.any_capability || self.capabilities.is_some(),
                    "has capabilities in a form that is not known".to_owned(),
                ),
            }
        }
        wrongs
    }
}

impl Judge for Permissions {
    fn asks(&self) -> Option<Question> {
        // Names are shown where they are known.
        Some(Accounts::question())
    }

    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let files = facts.files()?;
        let accounts = match Accounts::read(files, facts.question) {
            Ok(accounts) => accounts,
            Err(reason) if self.needs_accounts() => return Err(reason),
            Err(_) => Accounts::default(),
        };
        let mut evidence = Vec::new();
        let looked_at = |file: &&files::File| {
            !file.is_hidden && file.kind != EntryKind::SymbolicLink && self.place.fits(&file.path)
        };
        for file in files.iter().filter(looked_at) {
            let wrongs = self.wrongs(file, &accounts);
            if wrongs.is_empty() {
                continue;
            }
            evidence.push(Evidence {
                path: Some(file.path.clone()),
                layer: Some(file.layer),
                ..Evidence::new(
                    format!("{} ({}) {}", file.path, shown(file), wrongs.join(" and ")),
                    &[&file.path],
                )
            });
        }
        let broken = match evidence.len() {
            1 => "one file gives more than it should".to_owned(),
            count => format!("{count} files give more than they should"),
        };
        Judgement::of(evidence, broken, "no file gives more than it should")
    }
}

/// A mode as `ls` shows it, and in octal: `-rwsr-xr-x 4755`.
fn shown(file: &files::File) -> String {
    let mode = file.mode;
    let kind = match file.kind {
        EntryKind::Folder => 'd',
        EntryKind::SymbolicLink => 'l',
        EntryKind::Special => 'c',
        EntryKind::File | EntryKind::HardLink => '-',
    };
    let mut text = String::from(kind);
    for (shift, special, sign) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => sign,
            (true, false) => sign.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    format!("{text} {mode:04o}")
}

/// Names by bit, as `linux/capability.h` numbers them.
const CAPABILITIES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

/// The capabilities that a file may have or pass on: `struct vfs_cap_data` of the kernel, all of its revisions. Nothing where it is
/// none of them.
fn capabilities(value: &[u8]) -> Option<Vec<String>> {
    let word = |index: usize| {
        let bytes = value.get(4 * index..4 * index + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    let sets = match (word(0)? >> 24, value.len()) {
        (1, 12) => [word(1)? | word(2)?, 0],
        (2, 20) | (3, 24) => [word(1)? | word(2)?, word(3)? | word(4)?],
        _ => return None,
    };
    let bits = u64::from(sets[0]) | u64::from(sets[1]) << 32;
    let names = (0..64_usize).filter(|bit| bits >> bit & 1 != 0);
    Some(
        names
            .map(|bit| match CAPABILITIES.get(bit) {
                Some(name) => format!("cap_{name}"),
                None => format!("cap_{bit}"),
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_of_all_revisions() {
        // `setcap cap_net_raw+ep`, as it stands in the attribute.
        let second = [
            1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        assert_eq!(capabilities(&second).unwrap(), ["cap_net_raw"]);
        let first = [0, 0, 0, 1, 1, 0, 0, 0, 0, 4, 0, 0];
        assert_eq!(
            capabilities(&first).unwrap(),
            ["cap_chown", "cap_net_bind_service"]
        );
        let mut third = [0; 24];
        third[3] = 3;
        third[12] = 0x80;
        third[19] = 0x80;
        assert_eq!(capabilities(&third).unwrap(), ["cap_bpf", "cap_63"]);
    }

    #[test]
    fn what_is_no_capability_is_not_taken_for_none() {
        for value in [
            &b""[..],
            b"\0\0\0",
            &[0, 0, 0, 2],
            &[0; 20],
            &[0, 0, 0, 2, 1, 0, 0, 0, 1],
        ] {
            assert_eq!(capabilities(value), None, "{value:?}");
        }
    }
}
