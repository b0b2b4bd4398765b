//! Packages that are no official release: from a repository of sources, an address, a path, or a registry that is not allowed.

use crate::policy::fields::Globs;
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};
use crate::report::{Origin, Package};

pub(super) struct PackageOrigin;

impl Check for PackageOrigin {
    fn name(&self) -> &'static str {
        "package-origin"
    }

    fn title(&self) -> &'static str {
        "Every package is a release from a registry that is allowed"
    }

    fn about(&self) -> &'static str {
        "Lockfiles and installed packages say where they were got from. With no parameter, packages from git, from an address and from a path break \
         the rule. Where nothing is said, the package counts as a release."
    }

    fn example(&self) -> &'static str {
        "registries: [\"https://registry.example/*\"]\nallow: path"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let fields = &mut *asked.0;
        let allow = fields.texts("allow", "Origins that may be: `git`, `url`, `path`.");
        for word in &allow {
            if !["git", "url", "path"].contains(&word.as_str()) {
                fields.complain(
                    "allow",
                    format!("`allow`: there is no origin `{word}`, only git, url and path"),
                );
            }
        }
        Box::new(Origins {
            allow,
            registries: fields.globs(
                "registries",
                "Addresses of registries that may be; globs. All may where it is left out.",
            ),
            kinds: fields.texts("kind", "Only packages of these kinds."),
        })
    }
}

struct Origins {
    allow: Vec<String>,
    registries: Option<Globs>,
    kinds: Vec<String>,
}

impl Origins {
    fn refuses(&self, origin: &Origin) -> bool {
        if origin.kind == "registry" {
            return self
                .registries
                .as_ref()
                .is_some_and(|globs| !globs.fits(&origin.location));
        }
        !self.allow.contains(&origin.kind)
    }
}

impl Judge for Origins {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let mut evidence = Vec::new();
        let wanted =
            |package: &&Package| self.kinds.is_empty() || self.kinds.contains(&package.kind);
        for package in facts.report.packages.iter().filter(wanted) {
            let Some(origin) = package
                .origin
                .as_ref()
                .filter(|origin| self.refuses(origin))
            else {
                continue;
            };
            // The project itself lies at a path of its own.
            if origin.kind == "path"
                && package
                    .locations
                    .iter()
                    .all(|place| place.relation.as_deref() == Some("root"))
            {
                continue;
            }
            let place = package.locations.first();
            evidence.push(Evidence {
                path: place.map(|place| place.path.clone()),
                layer: place.map(|place| place.layer),
                line: place.and_then(|place| place.line),
                ..Evidence::new(
                    format!(
                        "{} {} ({}) comes from {} {}",
                        package.name, package.version, package.kind, origin.kind, origin.location
                    ),
                    &[&package.name, &package.purl, &origin.location],
                )
            });
        }
        let count = evidence.len();
        Judgement::of(
            evidence,
            format!("{count} packages are no official releases"),
            "no package is known to be unofficial",
        )
    }
}
