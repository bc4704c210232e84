//! What was asked and how it came out, counted and printed. Start at [`Summary`].

use std::{collections::BTreeMap, fmt::Write as _, io::Write as _};

use super::{
    answer::{Answer, Comparison},
    known::KNOWN,
    queries::{Case, Origin, When},
};

/// Unexplained differences that are printed.
const SHOWN: usize = 20;

/// The counts.
#[derive(Default)]
pub(crate) struct Summary {
    pub(crate) n_instant: usize,
    pub(crate) n_range: usize,
    by_origin: BTreeMap<Origin, usize>,
    identical: usize,
    close: usize,
    refused: usize,
    empty: usize,
    /// How often each row of [`KNOWN`] was needed.
    pub(crate) needed: [usize; KNOWN.len()],
    explained: usize,
    pub(crate) unexplained: Vec<String>,
}

impl Summary {
    /// Counts a query.
    pub(crate) fn add(
        &mut self,
        case: &Case,
        theirs: &Answer,
        comparison: &Comparison,
        rows: Option<Vec<usize>>,
    ) {
        match case.when {
            When::At(_) => self.n_instant += 1,
            When::Over(_) => self.n_range += 1,
        }
        *self.by_origin.entry(case.origin).or_default() += 1;
        match (comparison, rows, theirs) {
            (Comparison::Different(text), None, _) => {
                let (query, when) = (&case.text, case.when);
                self.unexplained.push(format!("{query}\n  {when:?}\n{text}"));
            }
            (Comparison::Different(_), Some(rows), _) => {
                self.explained += 1;
                for i in rows {
                    self.needed[i] += 1;
                }
            }
            (_, _, Answer::Failed(_)) => self.refused += 1,
            (_, _, answer) if answer.is_empty() => self.empty += 1,
            (Comparison::Identical, ..) => self.identical += 1,
            (Comparison::Close, ..) => self.close += 1,
        }
    }

    /// The text, and the first of what is unexplained.
    pub(crate) fn print(&self) {
        let mut text = format!(
            "asked Prometheus 2.42 {} instant and {} range queries, none skipped\n",
            self.n_instant, self.n_range
        );
        for (origin, n) in &self.by_origin {
            let _ = writeln!(text, "{n:7} {}", origin.told());
        }
        let agreed = self.identical + self.close + self.refused + self.empty;
        let _ = writeln!(text, "{agreed} agree");
        for (n, how) in [
            (self.identical, "with values, to the bit"),
            (self.close, "with values, to a part in 10^12"),
            (self.empty, "that nothing is found"),
            (self.refused, "that it is an error"),
        ] {
            let _ = writeln!(text, "{n:7} {how}");
        }
        let _ = writeln!(text, "{} differ as is known of 2.42 and 3.14", self.explained);
        for (row, n) in KNOWN.iter().zip(self.needed) {
            let _ = writeln!(text, "{n:7} {} [{}]", row.name, row.section);
        }
        let _ = writeln!(text, "{} differ without an explanation", self.unexplained.len());
        for case in self.unexplained.iter().take(SHOWN) {
            let _ = writeln!(text, "- {case}");
        }
        note(text.trim_end());
    }
}

impl Origin {
    fn told(self) -> &'static str {
        match self {
            Self::Tables => "from the tables of functions, operators and aggregations",
            Self::Written => "written for this test",
            Self::Random => "nested at random",
            Self::Rules => "of real rule files, as they are",
            Self::Renamed => "of real rule files, about our series",
        }
    }
}

/// Prints past the test harness, which shows the output of failed tests only.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
