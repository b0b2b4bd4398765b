//! Packages that are built from vulnerable source and carry none of it.

use crate::packages::Package;

/// Whether a package is made of the kernel's headers or documentation only. Such packages share the kernel's source
/// package and version, and would be reported for every flaw of a kernel that a container does not even bring along.
pub(super) fn is_kernel_headers(package: &Package) -> bool {
    let name = package.name.as_str();
    match package.kind.name {
        "deb" => [
            "linux-libc-dev",
            "linux-headers-",
            "linux-kbuild-",
            "linux-doc",
            "linux-source",
        ]
        .iter()
        .any(|prefix| name.starts_with(prefix)),
        "apk" => name == "linux-headers",
        "rpm" => {
            let kernel = name.strip_prefix("kernel-");
            kernel.is_some_and(|rest| {
                ["headers", "doc", "devel", "macros", "source"]
                    .iter()
                    .any(|what| {
                        rest.strip_suffix(what)
                            .is_some_and(|rest| rest.is_empty() || rest.ends_with('-'))
                    })
                    || rest.starts_with("cross-headers")
                    || rest == "devel-matched"
            }) || name == "glibc-kernheaders"
                || name == "linux-glibc-devel"
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::{APK, DEB, RPM};

    #[test]
    fn headers_are_told_from_what_runs() {
        for (kind, name, expected) in [
            (&DEB, "linux-libc-dev", true),
            (&DEB, "linux-libc-dev-arm64-cross", true),
            (&DEB, "linux-headers-6.1.0-13-amd64", true),
            (&DEB, "linux-image-6.1.0-13-amd64", false),
            (&DEB, "linux-perf", false),
            (&APK, "linux-headers", true),
            (&APK, "linux-lts", false),
            (&RPM, "kernel-headers", true),
            (&RPM, "kernel-devel", true),
            (&RPM, "kernel-rt-devel", true),
            (&RPM, "kernel-srpm-macros", true),
            (&RPM, "kernel-core", false),
            (&RPM, "kernel-tools", false),
            (&RPM, "bpftool", false),
        ] {
            assert_eq!(
                is_kernel_headers(&Package::new(kind, name, "1")),
                expected,
                "{name}"
            );
        }
    }
}
