//! Kinds of rules, one file each. What a rule is about stands in its [`Check`](super::Check): title, page, example and parameters.

mod account;
mod base_image;
mod config;
mod database_age;
mod distro;
mod file;
mod install_script;
mod instruction;
mod license;
mod package;
mod package_integrity;
mod package_origin;
mod permission;
mod practices;
mod runtime;
mod secret;
mod size;
mod times;
mod vulnerability;
mod wasted_space;

use super::Check;

/// Every kind of rule, by name.
pub static CHECKS: &[&dyn Check] = &[
    &account::Account,
    &base_image::BaseImage,
    &database_age::DatabaseAge,
    &distro::DistroCheck,
    &config::Env,
    &config::ExposedPort,
    &file::File,
    &config::HealthcheckCheck,
    &times::ImageAge,
    &size::ImageSize,
    &install_script::InstallScript,
    &instruction::Instruction,
    &config::Label,
    &size::LayerCount,
    &license::License,
    &package::PackageCheck,
    &package_integrity::PackageIntegrity,
    &package_origin::PackageOrigin,
    &permission::Permission,
    &config::PlatformCheck,
    &runtime::Runtime,
    &secret::SecretCheck,
    &config::User,
    &vulnerability::Vulnerability,
    &wasted_space::WastedSpace,
];
