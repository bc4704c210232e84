//! How Prometheus 2.42 differs from 3.14, whose semantics are ours.
//!
//! Each row of [`KNOWN`] has a proof: what both sides are asked instead, so that they agree if the
//! row is the only reason for the difference. Where one row is not enough, a few are tried
//! together. Start at [`KNOWN`], then [`explain`].

mod trial;
mod values;
mod words;

use promql::Expr;

use self::trial::Trial;
pub(crate) use self::words::everywhere;
use super::{
    answer::{Answer, Comparison, compare},
    queries::Case,
    world::World,
};

/// A way in which the versions differ.
pub(crate) struct Difference {
    pub(crate) name: &'static str,
    /// What explains it; sections are those of the specification of PromQL.
    pub(crate) section: &'static str,
    proof: Proof,
}

/// What makes both sides agree. The functions change a node and say whether they did.
enum Proof {
    /// Both are asked in other words.
    Both(fn(&mut Expr) -> bool),
    /// We are asked for what 2.42 computes.
    Ours(fn(&mut Expr) -> bool),
    /// 2.42 is asked for what we compute.
    Theirs(fn(&mut Expr) -> bool),
    /// 2.42 is asked not to filter where we find several matches.
    NoFilter,
    /// 2.42 knows the function by its older name.
    OldName,
    /// Each step of a range query is asked for alone.
    StepByStep,
    /// The first sample is read from the windows themselves.
    FirstOfWindows,
    /// Our values of `rate` and `increase` are replaced by those of 2.42's formula.
    Clamp,
    /// Our values that differ by rounding, of nodes like this, are replaced by theirs.
    Rounding(fn(&Expr) -> bool),
}

/// All of them.
pub(crate) const KNOWN: [Difference; 13] = [
    Difference {
        name: "2.42 refuses label names that are not of the old character set",
        section: "1.2, UTF-8 names",
        proof: Proof::Both(words::plain_label_name),
    },
    Difference {
        name: "2.42 keeps the metric name in atan2",
        section: "2.5, result labels",
        proof: Proof::Theirs(words::atan2_without_name),
    },
    Difference {
        name: "2.42 notices several matches only where the comparison keeps the sample",
        section: "2.5, errors",
        proof: Proof::NoFilter,
    },
    Difference {
        name: "2.42 has 0 for the deviation of one NaN or infinity",
        section: "2.3, stddev/stdvar aggregation",
        proof: Proof::Ours(words::deviation_of_one),
    },
    Difference {
        name: "2.42 has histogram_fraction for native histograms only",
        section: "2.7, histogram_fraction",
        proof: Proof::Ours(words::no_classic_fraction),
    },
    Difference {
        name: "2.42 lacks histogram_avg, _stddev and _stdvar, which are empty over floats",
        section: "1.4 and 2.7",
        proof: Proof::Theirs(words::other_histogram_function),
    },
    Difference { name: "2.42 lacks first_over_time", section: "1.4", proof: Proof::FirstOfWindows },
    Difference {
        name: "2.42 has double_exponential_smoothing under the name holt_winters",
        section: "1.4",
        proof: Proof::OldName,
    },
    Difference {
        name: "2.42 has the sample on the left edge of a window",
        section: "2.1, range",
        proof: Proof::Theirs(words::open_window),
    },
    Difference {
        name: "2.42 has the sample that is as old as the lookback",
        section: "2.1, instant",
        proof: Proof::Theirs(words::open_lookback),
    },
    Difference {
        name: "2.42 loses the samples of predict_linear with @ after the first step",
        section: "2.1, @",
        proof: Proof::StepByStep,
    },
    Difference {
        name: "2.42 looks for the counter's zero before the half interval",
        section: "2.2, step 2",
        proof: Proof::Clamp,
    },
    Difference {
        name: "2.42 rounds sums, means, deviations and rates otherwise, and what follows enlarges it",
        section: "2.2 and 2.3, orders of operations",
        proof: Proof::Rounding(words::sums),
    },
];

/// Most rows that one query may need.
const TOGETHER: usize = 3;

/// The fewest rows of [`KNOWN`] that prove a difference harmless; none if it stays unexplained.
pub(crate) async fn explain(case: &Case, ours: &Answer, world: &World) -> Option<Vec<usize>> {
    let trial = Trial::new(case)?;
    let mut able = Vec::new();
    for (i, row) in KNOWN.iter().enumerate() {
        let may = match row.proof {
            // What is rounded may show only once names are alike.
            Proof::Rounding(concerns) => words::any(&trial.ours, concerns),
            _ => trial.clone().with(row, world).await.is_some(),
        };
        if may {
            able.push(i);
        }
    }
    let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..TOGETHER {
        sets = sets.iter().flat_map(|set| larger(set, &able)).collect();
        for set in &sets {
            if proves(set, &trial, case, ours, world).await {
                return Some(set.clone());
            }
        }
    }
    None
}

/// The set with each of those that come after its last.
fn larger(set: &[usize], able: &[usize]) -> Vec<Vec<usize>> {
    let later = able.iter().filter(|i| set.last().is_none_or(|last| *i > last));
    later.map(|i| [set, &[*i]].concat()).collect()
}

async fn proves(set: &[usize], trial: &Trial, case: &Case, ours: &Answer, world: &World) -> bool {
    let mut trial = trial.clone();
    for i in set {
        match trial.with(&KNOWN[*i], world).await {
            Some(next) => trial = next,
            None => return false,
        }
    }
    let (a, b) = trial.run(world).await;
    let agree = match (&a, &b) {
        // They must fail for the same reason.
        (Answer::Failed(a), Answer::Failed(b)) => b.ends_with(a.as_str()),
        _ => !matches!(compare(&a, &b, case.ordered()), Comparison::Different(_)),
    };
    // What we said at first must still be what we say.
    agree && matches!(ours, Answer::Failed(_)) == matches!(a, Answer::Failed(_))
}
