//! The tree of a file to tests, with every mistake on the way.
//!
//! As promtool decodes with `yaml.v2` into the structs of `cmd/promtool/unittest.go`, unknown
//! fields refused. What fields are of is here, how single values are read in `decode`.

mod decode;

use std::sync::Arc;

use diagnostics::{Source, Span};
use yaml::{Node, YamlError};

use self::decode::Decoder;
use crate::{
    error::{ErrorKind, FileError},
    file::{AlertTest, ExpAlert, ExpSample, ExprTest, Test, TestFile, Text, Time},
    series::{self, InputSeries},
};

const FILE: &str = "main.unitTestFile";
const TEST: &str = "main.testGroup";
const SERIES: &str = "main.series";
const ALERT_TEST: &str = "main.alertTestCase";
const ALERT: &str = "main.alert";
const EXPR_TEST: &str = "main.promqlTestCase";
const SAMPLE: &str = "main.sample";

/// Milliseconds between evaluations of a file that does not say.
const MINUTE: i64 = 60_000;

/// Reads a file.
pub(crate) fn read(text: &str) -> TestFile {
    let stream = yaml::parse(&yaml::Origin::file(&Source::new("", text)));
    let has_more = stream.documents.len() > 1;
    let document = stream.documents.into_iter().next().unwrap_or_default();
    let mut decoder = Decoder::default();
    // Keys that are written twice are found again, in promtool's words.
    let syntax = document.errors.into_iter().filter(|error| error.is_syntax);
    decoder.errors.extend(syntax.map(yaml_error));
    let mut file = TestFile {
        rule_files: Vec::new(),
        evaluation_interval: 0,
        group_eval_order: Vec::new(),
        fuzzy_compare: false,
        tests: Vec::new(),
        errors: Vec::new(),
        extensions: Vec::new(),
        has_more,
    };
    if let Some(root) = &document.root {
        decoder.file(root, &mut file);
    }
    if file.evaluation_interval == 0 {
        file.evaluation_interval = MINUTE;
    }
    for test in &mut file.tests {
        if test.interval == 0 {
            test.interval = file.evaluation_interval;
        }
        series::read_all(text, &mut test.input_series);
    }
    decoder.errors.sort_by_key(|error| error.span.start);
    file.errors = decoder.errors;
    file.extensions = decoder.extensions;
    file
}

fn yaml_error(error: YamlError) -> FileError {
    let YamlError { message, note, line, span, .. } = error;
    FileError { message, line, span, note, kind: ErrorKind::Syntax }
}

impl Decoder {
    fn file(&mut self, root: &Arc<Node>, file: &mut TestFile) {
        let known =
            ["rule_files", "evaluation_interval", "group_eval_order", "tests", "fuzzy_compare"];
        let mut own_intervals = false;
        for (name, value) in self.fields(root, FILE, &known, &["use_group_intervals"]) {
            match name {
                "rule_files" => file.rule_files = self.texts(value),
                "evaluation_interval" => file.evaluation_interval = self.duration(value),
                "group_eval_order" => file.group_eval_order = self.texts(value),
                "fuzzy_compare" => file.fuzzy_compare = self.boolean(value),
                "use_group_intervals" => own_intervals = self.boolean(value),
                _ => {
                    let items = self.items(value, TEST);
                    let tests = items.into_iter().map(|item| self.test(item));
                    file.tests = tests.collect();
                }
            }
        }
        for (number, test) in file.tests.iter_mut().enumerate() {
            test.number = number;
            test.use_group_intervals |= own_intervals;
        }
    }

    fn test(&mut self, node: &Arc<Node>) -> Test {
        let mut test = Test {
            number: 0,
            name: None,
            interval: 0,
            start: 0,
            input_series: Vec::new(),
            alerts: Vec::new(),
            exprs: Vec::new(),
            external_labels: Vec::new(),
            external_url: String::new(),
            use_group_intervals: false,
            span: node.span,
        };
        let known = [
            "interval",
            "input_series",
            "alert_rule_test",
            "promql_expr_test",
            "external_labels",
            "external_url",
            "name",
            "start_timestamp",
        ];
        for (name, value) in self.fields(node, TEST, &known, &["use_group_intervals"]) {
            match name {
                "name" => test.name = Some(self.text(value)).filter(|name| !name.text.is_empty()),
                "interval" => test.interval = self.duration(value),
                "start_timestamp" => test.start = self.start(value),
                "external_labels" => test.external_labels = self.names(value),
                "external_url" => test.external_url = self.text(value).text,
                "use_group_intervals" => test.use_group_intervals = self.boolean(value),
                "input_series" => {
                    let items = self.items(value, SERIES);
                    test.input_series = items.into_iter().map(|i| self.series(i)).collect();
                }
                "alert_rule_test" => {
                    let items = self.items(value, ALERT_TEST);
                    test.alerts = items.into_iter().map(|i| self.alert_test(i)).collect();
                }
                _ => {
                    let items = self.items(value, EXPR_TEST);
                    test.exprs = items.into_iter().map(|i| self.expr_test(i)).collect();
                }
            }
        }
        test
    }

    fn series(&mut self, node: &Arc<Node>) -> InputSeries {
        let mut read = InputSeries {
            series: nothing(node),
            values: nothing(node),
            samples: None,
            span: node.span,
        };
        for (name, value) in self.fields(node, SERIES, &["series", "values"], &[]) {
            match name {
                "series" => read.series = self.text(value),
                _ => read.values = self.text(value),
            }
        }
        read
    }

    fn alert_test(&mut self, node: &Arc<Node>) -> AlertTest {
        let mut read = AlertTest {
            eval_time: Time { ms: 0, span: start_of(node) },
            alertname: None,
            exp_alerts: Vec::new(),
            span: node.span,
        };
        for (name, value) in
            self.fields(node, ALERT_TEST, &["eval_time", "alertname", "exp_alerts"], &[])
        {
            match name {
                "eval_time" => read.eval_time = self.time(value),
                "alertname" => {
                    read.alertname = Some(self.text(value)).filter(|name| !name.text.is_empty());
                }
                _ => {
                    let items = self.items(value, ALERT);
                    read.exp_alerts = items.into_iter().map(|i| self.exp_alert(i)).collect();
                }
            }
        }
        read
    }

    fn exp_alert(&mut self, node: &Arc<Node>) -> ExpAlert {
        let mut read = ExpAlert {
            labels: Vec::new(),
            annotations: Vec::new(),
            labels_subset: None,
            annotations_subset: None,
            span: node.span,
        };
        let ours = ["exp_labels_subset", "exp_annotations_subset"];
        for (name, value) in self.fields(node, ALERT, &["exp_labels", "exp_annotations"], &ours) {
            match name {
                "exp_labels" => read.labels = self.names(value),
                "exp_annotations" => read.annotations = self.names(value),
                "exp_labels_subset" => read.labels_subset = Some(self.names(value)),
                _ => read.annotations_subset = Some(self.names(value)),
            }
        }
        read
    }

    fn expr_test(&mut self, node: &Arc<Node>) -> ExprTest {
        let mut read = ExprTest {
            expr: nothing(node),
            eval_time: Time { ms: 0, span: start_of(node) },
            exp_samples: Vec::new(),
            span: node.span,
        };
        for (name, value) in
            self.fields(node, EXPR_TEST, &["expr", "eval_time", "exp_samples"], &[])
        {
            match name {
                "expr" => read.expr = self.text(value),
                "eval_time" => read.eval_time = self.time(value),
                _ => {
                    let items = self.items(value, SAMPLE);
                    read.exp_samples = items.into_iter().map(|i| self.sample(i)).collect();
                }
            }
        }
        read
    }

    fn sample(&mut self, node: &Arc<Node>) -> ExpSample {
        let mut read =
            ExpSample { labels: nothing(node), value: 0.0, histogram: None, span: node.span };
        for (name, value) in self.fields(node, SAMPLE, &["labels", "value", "histogram"], &[]) {
            match name {
                "labels" => read.labels = self.text(value),
                "value" => read.value = self.float(value),
                _ => read.histogram = Some(self.text(value)).filter(|text| !text.text.is_empty()),
            }
        }
        read
    }
}

/// An empty text, for a field that is missing.
fn nothing(node: &Arc<Node>) -> Text {
    Text { text: String::new(), node: Arc::clone(node) }
}

fn start_of(node: &Node) -> Span {
    Span { end: node.span.start, ..node.span }
}
