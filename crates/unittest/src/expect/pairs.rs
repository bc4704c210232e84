//! Which of the alerts that came are those that were expected.

/// A name and its value.
pub(crate) type Pair = (String, String);

/// An alert as it was expected.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// Sorted by name.
    pub(crate) labels: Vec<Pair>,
    /// Sorted by name.
    pub(crate) annotations: Vec<Pair>,
    /// Whether other labels may be there too.
    pub(crate) more_labels: bool,
    /// Whether other annotations may be there too.
    pub(crate) more_annotations: bool,
}

/// An alert that fires.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Got {
    /// Sorted by name.
    pub(crate) labels: Vec<Pair>,
    /// Sorted by name.
    pub(crate) annotations: Vec<Pair>,
}

/// What belongs together, by position.
#[derive(Debug, Default)]
pub(crate) struct Pairing {
    /// Expected alerts with the alerts most like them, which still differ.
    pub(crate) different: Vec<(usize, usize)>,
    /// Expected alerts that nothing is like.
    pub(crate) missing: Vec<usize>,
    /// Alerts that nothing expected is like.
    pub(crate) unexpected: Vec<usize>,
}

impl Expected {
    /// Whether an alert is as expected.
    pub(crate) fn accepts(&self, got: &Got) -> bool {
        agree(&self.labels, &got.labels, self.more_labels)
            && agree(&self.annotations, &got.annotations, self.more_annotations)
    }

    /// How alike an alert is; 0 for not at all.
    fn likeness(&self, got: &Got) -> usize {
        let common = |a: &[Pair], b: &[Pair]| a.iter().filter(|pair| b.contains(pair)).count();
        // All alerts compared here share their name.
        let labels = common(&self.labels, &got.labels).saturating_sub(1);
        let all = agree(&self.labels, &got.labels, self.more_labels);
        usize::from(all) * 1000 + labels * 10 + common(&self.annotations, &got.annotations)
    }
}

fn agree(expected: &[Pair], got: &[Pair], more: bool) -> bool {
    if more { expected.iter().all(|pair| got.contains(pair)) } else { expected == got }
}

/// Pairs as many alerts with their expectations as can be; none is left if all is as expected.
pub(crate) fn pair(expected: &[Expected], got: &[Got]) -> Pairing {
    let mut taken: Vec<Option<usize>> = vec![None; got.len()];
    let mut missing = Vec::new();
    for e in 0..expected.len() {
        if !assign(e, expected, got, &mut taken, &mut vec![false; got.len()]) {
            missing.push(e);
        }
    }
    let mut unexpected: Vec<usize> = (0..got.len()).filter(|g| taken[*g].is_none()).collect();
    let mut pairing = Pairing::default();
    for e in missing {
        let alike = |g: &usize| expected[e].likeness(&got[*g]);
        let best =
            unexpected.iter().copied().enumerate().max_by_key(|(i, g)| (alike(g), usize::MAX - i));
        match best.filter(|(_, g)| alike(g) > 0 || unexpected.len() == 1) {
            Some((i, g)) => {
                unexpected.remove(i);
                pairing.different.push((e, g));
            }
            None => pairing.missing.push(e),
        }
    }
    pairing.unexpected = unexpected;
    pairing
}

/// Finds an alert for an expectation, moving others to other alerts where they have a choice.
fn assign(
    e: usize,
    expected: &[Expected],
    got: &[Got],
    taken: &mut [Option<usize>],
    tried: &mut [bool],
) -> bool {
    for g in 0..got.len() {
        if tried[g] || !expected[e].accepts(&got[g]) {
            continue;
        }
        tried[g] = true;
        let is_free = match taken[g] {
            None => true,
            Some(other) => {
                let has_choice = expected[other].more_labels || expected[other].more_annotations;
                has_choice && assign(other, expected, got, taken, tried)
            }
        };
        if is_free {
            taken[g] = Some(e);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<Pair> {
        let pairs = text.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn expected(labels: &str, annotations: &str) -> Expected {
        let more = |text: &str| text.ends_with(" …");
        Expected {
            labels: names(labels),
            annotations: names(annotations),
            more_labels: more(labels),
            more_annotations: more(annotations),
        }
    }

    fn check(wanted: &[(&str, &str)], came: &[(&str, &str)], shown: &str) {
        let wanted: Vec<Expected> = wanted.iter().map(|(l, a)| expected(l, a)).collect();
        let came: Vec<Got> =
            came.iter().map(|(l, a)| Got { labels: names(l), annotations: names(a) }).collect();
        let Pairing { different, missing, unexpected } = pair(&wanted, &came);
        assert_eq!(format!("{different:?} {missing:?} {unexpected:?}"), shown);
    }

    #[test]
    fn exact_alerts_have_one_partner_each() {
        check(&[("a=1", "")], &[("a=1", "")], "[] [] []");
        check(&[("n=x a=1", ""), ("n=x a=1", "")], &[("n=x a=1", "")], "[] [1] []");
        check(&[("n=x a=1", "s=1")], &[("n=x a=1", "s=2"), ("n=x a=2", "s=1")], "[(0, 0)] [] [1]");
        check(&[], &[("n=x", "")], "[] [] [0]");
        check(&[("n=x a=1", "")], &[("n=x a=2", "")], "[(0, 0)] [] []");
    }

    #[test]
    fn partial_expectations_leave_others_their_alerts() {
        let came = [("n=x a=1 b=1", "s=1"), ("n=x a=1 b=2", "s=2")];
        check(&[("n=x a=1 …", " …"), ("n=x a=1 b=1", "s=1")], &came, "[] [] []");
        check(&[("n=x a=1 …", " …"), ("n=x b=2 …", " …")], &came, "[] [] []");
        check(&[("n=x a=1 …", ""), ("n=x b=2 …", " …")], &came, "[(0, 0)] [] []");
        check(&[("n=x a=1 …", " …")], &came, "[] [] [1]");
    }
}
