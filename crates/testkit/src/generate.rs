//! Data and queries by chance, for evaluators to be compared.
//!
//! Data is a `load` of Prometheus's test language, so that a finding can be shown, and run
//! elsewhere, as it is. Queries are well typed, drawn from the tables of functions, operators and
//! aggregations, over names that the data has. The same choices make the same case.
//! Start at [`case`]; `data` writes samples, `queries` expressions.

mod data;
mod queries;

use std::fmt;

use crate::fuzz::Dice;

/// Something to evaluate.
#[derive(Clone, Debug)]
pub struct Case {
    /// The samples, as a script of one `load`.
    pub script: String,
    /// The expression.
    pub query: String,
    /// When it is evaluated.
    pub when: When,
    /// What a server is told by flags.
    pub flags: Flags,
}

/// When a query is evaluated, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Once.
    Instant(i64),
    /// From a start to an end in steps.
    Range {
        /// The first time.
        start: i64,
        /// No time is later.
        end: i64,
        /// From one to the next.
        step: i64,
    },
}

/// The flags that change what expressions mean.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Flags {
    /// `promql-delayed-name-removal`
    pub delayed_name_removal: bool,
    /// `use-start-timestamps`
    pub start_timestamps: bool,
    /// `type-and-unit-labels`
    pub type_and_unit_labels: bool,
    /// Whether samples are native histograms now and then.
    pub histograms: bool,
}

/// A case.
pub fn case(dice: &mut Dice<'_>) -> Case {
    let flags = flags(dice);
    let (script, names) = data::script(dice, flags.histograms);
    let when = when(dice);
    let query = queries::query(dice, &names, matches!(when, When::Instant(_)));
    Case { script, query, when, flags }
}

/// Rules that are evaluated slot by slot over samples that come as time passes.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The samples, as a script of one `load`.
    pub script: String,
    /// The rules' expressions.
    pub queries: Vec<String>,
    /// What a server is told by flags.
    pub flags: Flags,
    /// How many slots of 15 seconds there are.
    pub n_slots: usize,
}

/// A rule set.
pub fn rules(dice: &mut Dice<'_>) -> Rules {
    let flags = flags(dice);
    let (script, names) = data::script(dice, flags.histograms);
    let n_rules = 2 + dice.below(5);
    let queries = (0..n_rules).map(|_| queries::rule(dice, &names)).collect();
    Rules { script, queries, flags, n_slots: 4 + dice.below(24) }
}

fn flags(dice: &mut Dice<'_>) -> Flags {
    Flags {
        delayed_name_removal: dice.one_in(2),
        start_timestamps: dice.one_in(2),
        type_and_unit_labels: dice.one_in(6),
        histograms: dice.one_in(2),
    }
}

fn when(dice: &mut Dice<'_>) -> When {
    let t = time(dice);
    if dice.one_in(2) {
        return When::Instant(t);
    }
    let step = 1000 * [60, 15, 30, 10, 7, 120, 1, 300][dice.below(8)];
    let count = i64::try_from(dice.below(9)).expect("a few");
    // Now and then the end is no step.
    let end = t + step * count + if dice.one_in(5) { step / 3 } else { 0 };
    When::Range { start: t, end, step }
}

/// A time when there are samples, or soon before or after: mostly where scrapes are.
fn time(dice: &mut Dice<'_>) -> i64 {
    let t = 15_000 * i64::try_from(dice.below(44)).expect("a few");
    match dice.below(8) {
        0..6 => t,
        6 => t + 1,
        _ => t - 60_000 + i64::try_from(dice.below(120_000)).expect("a few"),
    }
}

impl fmt::Display for Case {
    /// The load and the query, as a script that expects nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.script)?;
        let when = match self.when {
            When::Instant(t) => format!("instant at {t}ms"),
            When::Range { start, end, step } => {
                format!("range from {start}ms to {end}ms step {step}ms")
            }
        };
        writeln!(f, "eval {when} {}", self.query)?;
        write!(f, "# {:?}", self.flags)
    }
}
