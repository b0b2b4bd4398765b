//! From product ids to packages in products: the product tree with its relationships, walked once
//! (CSAF 2.0, section 3.2.2).
//!
//! A status names `AppStream-9.3.0.Z.MAIN:curl-0:7.76.1-26.el9_3.2.x86_64`. A relationship says that this is the component
//! `curl-0:7.76.1-26.el9_3.2.x86_64` of the product `AppStream-9.3.0.Z.MAIN`; with modules there is one more step between the two.
//! Ids are labels: what they mean is taken from the purl and the CPE that the tree gives them, and from the component's name only
//! where it has no purl.

use super::document::{Branch, Product, ProductTree};
use crate::packages::PackageUrl;
use std::collections::HashMap;

/// Steps from a component to the product that it is at last part of; real ones have one or two.
const STEPS: usize = 8;
/// Longest name, version or product that is taken for one.
pub(super) const WORD: usize = 200;

/// What the tree says of a product.
#[derive(Clone, Copy, Debug, Default)]
struct Known<'d> {
    name: Option<&'d str>,
    cpe: Option<&'d str>,
    purl: Option<&'d str>,
    /// Component and product, of an id that puts one into the other.
    parts: Option<(&'d str, &'d str)>,
}

/// The products of a document by their ids.
pub(super) struct Products<'d>(HashMap<&'d str, Known<'d>>);

/// A component in a product.
#[derive(Debug)]
pub(super) struct Placed<'d> {
    /// The product's id, name and CPE.
    pub(super) product: &'d str,
    pub(super) product_name: Option<&'d str>,
    pub(super) cpe: Option<&'d str>,
    /// The component.
    pub(super) component: Component,
}

/// An rpm, or what a product says of all versions of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Component {
    pub(super) name: String,
    /// With its epoch where that is not 0; empty for all versions.
    pub(super) version: String,
    /// `src` for a source rpm.
    pub(super) architecture: Option<String>,
    /// `nodejs:18`.
    pub(super) module: Option<String>,
}

impl<'d> Products<'d> {
    pub(super) fn new(tree: &'d ProductTree<'d>) -> Self {
        let mut products = Self(HashMap::new());
        // Not by recursion: how deep the tree is was for the document's writer to choose.
        let mut open: Vec<&'d Branch<'d>> = tree.branches.iter().collect();
        while let Some(branch) = open.pop() {
            if let Some(product) = &branch.product {
                products.add(product, None);
            }
            open.extend(&branch.branches);
        }
        for product in &tree.full_product_names.good {
            products.add(product, None);
        }
        for relationship in &tree.relationships.good {
            let parts = relationship
                .product_reference
                .get()
                .zip(relationship.relates_to_product_reference.get());
            products.add(&relationship.full_product_name, parts);
        }
        products
    }

    fn add(&mut self, product: &'d Product<'d>, parts: Option<(&'d str, &'d str)>) {
        let Some(id) = product.id.get() else {
            return;
        };
        let helper = &product.helper;
        let purl = helper
            .purl
            .get()
            .or_else(|| helper.purls.good.first().and_then(|purl| purl.get()));
        let known = self.0.entry(id).or_default();
        known.name = known.name.or_else(|| product.name.get());
        known.cpe = known.cpe.or_else(|| helper.cpe.get());
        known.purl = known.purl.or(purl);
        known.parts = known.parts.or(parts);
    }

    /// The rpm that an id of a status stands for; `None` for container images, archives of Java and ids that the tree does not explain.
    pub(super) fn place(&self, id: &'d str) -> Option<Placed<'d>> {
        let parts = |id| self.0.get(id).and_then(|known| known.parts);
        let (mut component, mut product) = parts(id)?;
        let mut module = None;
        // Either may be put together itself: a package of a module, a module of a product.
        for _ in 0..STEPS {
            if let Some((inner, outer)) = parts(component) {
                component = inner;
                module = module.or_else(|| self.module(outer));
            } else if let Some((middle, outer)) = parts(product) {
                if self.is_image(middle) {
                    return None;
                }
                module = module.or_else(|| self.module(middle));
                product = outer;
            } else {
                let known = self.0.get(product).copied().unwrap_or_default();
                return Some(Placed {
                    product,
                    product_name: known.name,
                    cpe: known.cpe,
                    component: self.component(component, module)?,
                });
            }
        }
        None
    }

    /// Whether it is a container image. What is in one is updated with it, and no package manager is asked.
    fn is_image(&self, id: &str) -> bool {
        let purl = self.0.get(id).and_then(|known| known.purl);
        purl.is_some_and(|purl| purl.starts_with("pkg:oci/"))
    }

    /// `nodejs:18` of a module's id or purl.
    fn module(&self, id: &str) -> Option<String> {
        let purl = self.0.get(id).and_then(|known| known.purl);
        if let Some(purl) = purl {
            let url = PackageUrl::parse(purl).ok()?;
            let name = url.package.name.rsplit('/').next().unwrap_or_default();
            // `pkg:rpmmod/redhat/nodejs@18:8090020231018105312:a75119d5`
            let stream = url.package.version.split(':').next().unwrap_or_default();
            if url.purl_type != "rpmmod" {
                return None;
            }
            return stream_of(&format!("{name}:{stream}"));
        }
        // `nodejs:18:8090020231018105312:a75119d5`
        (id.split(':').count() == 4).then(|| stream_of(id))?
    }

    fn component(&self, id: &str, module: Option<String>) -> Option<Component> {
        let known = self.0.get(id).copied().unwrap_or_default();
        let Some(purl) = known.purl else {
            return named(id, module);
        };
        let url = PackageUrl::parse(purl).ok()?;
        if url.purl_type == "rpmmod" {
            // `nodejs:18/nodejs`: a component of a module, whatever its version.
            return id.contains('/').then(|| named(id, module))?;
        }
        if url.purl_type != "rpm" {
            return None;
        }
        let package = url.package;
        let module = package.module.as_deref().and_then(stream_of).or(module);
        // `pkg:rpm/redhat/nodejs:18%2Fnodejs` and `nodejs:18/nodejs` with a purl of `nodejs` alone.
        let (of_name, name) = split_module(&package.name);
        let of_id = split_module(id).0;
        checked(Component {
            name: name.to_owned(),
            version: without_zero(&package.version).to_owned(),
            architecture: package.architecture,
            module: module.or(of_name).or(of_id),
        })
    }
}

/// What a component's id alone says: `curl`, `curl.src`, `nodejs:18/nodejs`, `telnet-1:0.17-65.el7_6.x86_64`,
/// `curl-8.0.1-150400.5.32.1`.
fn named(id: &str, module: Option<String>) -> Option<Component> {
    let (of_id, rest) = split_module(id);
    // `openshift4/ose-cli` is an image.
    if rest.contains('/') {
        return None;
    }
    let (nevr, architecture) = match rest.rsplit_once('.') {
        Some((nevr, architecture)) if is_architecture(architecture) => (nevr, Some(architecture)),
        _ => (rest, None),
    };
    let is_version = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    let parts = nevr.rsplit_once('-').and_then(|(before, release)| {
        let (name, version) = before.rsplit_once('-')?;
        (is_version(version) && is_version(release)).then_some((name, version, release))
    });
    let (name, version) = match parts {
        Some((name, version, release)) => (name, format!("{version}-{release}")),
        None => (nevr, String::new()),
    };
    checked(Component {
        name: name.to_owned(),
        version: without_zero(&version).to_owned(),
        architecture: architecture.map(str::to_owned),
        module: module.or(of_id),
    })
}

/// `nodejs:18/nodejs` → `nodejs:18` and `nodejs`.
pub(in crate::advisories::feeds) fn split_module(name: &str) -> (Option<String>, &str) {
    match name.split_once('/') {
        Some((module, name)) if module.contains(':') => (stream_of(module), name),
        _ => (None, name),
    }
}

/// `nodejs:18` of `nodejs:18:8090020231018105312:a75119d5`.
pub(super) fn stream_of(label: &str) -> Option<String> {
    let mut parts = label.split(':');
    let (name, stream) = (parts.next()?, parts.next()?);
    let good = is_word(name) && is_word(stream);
    good.then(|| format!("{name}:{stream}"))
}

fn checked(component: Component) -> Option<Component> {
    let is_good = is_word(&component.name)
        && (component.version.is_empty() || is_word(&component.version))
        && component.architecture.as_deref().is_none_or(is_word);
    is_good.then_some(component)
}

pub(in crate::advisories::feeds) fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= WORD
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// An epoch of 0 is not shown by anybody.
pub(in crate::advisories::feeds) fn without_zero(version: &str) -> &str {
    version.strip_prefix("0:").unwrap_or(version)
}

/// The architectures that rpms of enterprise distributions are built for.
fn is_architecture(text: &str) -> bool {
    matches!(
        text,
        "x86_64"
            | "i386"
            | "i486"
            | "i586"
            | "i686"
            | "aarch64"
            | "armv7l"
            | "armv7hl"
            | "ppc"
            | "ppc64"
            | "ppc64le"
            | "riscv64"
            | "s390"
            | "s390x"
            | "ia64"
            | "noarch"
            | "src"
            | "nosrc"
    )
}
