//! Which series somebody wants: what a receiver of samples keeps.

use std::collections::HashMap;

use model::{Labels, METRIC_NAME, MatchOp, Matcher};

/// Many selectors at once. A label set is tried only against those that can match its metric name.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Selectors that ask for one metric name, by that name; with what else they ask for.
    by_name: HashMap<Box<str>, Vec<Box<[Matcher]>>>,
    /// Selectors that do not.
    others: Vec<Box<[Matcher]>>,
}

impl Wanted {
    /// What any of some selectors wants; each is a list of matchers that all have to match.
    pub fn new<'a>(selectors: impl IntoIterator<Item = &'a [Matcher]>) -> Self {
        let mut wanted = Self::default();
        for matchers in selectors {
            let is_name = |m: &&Matcher| *m.name == *METRIC_NAME && m.op == MatchOp::Equal;
            let Some(name) = matchers.iter().find(is_name) else {
                wanted.others.push(matchers.into());
                continue;
            };
            if !name.matches(&name.value) {
                continue;
            }
            let rest: Box<[Matcher]> = matchers.iter().filter(|m| *m != name).cloned().collect();
            let known = wanted.by_name.entry(name.value.clone()).or_default();
            if rest.is_empty() {
                known.clear();
            } else if known.iter().any(|known| known.is_empty() || *known == rest) {
                continue;
            }
            known.push(rest);
        }
        wanted
    }

    /// Whether any selector selects a label set.
    pub fn wants(&self, labels: &Labels) -> bool {
        let all = |matchers: &[Matcher]| matchers.iter().all(|m| m.matches_labels(labels));
        let named = || self.by_name.get(labels.metric_name()).into_iter().flatten();
        named().any(|matchers| all(matchers)) || self.others.iter().any(|matchers| all(matchers))
    }

    /// Whether any selector may select series of a metric: tells before other labels are known.
    pub fn may_want(&self, metric: &str) -> bool {
        let fits = |matchers: &[Matcher]| {
            matchers.iter().filter(|m| *m.name == *METRIC_NAME).all(|m| m.matches(metric))
        };
        self.by_name.get(metric).is_some_and(|all| all.iter().any(|matchers| fits(matchers)))
            || self.others.iter().any(|matchers| fits(matchers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(name: &str, op: MatchOp, value: &str) -> Matcher {
        Matcher::new(name, op, value).expect("a matcher")
    }

    #[test]
    fn any_selector_is_enough_and_all_its_matchers_are_needed() {
        let selectors = [
            vec![Matcher::equal("__name__", "a"), Matcher::equal("job", "x")],
            vec![matcher("__name__", MatchOp::Regex, "b.*"), matcher("job", MatchOp::Regex, ".+")],
            vec![Matcher::equal("__name__", "c")],
            vec![Matcher::equal("__name__", "c"), Matcher::equal("job", "x")],
            vec![Matcher::equal("__name__", "d"), matcher("__name__", MatchOp::NotEqual, "d")],
        ];
        let wanted = Wanted::new(selectors.iter().map(Vec::as_slice));
        let wants = |name: &str, job: &str| {
            wanted.wants(&Labels::from_pairs([("__name__", name), ("job", job)]))
        };
        assert!(wants("a", "x") && !wants("a", "y") && !wants("a", ""));
        assert!(wants("bb", "y") && !wants("bb", ""));
        assert!(wants("c", "") && !wants("d", "x") && !wants("e", "x"));
        let may = ["a", "bb", "c", "d", "e", ""].map(|name| wanted.may_want(name));
        assert_eq!(may, [true, true, true, false, false, false]);
        assert!(!Wanted::default().wants(&Labels::empty()));
    }
}
