//! What an Alertmanager is told about one alert.

use model::{Fingerprint, Labels, Timestamp};

/// The state of one alert at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertUpdate {
    /// The alert's labels with `alertname`, external labels applied.
    pub labels: Labels,
    /// Expanded annotations.
    pub annotations: Vec<(String, String)>,
    /// Since when it fires.
    pub starts_at: Timestamp,
    /// When it resolved, or until when it is taken to fire unless it is sent again.
    pub ends_at: Timestamp,
    /// Where it came from; see [`generator_url`].
    pub generator_url: String,
    /// Whether it is over.
    pub resolved: bool,
    /// Alertmanager's fingerprint of `labels`.
    pub fingerprint: Fingerprint,
}

/// The link to the expression behind an alert, spelled as Prometheus spells it: dashboards cut it
/// at `/graph?` to find the server.
pub fn generator_url(external_url: &str, expr: &str) -> String {
    let base = external_url.trim_end_matches('/');
    format!("{base}/graph?g0.expr={}&g0.tab=1", query_escape(expr))
}

/// As Go's `url.QueryEscape`: letters, digits and `-_.~` stay, a space becomes `+`.
fn query_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            b' ' => escaped.push('+'),
            _ => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                escaped.push('%');
                escaped.push(char::from(HEX[usize::from(byte >> 4)]));
                escaped.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generator_urls_are_spelled_as_prometheus_spells_them() {
        assert_eq!(
            generator_url("http://prom:9090/", r#"rate(x{a="ü"}[5m]) * 2 > 0.5"#),
            "http://prom:9090/graph?g0.expr=\
             rate%28x%7Ba%3D%22%C3%BC%22%7D%5B5m%5D%29+%2A+2+%3E+0.5&g0.tab=1"
        );
        assert_eq!(generator_url("http://p/sub", "a~b"), "http://p/sub/graph?g0.expr=a~b&g0.tab=1");
    }
}
