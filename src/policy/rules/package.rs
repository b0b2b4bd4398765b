//! Packages that must or must not be in the image.

use crate::packages::KINDS;
use crate::policy::fields::Globs;
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};
use crate::report::Package;
use std::cmp::Ordering;

pub(super) struct PackageCheck;

impl Check for PackageCheck {
    fn name(&self) -> &'static str {
        "package"
    }

    fn title(&self) -> &'static str {
        "The image has none of these packages, or has each of the required ones"
    }

    fn about(&self) -> &'static str {
        "`below` and `from` are versions in the order of the package's own kind; without them every version is meant. `dev: true` refuses dependencies \
         for development that are in the image."
    }

    fn example(&self) -> &'static str {
        "name: openssh-server\nkind: deb"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let fields = &mut *asked.0;
        let rule = Packages {
            names: fields.globs("name", "Names of packages that may not be there; globs."),
            kinds: fields.kinds("kind", &[], "Of these kinds: `deb`, `npm`, …"),
            below: fields.text("below", "Only versions below this one."),
            from: fields.text("from", "Only this version and those above it."),
            dev: fields.flag("dev", "`true`: only dependencies for development."),
            required: fields.texts("required", "Names of packages that must be there."),
        };
        fields.need(
            rule.names.is_some() || rule.dev == Some(true) || !rule.required.is_empty(),
            "a `package` needs `name`, `dev` or `required`",
        );
        Box::new(rule)
    }
}

struct Packages {
    names: Option<Globs>,
    kinds: Vec<String>,
    below: Option<String>,
    from: Option<String>,
    dev: Option<bool>,
    required: Vec<String>,
}

impl Packages {
    /// Whether a version is meant; an error where the two can't be compared.
    fn has_version(&self, package: &Package) -> Result<bool, String> {
        let Some(kind) = KINDS.iter().find(|kind| kind.name == package.kind) else {
            return Ok(true);
        };
        let compare = |bound: &str| {
            kind.scheme.compare(&package.version, bound).ok_or_else(|| {
                format!(
                    "{} {} can't be compared with {bound}",
                    package.name, package.version
                )
            })
        };
        let is_below = match &self.below {
            Some(bound) => compare(bound)? == Ordering::Less,
            None => true,
        };
        let is_from = match &self.from {
            Some(bound) => compare(bound)? != Ordering::Less,
            None => true,
        };
        Ok(is_below && is_from)
    }
}

impl Judge for Packages {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let packages = &facts.report.packages;
        let is_kind =
            |package: &Package| self.kinds.is_empty() || self.kinds.contains(&package.kind);
        let mut evidence = Vec::new();
        if self.names.is_some() || self.dev == Some(true) {
            for package in packages.iter().filter(|package| is_kind(package)) {
                let is_named = self
                    .names
                    .as_ref()
                    .is_none_or(|globs| globs.fits(&package.name));
                if !is_named
                    || (self.dev == Some(true) && !package.dev)
                    || !self.has_version(package)?
                {
                    continue;
                }
                evidence.push(Evidence::of_package(package, "is there", &[]));
            }
        }
        for name in &self.required {
            let mut of_that_name = packages
                .iter()
                .filter(|package| is_kind(package) && package.name == *name);
            if of_that_name.next().is_none() {
                evidence.push(Evidence::new(format!("{name} is not there"), &[name]));
            }
        }
        let count = evidence.len();
        Judgement::of(
            evidence,
            format!("{count} packages are not as they should be"),
            "the packages are as they should be",
        )
    }
}
