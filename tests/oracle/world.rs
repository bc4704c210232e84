//! Both sides with the same samples, ready to be asked.

use engine::query::QueryOptions;
use model::Labels;
use promql::{Expr, ParseOptions};
use store::Table;

use super::{
    answer::{self, Answer},
    data::{self, Series},
    queries::When,
    theirs,
};

/// Our table and their server.
pub(crate) struct World {
    client: reqwest::Client,
    url: String,
    table: Table,
}

impl World {
    pub(crate) fn new(client: reqwest::Client, url: &str, series: &[Series]) -> Self {
        Self { client, url: url.to_owned(), table: data::table(series) }
    }

    /// Our answer to a text.
    pub(crate) fn ours(&self, text: &str, when: When) -> Answer {
        match parse(text) {
            Ok(expr) => self.ours_with(&expr, when, &[]),
            Err(error) => Answer::Failed(error),
        }
    }

    /// Our answer, had the table these series too.
    pub(crate) fn ours_with(&self, expr: &Expr, when: When, more: &[Series]) -> Answer {
        if more.is_empty() {
            return answer::ours(expr, when, &self.table, &QueryOptions::default());
        }
        let mut table = self.table.clone();
        for (labels, samples) in more {
            let id = table.series_id(labels);
            for (t, value) in samples {
                table.append(id, *t, *value);
            }
        }
        answer::ours(expr, when, &table, &QueryOptions::default())
    }

    /// Prometheus's answer.
    pub(crate) async fn theirs(&self, text: &str, when: When) -> Answer {
        theirs::ask(&self.client, &self.url, text, when).await
    }

    /// Prometheus's answer, each step asked for alone. Within a range query it adds up series in
    /// an order of chance, so that last digits differ from one time to the next.
    pub(crate) async fn theirs_step_by_step(&self, text: &str, when: When) -> Answer {
        let steps = match when {
            When::At(_) => return self.theirs(text, when).await,
            When::Over(steps) => steps,
        };
        let mut matrix = Matrix::new();
        for t in (0..steps.count).map(|i| steps.at(i)) {
            match self.theirs(text, When::At(t)).await {
                Answer::Vector(samples) => add(&mut matrix, t, samples),
                Answer::Scalar(value) => add(&mut matrix, t, [(Labels::empty(), value)]),
                Answer::Failed(error) => return Answer::Failed(error),
                other => panic!("not a vector: {other:?}"),
            }
        }
        Answer::Matrix(matrix)
    }

    /// The first samples of the windows that Prometheus has for a range vector.
    pub(crate) async fn theirs_first(&self, range: &str, when: When) -> Answer {
        let steps = when.steps();
        let mut matrix = Matrix::new();
        for t in (0..steps.count).map(|i| steps.at(i)) {
            match self.theirs(range, When::At(t)).await {
                Answer::Matrix(windows) => {
                    let firsts = windows.into_iter().map(|(labels, points)| (labels, points[0].1));
                    add(&mut matrix, t, firsts);
                }
                Answer::Failed(error) => return Answer::Failed(error),
                other => panic!("not a matrix: {other:?}"),
            }
        }
        match when {
            When::Over(_) => Answer::Matrix(matrix),
            When::At(_) => {
                Answer::Vector(matrix.into_iter().map(|(l, points)| (l, points[0].1)).collect())
            }
        }
    }
}

type Matrix = std::collections::BTreeMap<Labels, Vec<(i64, f64)>>;

fn add(to: &mut Matrix, t: i64, samples: impl IntoIterator<Item = (Labels, f64)>) {
    for (labels, value) in samples {
        to.entry(labels).or_default().push((t, value));
    }
}

/// Parses with all that both sides may know.
pub(crate) fn parse(text: &str) -> Result<Expr, String> {
    let gates = ParseOptions { experimental_functions: true, ..ParseOptions::default() };
    promql::parse_expr(text, &gates).map_err(|error| error.to_string())
}
