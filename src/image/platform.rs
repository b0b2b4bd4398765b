//! Platforms: `os/architecture[/variant]` (OCI image index specification, `platform`).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What an image runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Platform {
    /// `linux`, `windows`, …
    #[serde(default)]
    pub os: String,
    /// In Go's words: `amd64`, `arm64`, …
    #[serde(default)]
    pub architecture: String,
    /// `v7`, `v8`, …
    #[serde(default)]
    pub variant: Option<String>,
}

impl Platform {
    /// The platform that containers on this machine run on: its architecture, and Linux.
    pub fn of_this_machine() -> Self {
        Self {
            os: "linux".to_owned(),
            architecture: go_architecture(std::env::consts::ARCH).to_owned(),
            variant: None,
        }
    }

    /// The variant, with the one that an architecture has when none is written.
    fn full_variant(&self) -> &str {
        match (
            self.architecture.as_str(),
            self.variant.as_deref().unwrap_or(""),
        ) {
            ("arm64", "" | "8") => "v8",
            ("arm", "" | "7") => "v7",
            ("amd64", "v1") => "",
            (_, variant) => variant,
        }
    }

    /// Whether an image for `other` is what is asked for.
    pub fn matches(&self, other: &Self) -> bool {
        self.os == other.os
            && self.architecture == other.architecture
            && (self.full_variant() == other.full_variant())
    }

    /// As [`Platform::matches`], but any variant will do where none is asked for.
    pub fn matches_loosely(&self, other: &Self) -> bool {
        self.os == other.os && self.architecture == other.architecture && self.variant.is_none()
    }

    /// Attestations carry this instead of a platform.
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }
}

/// Go's word for an architecture.
fn go_architecture(name: &str) -> &str {
    match name {
        "x86_64" => "amd64",
        "x86" | "i386" | "i686" => "386",
        "aarch64" => "arm64",
        "powerpc64le" => "ppc64le",
        "loongarch64" => "loong64",
        other => other,
    }
}

impl FromStr for Platform {
    type Err = ();

    /// `os/architecture[/variant]`; `x86_64` and `aarch64` are understood.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('/');
        let (Some(os), Some(architecture), variant, None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(());
        };
        if os.is_empty() || architecture.is_empty() || variant == Some("") {
            return Err(());
        }
        Ok(Self {
            os: os.to_ascii_lowercase(),
            architecture: go_architecture(&architecture.to_ascii_lowercase()).to_owned(),
            variant: variant.map(str::to_ascii_lowercase),
        })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.os, self.architecture)?;
        match self.variant.as_deref() {
            Some(variant) if !variant.is_empty() => write!(formatter, "/{variant}"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    #[test]
    fn variants_have_defaults() {
        assert!(platform("linux/arm64").matches(&platform("linux/arm64/v8")));
        assert!(platform("linux/aarch64/v8").matches(&platform("linux/arm64")));
        assert!(platform("linux/arm").matches(&platform("linux/arm/v7")));
        assert!(!platform("linux/arm").matches(&platform("linux/arm/v6")));
        assert!(platform("linux/arm").matches_loosely(&platform("linux/arm/v6")));
        assert!(!platform("linux/arm/v7").matches_loosely(&platform("linux/arm/v6")));
        assert!(platform("linux/amd64").matches(&platform("linux/amd64/v1")));
        assert!(!platform("linux/amd64").matches(&platform("linux/amd64/v3")));
    }

    #[test]
    fn malformed() {
        for text in [
            "",
            "linux",
            "linux/",
            "/amd64",
            "linux/arm/v7/x",
            "linux/arm/",
        ] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
        assert_eq!(platform("linux/arm64/v8").to_string(), "linux/arm64/v8");
    }
}
