//! Kinds of rules, one file each. What a rule is about stands in its [`Check`](super::Check): title, page, example and parameters.

mod base_image;
mod config;
mod database_age;
mod distro;
mod instruction;
mod license;
mod package;
mod package_origin;
mod runtime;
mod secret;
mod size;
mod times;
mod vulnerability;

use super::Check;

/// Every kind of rule, by name.
pub static CHECKS: &[&dyn Check] = &[
    &base_image::BaseImage,
    &database_age::DatabaseAge,
    &distro::DistroCheck,
    &config::Env,
    &config::ExposedPort,
    &config::HealthcheckCheck,
    &times::ImageAge,
    &size::ImageSize,
    &instruction::Instruction,
    &config::Label,
    &size::LayerCount,
    &license::License,
    &package::PackageCheck,
    &package_origin::PackageOrigin,
    &config::PlatformCheck,
    &runtime::Runtime,
    &secret::SecretCheck,
    &config::User,
    &vulnerability::Vulnerability,
];
