//! The text of `/metrics`: what a process tells of itself, as far as sums need it, and lines of our
//! own.

use std::fmt::Write as _;

use model::{Labels, METRIC_NAME};

/// Adds a sample without a time.
pub(crate) fn write_sample(text: &mut String, labels: &Labels, value: f64) {
    text.push_str(labels.metric_name());
    let others = labels.iter().filter(|(name, _)| *name != METRIC_NAME);
    let mut before = '{';
    for (name, value) in others {
        text.push(before);
        text.push_str(name);
        text.push_str("=\"");
        for c in value.chars() {
            match c {
                '\\' => text.push_str("\\\\"),
                '"' => text.push_str("\\\""),
                '\n' => text.push_str("\\n"),
                c => text.push(c),
            }
        }
        text.push('"');
        before = ',';
    }
    text.push_str(if before == ',' { "} " } else { " " });
    writeln!(text, "{value}").expect("writing to a string");
}

/// What a scrape brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exposition(String);

impl Exposition {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The sum over all series of a metric; none where there is no such metric.
    pub(crate) fn sum(&self, metric: &str) -> Option<f64> {
        self.sum_where(metric, |_| true)
    }

    /// The sum over the series whose labels, as they are written, are accepted.
    pub(crate) fn sum_where(&self, metric: &str, accept: impl Fn(&str) -> bool) -> Option<f64> {
        let series = self.0.lines().filter_map(|line| parse(line.strip_prefix(metric)?));
        let values = series.filter(|(labels, _)| accept(labels)).map(|(_, value)| value);
        values.reduce(|a, b| a + b)
    }
}

/// Labels and value of a line whose name was taken away.
fn parse(rest: &str) -> Option<(&str, f64)> {
    let (labels, value) = match rest.strip_prefix('{') {
        // Values of labels may hold braces, what comes after them does not.
        Some(labelled) => labelled.rsplit_once('}')?,
        None => rest.strip_prefix(' ').map(|value| ("", value))?,
    };
    let value = value.split_ascii_whitespace().next()?;
    Some((labels, value.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_written_as_they_are_read() {
        let mut text = String::new();
        write_sample(&mut text, &Labels::from_pairs([("__name__", "a")]), f64::INFINITY);
        let hard = [("__name__", "b"), ("c", "\\ \"\n}"), ("d", "")];
        write_sample(&mut text, &Labels::from_pairs(hard), 0.5);
        let two = [("__name__", "b"), ("c", "é"), ("d", "x")];
        write_sample(&mut text, &Labels::from_pairs(two), -2.0);
        assert_eq!(text, "a inf\nb{c=\"\\\\ \\\"\\n}\"} 0.5\nb{c=\"é\",d=\"x\"} -2\n");
        assert_eq!(Exposition::new(text).sum("b"), Some(-1.5));
    }

    #[test]
    fn series_of_a_metric_are_added_up() {
        let text = "# HELP a x\n# TYPE a counter\na{b=\"}\",c=\"1\"} 2\na{b=\"y\"} 3.5 1700000000000\n\
                    a_total 7\nab 9\nc 1e3\nbad{ 1\n";
        let scraped = Exposition::new(text.to_owned());
        assert_eq!(scraped.sum("a"), Some(5.5));
        assert_eq!(scraped.sum("a_total"), Some(7.0));
        assert_eq!(scraped.sum("c"), Some(1000.0));
        assert_eq!((scraped.sum("bad"), scraped.sum("none")), (None, None));
        assert_eq!(scraped.sum_where("a", |labels| labels.contains("\"y\"")), Some(3.5));
    }
}
