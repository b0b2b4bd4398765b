//! The built-in rules against their own examples, and the search against texts that cross its seams.

use super::*;

fn built_in() -> Rules {
    Rules::read(&[]).unwrap()
}

#[test]
fn every_built_in_rule_meets_its_examples() {
    let rules = built_in();
    let mut wrong = Vec::new();
    for rule in rules.iter() {
        assert!(rule.compiled().is_some(), "{} does not compile", rule.id);
        let (yes, no) = &rule.examples;
        assert!(!yes.is_empty() && !no.is_empty(), "{}", rule.id);
        wrong.extend(wrong_example(rule).map(|example| format!("{}: {example}", rule.id)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
