//! Packages that run a program of their own while they are installed.

use crate::policy::fields::Globs;
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};
use crate::report::Package;

pub(super) struct InstallScript;

impl Check for InstallScript {
    fn name(&self) -> &'static str {
        "install-script"
    }

    fn title(&self) -> &'static str {
        "No package ran a script of its own when it was installed"
    }

    fn about(&self) -> &'static str {
        "What worms of npm live by. Known from the `package.json` of what is installed (`preinstall`, `install`, `postinstall`) and from the lockfiles of \
         npm (`hasInstallScript`) and of pnpm before version 9 (`requiresBuild`). The project itself does not count."
    }

    fn example(&self) -> &'static str {
        "allow: [esbuild, \"@swc/*\", sharp]"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let fields = &mut *asked.0;
        Box::new(Scripts {
            allow: fields.globs("allow", "Packages that may, by name; globs."),
            dev: fields.flag("dev", "`false`: leave out development dependencies."),
        })
    }
}

struct Scripts {
    allow: Option<Globs>,
    dev: Option<bool>,
}

impl Scripts {
    fn counts(&self, package: &Package) -> bool {
        let is_allowed = self
            .allow
            .as_ref()
            .is_some_and(|allow| allow.fits(&package.name));
        let mut places = package.locations.iter();
        let is_project = places.all(|place| place.relation.as_deref() == Some("root"));
        !is_allowed && !is_project && (self.dev != Some(false) || !package.dev)
    }
}

impl Judge for Scripts {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let mut evidence = Vec::new();
        for package in facts.report.packages.iter().filter(|one| self.counts(one)) {
            let Some(script) = &package.install_script else {
                continue;
            };
            let said = format!("runs a script when it is installed ({script})");
            evidence.push(Evidence::of_package(package, &said, &[]));
        }
        let count = evidence.len();
        Judgement::of(
            evidence,
            format!("{count} packages run scripts when they are installed"),
            "no package is known to run a script when it is installed",
        )
    }
}
