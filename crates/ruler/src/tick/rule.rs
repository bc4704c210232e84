//! From a rule's result to recorded series or to observations of alerts. Nothing here changes
//! state: a rule whose templates wait for answers is evaluated again.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashSet},
};

use alert::{ALERT_NAME, Absence, Alert, Annotations, Observation};
use engine::{Level, Output};
use model::{Labels, METRIC_NAME, SampleValue, Timestamp};
use rules::TemplateContext;

use crate::{
    config::Config,
    group::{AlertRule, Record},
    status::Notices,
};

/// What is asked of the source beside the rules' expressions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// An expression.
    pub query: String,
    /// When to evaluate it, in milliseconds.
    pub t_ms: i64,
}

/// A series of an answer with its newest sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its labels.
    pub labels: Labels,
    /// The time of the sample.
    pub t_ms: i64,
    /// The value of the sample.
    pub value: SampleValue,
}

/// Questions with their answers.
pub type Answers = BTreeMap<Question, Result<Vec<Found>, String>>;

/// The values of absent elements on the compared side, by their labels.
type Below = BTreeMap<Labels, f64>;

/// What a rule's result leads to.
#[derive(Default)]
pub(crate) struct Produced {
    pub(crate) n_results: usize,
    pub(crate) notices: Notices,
    /// What a recording rule records.
    pub(crate) recorded: Vec<(Labels, SampleValue)>,
    /// What an alerting rule sees.
    pub(crate) observed: Option<Observed>,
    /// Queries that templates need answered first.
    pub(crate) questions: Vec<Question>,
}

/// What an alerting rule sees.
pub(crate) struct Observed {
    pub(crate) observations: Vec<Observation>,
    pub(crate) below: Below,
    pub(crate) threshold: Option<notify::Threshold>,
}

/// What templates are expanded with.
pub(crate) struct Expansion<'a> {
    pub(crate) config: &'a Config,
    pub(crate) t: Timestamp,
    pub(crate) answers: &'a Answers,
}

/// What a recording rule keeps as long as the series of its result do not change.
#[derive(Default)]
pub(crate) struct Memo {
    rows_version: Option<u64>,
    /// The recorded label set of each row.
    labels: Vec<Labels>,
    /// Whether these are all different.
    unique: bool,
}

/// The series that a recording rule makes of its result.
pub(crate) fn record(
    record: &Record,
    limit: usize,
    query: &str,
    output: &Output<'_>,
    memo: &mut Memo,
) -> Result<Produced, String> {
    memo.refresh(record, output);
    let present = (0..output.n_rows()).filter_map(|row| Some((row, output.sample(row, 0)?)));
    let recorded: Vec<_> = present.map(|(row, v)| (memo.labels[row].clone(), v)).collect();
    if !memo.unique && !are_unique(recorded.iter().map(|(labels, _)| labels)) {
        return Err(
            "vector contains metrics with the same labelset after applying rule labels".to_owned()
        );
    }
    if limit > 0 && recorded.len() > limit {
        return Err(format!("exceeded limit of {limit} with {} series", recorded.len()));
    }
    let (n_results, notices) = (recorded.len(), notices(output, query));
    Ok(Produced { n_results, notices, recorded, ..Produced::default() })
}

/// The observations that an alerting rule makes of its result. Series below the threshold are
/// looked up only for a rule that has alerts.
pub(crate) fn observe(
    rule: &AlertRule,
    query: &str,
    output: &Output<'_>,
    has_alerts: bool,
    expansion: &Expansion<'_>,
) -> Produced {
    let questions = RefCell::new(Vec::new());
    let (mut observations, mut below) = (Vec::new(), Below::new());
    for row in 0..output.n_rows() {
        if let Some(value) = output.sample(row, 0) {
            let element = Element { series: &output.result_labels(row), value };
            observations.push(element.observe(rule, expansion, &questions));
        } else if has_alerts && rule.has_threshold {
            let lhs = output.threshold(row).and_then(|compared| compared.lhs);
            below.extend(lhs.map(|lhs| (output.result_labels(row).into_owned(), lhs)));
        }
    }
    // Also where no series is left that is compared: its alerts end now.
    let threshold = output.comparison().map(|t| notify::Threshold {
        op: t.op.as_str().to_owned(),
        rhs: t.rhs,
        lhs_expr: t.lhs_expr,
    });
    Produced {
        n_results: observations.len(),
        notices: notices(output, query),
        recorded: Vec::new(),
        observed: Some(Observed { observations, below, threshold }),
        questions: questions.into_inner(),
    }
}

/// What is known of an alert's series now that the result lacks it.
pub(crate) fn absence(rule: &AlertRule, alert: &Alert, below: &Below) -> Absence {
    match below.get(&alert.series) {
        Some(value) => Absence::ConditionFalse(*value),
        None if rule.has_threshold => Absence::SeriesAbsent,
        None => Absence::Unknown,
    }
}

impl Memo {
    fn refresh(&mut self, record: &Record, output: &Output<'_>) {
        if self.rows_version == Some(output.rows_version()) {
            return;
        }
        self.labels.clear();
        let rows = 0..output.n_rows();
        self.labels.extend(rows.map(|row| record.labels_of(&output.result_labels(row))));
        self.unique = are_unique(self.labels.iter());
        self.rows_version = Some(output.rows_version());
    }
}

/// An element of an alerting rule's result.
struct Element<'a> {
    series: &'a Labels,
    value: SampleValue,
}

impl Element<'_> {
    fn observe(
        &self,
        rule: &AlertRule,
        expansion: &Expansion<'_>,
        questions: &RefCell<Vec<Question>>,
    ) -> Observation {
        let answer = |query: &str| expansion.answer(query, questions);
        let context = TemplateContext {
            name: &rule.name,
            labels: self.series,
            value: &self.value,
            external_labels: &expansion.config.external_labels,
            external_url: &expansion.config.external_url,
            t: expansion.t.0,
            query: &answer,
        };
        let mut labels = self.series.to_builder();
        labels.remove(METRIC_NAME);
        for (name, template) in &rule.labels {
            labels.set(name, &template.expand_or_error(&context));
        }
        labels.set(ALERT_NAME, &rule.name);
        let annotations = rule.annotations.iter();
        let annotations: Annotations = annotations
            .map(|(name, text)| (name.to_string(), text.expand_or_error(&context)))
            .collect();
        Observation {
            labels: labels.build(),
            series: self.series.clone(),
            annotations,
            // As in Prometheus, an alert about a histogram has no number.
            value: self.value.float().unwrap_or(0.0),
        }
    }
}

impl Expansion<'_> {
    /// The answer to a template's query; a question without one is noted, and empty for now.
    fn answer(
        &self,
        query: &str,
        questions: &RefCell<Vec<Question>>,
    ) -> Result<Vec<(Labels, SampleValue)>, String> {
        let question = Question { query: query.to_owned(), t_ms: self.t.0 };
        if let Some(answer) = self.answers.get(&question) {
            let found = answer.as_ref().map_err(Clone::clone)?;
            return Ok(found.iter().map(|f| (f.labels.clone(), f.value.clone())).collect());
        }
        let mut questions = questions.borrow_mut();
        if !questions.contains(&question) {
            questions.push(question);
        }
        Ok(Vec::new())
    }
}

fn notices(output: &Output<'_>, query: &str) -> Notices {
    let mut notices = Notices::default();
    for notice in output.notices() {
        let level = match notice.level {
            Level::Warning => &mut notices.warnings,
            Level::Info => &mut notices.infos,
        };
        level.push(notice.render(query));
    }
    notices
}

fn are_unique<'a>(mut labels: impl Iterator<Item = &'a Labels>) -> bool {
    let mut seen = HashSet::new();
    labels.all(|l| seen.insert(l))
}
