//! Which records speak of the same vulnerability.
//!
//! A CVE id is what vulnerabilities are told apart by. Records that share one are of one group; records that have none are put
//! together by the ids they share, and join the groups that know one of these, or make one of their own if no group does. Other ids never join two groups that have
//! CVE ids: one XSA or DSA may stand for several CVEs, and those stay apart. Only a record that lists several CVE ids as its `aliases`, which is to
//! say that they are one vulnerability, makes one group of them.
//!
//! Feeds differ in the case of letters (`cve-2021-1234`, `GHSA-JFH8-…`); ids are compared in the form that CVE and GitHub write.

use crate::advisories::{Advisory, is_cve};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// One vulnerability and the statements about it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    /// CVE first.
    pub(super) id: String,
    /// The other ids, those of errata included.
    pub(super) aliases: Vec<String>,
    /// Which of the records speak of it.
    pub(super) members: Vec<usize>,
}

/// The ids of one vulnerability that a record speaks of.
struct Unit<'a> {
    record: usize,
    ids: BTreeSet<Cow<'a, str>>,
    /// The erratum's own id: a name to show, not one to join by.
    erratum: Option<&'a str>,
}

impl Unit<'_> {
    fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(Cow::as_ref)
    }
}

/// Groups records by vulnerability; the groups are sorted by id.
pub(super) fn group(records: &[&Advisory]) -> Vec<Group> {
    let units: Vec<Unit<'_>> = records
        .iter()
        .enumerate()
        .flat_map(|(record, advisory)| units(record, advisory))
        .collect();
    let (named, unnamed): (Vec<&Unit<'_>>, Vec<&Unit<'_>>) = units
        .iter()
        .partition(|unit| unit.ids.iter().any(|id| is_cve(id)));

    let mut sets = Sets::default();
    for unit in &named {
        sets.join(unit.ids().filter(|id| is_cve(id)));
    }
    let mut groups: BTreeMap<usize, Vec<&Unit<'_>>> = BTreeMap::new();
    let mut by_id: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for unit in &named {
        let Some(set) = unit
            .ids()
            .find(|id| is_cve(id))
            .and_then(|cve| sets.find(cve))
        else {
            continue;
        };
        groups.entry(set).or_default().push(unit);
        for id in unit.ids() {
            by_id.entry(id).or_default().insert(set);
        }
    }
    // What has no CVE id is put together by all its ids, …
    for unit in &unnamed {
        sets.join(unit.ids());
    }
    let mut rest: BTreeMap<usize, Vec<&Unit<'_>>> = BTreeMap::new();
    for unit in unnamed {
        if let Some(set) = unit.ids().next().and_then(|id| sets.find(id)) {
            rest.entry(set).or_default().push(unit);
        }
    }
    // … and goes where any of them is known.
    for (set, units) in rest {
        let known: BTreeSet<usize> = units
            .iter()
            .flat_map(|unit| unit.ids())
            .filter_map(|id| by_id.get(id))
            .flatten()
            .copied()
            .collect();
        let own = known.is_empty().then_some(set);
        for set in known.into_iter().chain(own) {
            groups.entry(set).or_default().extend(&units);
        }
    }
    let mut groups: Vec<Group> = groups.into_values().map(|units| finish(&units)).collect();
    groups.sort_by(|a, b| a.id.cmp(&b.id));
    groups
}

fn units(record: usize, advisory: &Advisory) -> Vec<Unit<'_>> {
    if advisory.vulnerabilities.is_empty() {
        let ids = [&advisory.id]
            .into_iter()
            .chain(&advisory.aliases)
            .map(|id| canonical(id))
            .collect();
        return vec![Unit {
            record,
            ids,
            erratum: None,
        }];
    }
    advisory
        .vulnerabilities
        .iter()
        .map(|id| Unit {
            record,
            ids: BTreeSet::from([canonical(id)]),
            erratum: Some(&advisory.id),
        })
        .collect()
}

/// `CVE-…` in capital letters, `GHSA-` with small ones behind it; others as they are.
fn canonical(id: &str) -> Cow<'_, str> {
    let begins = |prefix: &str| {
        id.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    if begins("CVE-") && !id.starts_with("CVE-") {
        let upper = id.to_ascii_uppercase();
        if is_cve(&upper) {
            return Cow::Owned(upper);
        }
    }
    if begins("GHSA-") {
        let (prefix, rest) = id.split_at("GHSA-".len());
        if prefix != "GHSA-" || rest.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Cow::Owned(format!("GHSA-{}", rest.to_ascii_lowercase()));
        }
    }
    Cow::Borrowed(id)
}

fn finish(units: &[&Unit<'_>]) -> Group {
    let mut ids: BTreeSet<&str> = units.iter().flat_map(|unit| unit.ids()).collect();
    // CVE first, then GHSA, then what the others are called.
    let id = ids
        .iter()
        .copied()
        .min_by_key(|id| (!is_cve(id), !id.starts_with("GHSA-"), *id))
        .unwrap_or_default();
    ids.extend(units.iter().filter_map(|unit| unit.erratum));
    ids.remove(id);
    let members: BTreeSet<usize> = units.iter().map(|unit| unit.record).collect();
    Group {
        id: id.to_owned(),
        aliases: ids.into_iter().map(str::to_owned).collect(),
        members: members.into_iter().collect(),
    }
}

/// Union-find over ids.
#[derive(Default)]
struct Sets<'a> {
    numbers: BTreeMap<&'a str, usize>,
    parents: Vec<usize>,
}

impl<'a> Sets<'a> {
    fn join(&mut self, ids: impl Iterator<Item = &'a str>) {
        let mut first = None;
        for id in ids {
            let next = self.parents.len();
            let number = *self.numbers.entry(id).or_insert(next);
            if number == next {
                self.parents.push(next);
            }
            let root = self.root(number);
            match first {
                None => first = Some(root),
                Some(first) => self.parents[root] = first,
            }
        }
    }

    fn find(&self, id: &str) -> Option<usize> {
        self.numbers.get(id).map(|number| self.root(*number))
    }

    fn root(&self, mut number: usize) -> usize {
        while self.parents[number] != number {
            number = self.parents[number];
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(id: &str, aliases: &[&str], vulnerabilities: &[&str]) -> Advisory {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Advisory {
            id: id.to_owned(),
            aliases: owned(aliases),
            vulnerabilities: owned(vulnerabilities),
            ..Advisory::default()
        }
    }

    fn ids(records: &[Advisory]) -> Vec<(String, Vec<String>, Vec<usize>)> {
        let records: Vec<&Advisory> = records.iter().collect();
        group(&records)
            .into_iter()
            .map(|group| (group.id, group.aliases, group.members))
            .collect()
    }

    fn expected(
        id: &str,
        aliases: &[&str],
        members: &[usize],
    ) -> (String, Vec<String>, Vec<usize>) {
        (
            id.to_owned(),
            aliases.iter().map(|id| (*id).to_owned()).collect(),
            members.to_vec(),
        )
    }

    #[test]
    fn one_vulnerability_under_many_names_is_one() {
        let records = [
            record("GO-2022-1", &["CVE-2022-1111", "GHSA-aaaa"], &[]),
            record("GHSA-aaaa", &["CVE-2022-1111"], &[]),
            record("PYSEC-1", &["GHSA-aaaa"], &[]),
        ];
        assert_eq!(
            ids(&records),
            [expected(
                "CVE-2022-1111",
                &["GHSA-aaaa", "GO-2022-1", "PYSEC-1"],
                &[0, 1, 2]
            )]
        );
    }

    #[test]
    fn an_erratum_does_not_bridge_its_vulnerabilities() {
        let records = [
            record("DSA-1-1", &[], &["CVE-2022-1111", "CVE-2022-2222"]),
            record("DLA-9-1", &[], &["CVE-2022-2222"]),
            record("DSA-2-1", &[], &[]),
        ];
        assert_eq!(
            ids(&records),
            [
                expected("CVE-2022-1111", &["DSA-1-1"], &[0]),
                expected("CVE-2022-2222", &["DLA-9-1", "DSA-1-1"], &[0, 1]),
                expected("DSA-2-1", &[], &[2]),
            ]
        );
    }

    #[test]
    fn a_shared_name_that_is_no_cve_does_not_join_cves() {
        let records = [
            record("CVE-2016-9377", &["XSA-196"], &[]),
            record("CVE-2016-9378", &["XSA-196"], &[]),
            record("XSA-196", &[], &[]),
        ];
        assert_eq!(
            ids(&records),
            [
                expected("CVE-2016-9377", &["XSA-196"], &[0, 2]),
                expected("CVE-2016-9378", &["XSA-196"], &[1, 2]),
            ]
        );
    }

    #[test]
    fn aliases_of_one_record_are_one() {
        let records = [
            record("GO-1", &["CVE-2020-2222", "CVE-2020-1111"], &[]),
            record("X", &["CVE-2020-2222"], &[]),
        ];
        assert_eq!(
            ids(&records),
            [expected(
                "CVE-2020-1111",
                &["CVE-2020-2222", "GO-1", "X"],
                &[0, 1]
            )]
        );
    }

    #[test]
    fn the_case_of_letters_tells_no_ids_apart() {
        let records = [
            record("CVE-2022-1111", &[], &[]),
            record("GHSA-aaaa-bbbb", &["cve-2022-1111"], &[]),
            record("MAL-1", &["ghsa-AAAA-bbbb"], &[]),
            record("DSA-1-1", &[], &["Cve-2022-1111"]),
        ];
        assert_eq!(
            ids(&records),
            [expected(
                "CVE-2022-1111",
                &["DSA-1-1", "GHSA-aaaa-bbbb", "MAL-1"],
                &[0, 1, 2, 3]
            )]
        );
        assert_eq!(canonical("cve-2017-8073.patch"), "cve-2017-8073.patch");
        assert_eq!(canonical("ghsé"), "ghsé");
    }

    #[test]
    fn names_join_over_records_in_between() {
        let records = [
            record("CVE-2022-1111", &["GHSA-aaaa"], &[]),
            record("X-2", &["MAL-1"], &[]),
            record("MAL-1", &["GHSA-aaaa"], &[]),
            record("Y-1", &["Y-2"], &[]),
            record("Y-3", &["Y-2"], &[]),
        ];
        assert_eq!(
            ids(&records),
            [
                expected("CVE-2022-1111", &["GHSA-aaaa", "MAL-1", "X-2"], &[0, 1, 2]),
                expected("Y-1", &["Y-2", "Y-3"], &[3, 4]),
            ]
        );
    }

    #[test]
    fn without_a_cve_the_ghsa_id_is_the_name() {
        let records = [record("RUSTSEC-2020-1", &["GHSA-bbbb"], &[])];
        assert_eq!(
            ids(&records),
            [expected("GHSA-bbbb", &["RUSTSEC-2020-1"], &[0])]
        );
    }

    proptest! {
        #[test]
        fn every_record_is_somewhere_and_every_id_is_once_in_a_group(
            links in prop::collection::vec((0..6u32, prop::collection::vec(0..6u32, 0..3), any::<bool>()), 1..8)
        ) {
            let name = |number: u32| if number < 3 { format!("CVE-2020-100{number}") } else { format!("X-{number}") };
            let records: Vec<Advisory> = links
                .iter()
                .map(|(id, others, erratum)| {
                    let others: Vec<String> = others.iter().map(|number| name(*number)).collect();
                    let (aliases, vulnerabilities) = if *erratum { (vec![], others) } else { (others, vec![]) };
                    Advisory { id: name(*id), aliases, vulnerabilities, ..Advisory::default() }
                })
                .collect();
            let groups = ids(&records);
            for index in 0..records.len() {
                prop_assert!(groups.iter().any(|(_, _, members)| members.contains(&index)));
            }
            let firsts: BTreeSet<&String> = groups.iter().map(|(id, ..)| id).collect();
            prop_assert_eq!(firsts.len(), groups.len());
            for (id, aliases, _) in &groups {
                prop_assert!(!aliases.contains(id));
            }
        }
    }
}
