//! Figures that a process tells of itself: the text of `/metrics`, as far as sums need it.

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
