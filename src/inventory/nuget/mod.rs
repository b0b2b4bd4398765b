//! NuGet, .NET's packages: what restoring writes and asks for, and what a published application carries along.
//!
//! Formats: <https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files#locking-dependencies>
//! (`packages.lock.json`), <https://learn.microsoft.com/nuget/reference/packages-config>,
//! <https://learn.microsoft.com/nuget/consume-packages/central-package-management>, and for `*.deps.json` and
//! `project.assets.json` the documents of the .NET SDK and of NuGet.Client.

mod deps_json;
mod packages_config;
mod packages_lock;
mod packages_props;
mod project_assets;

pub(super) use deps_json::DepsJson;
pub(super) use packages_config::PackagesConfig;
pub(super) use packages_lock::PackagesLock;
pub(super) use packages_props::PackagesProps;
pub(super) use project_assets::ProjectAssets;

/// Bytes of a file that tools write: the largest solutions have some ten megabytes of `project.assets.json`.
const WRITTEN_LIMIT: u64 = 64 << 20;
/// Bytes of a file that people write.
const MANIFEST_LIMIT: u64 = 4 << 20;
