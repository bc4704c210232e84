//! The queries that are asked of both sides, and when.
//!
//! Every function, operator and aggregation of our tables that needs no flag is crossed with
//! selectors; [`random`] nests them; [`hand_written`] is what people write, and mistakes;
//! [`corpus`] is what real rule files hold; [`certain`] shows known differences. A new row of a table is asked without a change here.
//! Start at [`all`].

mod certain;
mod corpus;
mod hand_written;
mod random;
mod tables;

use engine::Steps;

use super::data::{END, START, Series, noise};

/// A query and its time.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) text: String,
    pub(crate) when: When,
    pub(crate) origin: Origin,
}

/// Where a query comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// The tables of functions and operators.
    Tables,
    /// Written for this test.
    Written,
    /// Nested at random.
    Random,
    /// Real rule files, as they are.
    Rules,
    /// Real rule files, with names that our data has.
    Renamed,
}

impl Case {
    /// Whether the order of the result is defined.
    pub(crate) fn ordered(&self) -> bool {
        ["sort", "topk(", "bottomk("].iter().any(|word| self.text.starts_with(word))
    }
}

/// At one time or at many.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    At(i64),
    Over(Steps),
}

impl When {
    /// All times.
    pub(crate) fn steps(self) -> Steps {
        match self {
            Self::At(t) => Steps::instant(t),
            Self::Over(steps) => steps,
        }
    }
}

/// Times of instant queries: within the data and at its edges.
pub(crate) const TIMES: [i64; 10] = [
    START + 3_600_750,
    START + 1_234_750,
    START + 2_900_250,
    START + 3_985_500,
    START + 5_400_750,
    START + 6_120_250,
    START + 45_750,
    START - 750,
    END + 120_750,
    END + 400_250,
];

/// Grids of range queries; no step meets a sample.
pub(crate) const GRIDS: [Steps; 6] = [
    Steps { start: START + 1_800_750, step: 15_000, count: 40 },
    Steps { start: START - 119_250, step: 60_000, count: 30 },
    Steps { start: START + 2_700_500, step: 97_250, count: 36 },
    Steps { start: END - 600_750, step: 30_000, count: 45 },
    Steps { start: START + 3_900_250, step: 1_750, count: 50 },
    Steps { start: START + 60_750, step: 420_000, count: 18 },
];

/// All cases, instant ones first.
pub(crate) fn all(series: &[Series]) -> Vec<Case> {
    let mut texts: Vec<(Origin, String)> = Vec::new();
    let mut add = |origin, more: Vec<String>| {
        texts.extend(more.into_iter().map(|text| (origin, text)));
    };
    add(Origin::Tables, tables::all());
    add(Origin::Written, hand_written::all());
    add(Origin::Random, random::all(900));
    let rules = corpus::all();
    add(Origin::Renamed, rules.iter().map(corpus::renamed).collect());
    add(Origin::Rules, rules.iter().map(ToString::to_string).collect());
    let mut cases = certain::all(series);
    for (i, (origin, text)) in (0_u64..).zip(&texts) {
        let mut times = vec![TIMES[0], pick(&TIMES, i, 1), pick(&TIMES, i, 2)];
        times.truncate(match origin {
            // Most of them are about series that nobody has.
            Origin::Rules => 1,
            Origin::Renamed => 2,
            _ => 3,
        });
        times.sort_unstable();
        times.dedup();
        let case = |t| Case { text: text.clone(), when: When::At(t), origin: *origin };
        cases.extend(times.into_iter().map(case));
    }
    for (i, (origin, text)) in (0_u64..).zip(&texts) {
        if noise(i, 3).is_multiple_of(2) && *origin != Origin::Rules {
            let when = When::Over(pick(&GRIDS, i, 4));
            cases.push(Case { text: text.clone(), when, origin: *origin });
        }
    }
    cases
}

/// One of these, as chance has it.
fn pick<T: Copy>(from: &[T], seed: u64, k: u64) -> T {
    let i = noise(seed, k) % from.len() as u64;
    from[usize::try_from(i).expect("an index")]
}
