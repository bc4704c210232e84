//! What the parts of an expression returned, as lines: outer parts first, inner ones indented.

use diagnostics::Span;
use engine::{Part, PartValue};
use model::{SampleValue, number::format_f};
use promqltest::series::show_labels;

use crate::report::Line;

/// Series of a part that are shown.
const SHOWN_SERIES: usize = 4;
/// Parts of an expression that are shown.
const SHOWN_PARTS: usize = 30;
/// Characters of a part that are shown.
const SHOWN_TEXT: usize = 72;

/// The lines of the parts of an expression whose text is given.
pub(crate) fn lines(expr: &str, parts: Vec<Part>, depth: usize) -> Vec<Line> {
    let mut parts: Vec<Part> = parts.into_iter().filter(|part| is_telling(part, expr)).collect();
    // Of parts at one place the outermost comes last.
    parts.reverse();
    parts.sort_by_key(|part| (part.span.start, std::cmp::Reverse(part.span.end)));
    parts.dedup_by_key(|part| part.span);
    let mut around: Vec<Span> = Vec::new();
    let mut lines = Vec::new();
    for part in parts.iter().take(SHOWN_PARTS) {
        around.retain(|outer| outer.end > part.span.start);
        let text = one_line(part.span.of(expr));
        lines.push(Line::both(depth + around.len(), format!("{text}  →  {}", show(&part.value))));
        around.push(part.span);
    }
    if parts.len() > SHOWN_PARTS {
        let more = parts.len() - SHOWN_PARTS;
        lines.push(Line::both(depth, format!("({more} more parts are not shown)")));
    }
    lines
}

/// Where something begins that spans many lines.
pub(crate) fn beginning_of(span: Span) -> Span {
    Span { end: span.start, ..span }
}

/// Numbers and strings say themselves what they are.
fn is_telling(part: &Part, expr: &str) -> bool {
    let text = part.span.of(expr);
    let literal =
        text.trim_start_matches(['-', '+', '.', '(']).starts_with(|c: char| c.is_ascii_digit());
    let says_itself = literal && matches!(part.value, PartValue::Scalar(_));
    !(text.is_empty() || says_itself)
}

fn show(value: &PartValue) -> String {
    match value {
        PartValue::Scalar(value) => format_f(*value),
        PartValue::Vector(values) if values.is_empty() => "no series".to_owned(),
        PartValue::Vector(values) => {
            let shown = values.iter().take(SHOWN_SERIES);
            let shown: Vec<String> = shown
                .map(|(labels, value)| format!("{} {}", show_labels(labels), show_sample(value)))
                .collect();
            let more = values.len().saturating_sub(SHOWN_SERIES);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            shown.join(", ") + &more
        }
        PartValue::Steps { steps, series, values } => {
            format!("{values} values of {series} series at {steps} steps")
        }
    }
}

/// A value as people read it.
pub(crate) fn show_sample(value: &SampleValue) -> String {
    match value {
        SampleValue::Float(value) => format_f(*value),
        SampleValue::Histogram(histogram) => histogram.test_text(),
    }
}

/// A text without line breaks and runs of spaces, cut where it is long.
pub(crate) fn one_line(text: &str) -> String {
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = words.char_indices().nth(SHOWN_TEXT) {
        words.truncate(cut);
        words.push('…');
    }
    words
}
