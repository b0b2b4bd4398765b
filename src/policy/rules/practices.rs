//! What people agree not to do in the steps of a build: each by a name, so that a policy need not write the expression.
//!
//! What they are is Docker's own advice (<https://docs.docker.com/build/building/best-practices/>); linters of Dockerfiles check the same
//! (hadolint: DL3004, DL3007, DL3008, DL3009, DL3020, DL3025, DL4006).

use crate::report::ImageConfig;
use regex::Regex;
use std::sync::LazyLock;

/// Something that is not to be done.
pub(super) struct Practice {
    pub(super) name: &'static str,
    /// Behind the step: what is wrong with it.
    pub(super) said: &'static str,
    /// Whether a step does it.
    pub(super) is_broken: fn(&str, &ImageConfig) -> bool,
}

pub(super) const PRACTICES: &[Practice] = &[
    Practice {
        name: "add-url",
        said: "adds what an address holds, unchecked",
        is_broken: |step, _| {
            let is_checked = step.contains("--checksum=");
            step.starts_with("ADD ") && !is_checked && has_address(step)
        },
    },
    Practice {
        name: "apt-no-clean",
        said: "leaves apt's lists of packages in the layer",
        is_broken: |step, _| {
            // A mounted cache is in no layer.
            let is_cleaned = step.contains("/var/lib/apt/lists") || step.contains("type=cache");
            is_run(step)
                && !is_cleaned
                && commands(step).any(|words| apt(&words, "update").is_some())
        },
    },
    Practice {
        name: "apt-unpinned",
        said: "installs packages of apt without a version",
        is_broken: |step, _| {
            is_run(step)
                && commands(step).any(|words| {
                    apt(&words, "install")
                        .is_some_and(|packages| packages.iter().any(|name| is_unpinned(name)))
                })
        },
    },
    Practice {
        name: "chmod-777",
        said: "lets everybody write",
        is_broken: |step, _| {
            let is_open = |word: &&str| {
                ["777", "0777", "a+rwx", "ugo+rwx"].contains(word)
                    || *word == "--chmod=777"
                    || *word == "--chmod=0777"
            };
            let opens =
                |words: Vec<&str>| words.first() == Some(&"chmod") && words.iter().any(is_open);
            let is_copied = ["COPY ", "ADD "].iter().any(|word| step.starts_with(word));
            is_run(step) && commands(step).any(opens)
                || is_copied && step.split_whitespace().any(|word| is_open(&word))
        },
    },
    Practice {
        name: "latest-base",
        said: "",
        // Not of a single step: the rule asks the Dockerfile or the labels.
        is_broken: |_, _| false,
    },
    Practice {
        name: "pipe-to-shell",
        said: "runs unseen what was fetched",
        is_broken: |step, _| is_run(step) && PIPED.is_match(step),
    },
    Practice {
        name: "shell-form",
        said: "is run by a shell, which passes no signals on",
        is_broken: |step, config| {
            let is_shell = |words: &[String]| matches!(words, [shell, option, ..] if option == "-c" && (shell == "/bin/sh" || shell == "/bin/bash"));
            step.starts_with("ENTRYPOINT ") && is_shell(&config.entrypoint)
                || step.starts_with("CMD ") && config.entrypoint.is_empty() && is_shell(&config.cmd)
        },
    },
    Practice {
        name: "ssh-server",
        said: "installs or starts a server for ssh",
        is_broken: |step, _| SSH.is_match(step),
    },
    Practice {
        name: "sudo",
        said: "uses sudo, though it may say USER",
        is_broken: |step, _| {
            is_run(step) && commands(step).any(|words| words.first() == Some(&"sudo"))
        },
    },
];

#[expect(
    clippy::expect_used,
    reason = "the expressions are written here and tested"
)]
static PIPED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:curl|wget)\b[^|;&]*\|\s*(?:sudo\s+(?:-\S+\s+)*)?(?:/\S*/)?(?:env\s+)?(?:ba|da|z|k|a)?sh\b|\b(?:ba|da|z|k|a)?sh\s+(?:-c\s+)?[\x22']?(?:<\(|\$\(|`)\s*(?:curl|wget)\b")
        .expect("an expression")
});

#[expect(
    clippy::expect_used,
    reason = "the expressions are written here and tested"
)]
static SSH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:^|[\s/])(?:openssh-server|dropbear|tinysshd)(?:[\s=;&]|$)|(?:^|[\s/])sshd(?:\s|$)",
    )
    .expect("an expression")
});

fn is_run(step: &str) -> bool {
    step.starts_with("RUN ")
}

fn has_address(step: &str) -> bool {
    step.split_whitespace().any(|word| {
        ["http://", "https://", "ftp://"].iter().any(|scheme| {
            word.trim_start_matches(['[', '"', '\''])
                .starts_with(scheme)
        })
    })
}

/// The commands of a step, each as its words: parted where a shell parts them, without the assignments and words that stand in front of a
/// command. No shell's grammar, and none is needed to see what is called.
fn commands(step: &str) -> impl Iterator<Item = Vec<&str>> {
    let step = step.strip_prefix("RUN ").unwrap_or(step);
    step.split(['\n', ';', '&', '|', '(', ')', '{', '}'])
        .map(|command| {
            let is_in_front = |word: &&str| {
                let is_assignment = word.split_once('=').is_some_and(|(name, _)| {
                    !name.is_empty()
                        && name
                            .chars()
                            .all(|sign| sign.is_ascii_alphanumeric() || sign == '_')
                });
                let is_word = [
                    "set", "then", "do", "if", "!", "exec", "env", "time", "else",
                ]
                .contains(word);
                is_assignment
                    || is_word
                    || word.starts_with("--mount=")
                    || word.starts_with("--network=")
            };
            command
                .split_whitespace()
                .map(|word| word.trim_matches(['"', '\'', ',', '[', ']']))
                .filter(|word| !word.is_empty())
                .skip_while(is_in_front)
                .collect()
        })
}

/// What stands behind a subcommand of apt, without options: the packages that it installs.
fn apt<'w>(words: &[&'w str], subcommand: &str) -> Option<Vec<&'w str>> {
    let start = usize::from(words.first() == Some(&"sudo"));
    let program = words.get(start)?.rsplit('/').next()?;
    if !["apt", "apt-get", "aptitude"].contains(&program) {
        return None;
    }
    let mut rest = words[start + 1..].iter().copied();
    let mut found = false;
    let mut names = Vec::new();
    while let Some(word) = rest.next() {
        if ["-o", "-t", "-c", "-a"].contains(&word) {
            // These take the next word.
            rest.next();
        } else if word.starts_with('-') {
        } else if !found && word == subcommand {
            found = true;
        } else if !found {
            return None;
        } else if word != "\\" {
            names.push(word);
        }
    }
    found.then_some(names)
}

/// Whether a package of apt is named without a version: files have theirs in the name, and what is in a variable is not known.
fn is_unpinned(name: &str) -> bool {
    !name.contains('=')
        && !name.contains('$')
        && !name.contains('/')
        && !name.starts_with(['>', '<'])
        && !name.starts_with("2>")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(entrypoint: &[&str], command: &[&str]) -> ImageConfig {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        ImageConfig {
            entrypoint: owned(entrypoint),
            cmd: owned(command),
            ..ImageConfig::default()
        }
    }

    fn broken(step: &str) -> Vec<&'static str> {
        let config = config(&[], &["/bin/sh", "-c", "serve"]);
        let broken = PRACTICES
            .iter()
            .filter(|practice| (practice.is_broken)(step, &config));
        broken.map(|practice| practice.name).collect()
    }

    #[test]
    fn each_is_seen_and_a_near_miss_is_not() {
        for (step, expected) in [
            ("ADD https://a.example/x.tar.gz /x", vec!["add-url"]),
            (
                "ADD --checksum=sha256:00 https://a.example/x.tar.gz /x",
                vec![],
            ),
            ("ADD file:abc in /", vec![]),
            ("COPY https.txt /x", vec![]),
            (
                "RUN apt-get update && apt-get install -y curl",
                vec!["apt-no-clean", "apt-unpinned"],
            ),
            (
                "RUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.1-10 && rm -rf /var/lib/apt/lists/*",
                vec![],
            ),
            (
                "RUN --mount=type=cache,target=/var/cache/apt apt-get update",
                vec![],
            ),
            (
                "RUN DEBIAN_FRONTEND=noninteractive apt-get -qq -o A=b install curl",
                vec!["apt-unpinned"],
            ),
            ("RUN apt-get install -y ./local.deb $PACKAGES", vec![]),
            ("RUN apt-get remove -y curl", vec![]),
            ("RUN echo apt-get install curl", vec![]),
            (
                "RUN set -eux; sudo apt install -t stable curl",
                vec!["apt-unpinned", "sudo"],
            ),
            (
                "RUN curl -fsSL https://a.example/i.sh | bash -s -- -y",
                vec!["pipe-to-shell"],
            ),
            (
                "RUN wget -qO- https://a.example | sudo -E sh",
                vec!["pipe-to-shell", "sudo"],
            ),
            (
                "RUN bash -c \"$(curl -fsSL https://a.example)\"",
                vec!["pipe-to-shell"],
            ),
            (
                "RUN bash <(curl -s https://a.example)",
                vec!["pipe-to-shell"],
            ),
            ("RUN curl https://a.example | tar xz", vec![]),
            ("RUN curl https://a.example/x && bash x", vec![]),
            ("RUN curl https://a.example/x | sha256sum -c", vec![]),
            ("RUN chmod -R 777 /app", vec!["chmod-777"]),
            ("RUN chmod 0755 /app/777", vec![]),
            ("COPY --chmod=777 a /a", vec!["chmod-777"]),
            ("RUN apk add --no-cache openssh-server", vec!["ssh-server"]),
            ("RUN apk add openssh-client", vec![]),
            ("CMD /usr/sbin/sshd -D", vec!["shell-form", "ssh-server"]),
            ("RUN echo sudo", vec![]),
            ("RUN apk add sudo", vec![]),
        ] {
            assert_eq!(broken(step), expected, "{step}");
        }
    }

    #[test]
    fn a_shell_that_runs_the_entrypoint() {
        let form = PRACTICES
            .iter()
            .find(|one| one.name == "shell-form")
            .unwrap();
        let shell = config(&["/bin/sh", "-c", "serve"], &["x"]);
        assert!((form.is_broken)("ENTRYPOINT /bin/sh -c serve", &shell));
        assert!(!(form.is_broken)("CMD x", &shell));
        let plain = config(&["/serve"], &["/bin/sh", "-c"]);
        assert!(!(form.is_broken)("ENTRYPOINT /serve", &plain));
        assert!(!(form.is_broken)("CMD /bin/sh -c", &plain));
    }
}
