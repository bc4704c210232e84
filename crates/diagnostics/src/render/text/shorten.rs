//! A long line cut down to what matters, on whole tokens, with `…` for what is left out.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

const MARK: char = '…';
/// Wider indentation is cut.
const MAX_INDENT: usize = 20;

/// What is shown of a line.
pub(super) struct Shortened {
    pub(super) text: String,
    /// Parts of the line and where they stand in the text.
    kept: Vec<(Range<usize>, usize)>,
}

impl Shortened {
    /// Where a byte of the line stands in the text. What was left out stands at its `…`.
    pub(super) fn position(&self, at: usize) -> usize {
        let behind = self.kept.partition_point(|(part, _)| part.start <= at);
        let Some((part, new)) = behind.checked_sub(1).map(|i| &self.kept[i]) else { return 0 };
        new + (at.min(part.end) - part.start)
    }
}

/// Cuts the line to a width so that all of `seen` remains, or head and tail where it is too wide.
/// The ranges end between characters of the line.
pub(super) fn shorten(line: &str, seen: &[Range<usize>], width: usize) -> Shortened {
    // No character but a tab is wider than its bytes.
    let is_short = line.len() <= width && !line.contains('\t');
    if is_short || measure(line, width).is_some() {
        return Shortened { text: line.to_owned(), kept: vec![(0..line.len(), 0)] };
    }
    let indent = indent(line);
    let first = seen.iter().map(|part| part.start).min().unwrap_or(indent);
    // A sign for each gap, and the indentation, are never given up.
    let fixed = 2 * seen.len() + 1 + indent.min(first);
    let share = width.saturating_sub(fixed) / seen.len().max(1);
    let mut parts = merged(seen.iter().flat_map(|part| halves(line, part.clone(), share)));
    if parts.is_empty() {
        parts.push(indent..indent);
    }
    let taken: usize = parts.iter().map(|part| width_of(&line[part.clone()])).sum();
    grow(line, &mut parts, width.saturating_sub(fixed + taken));
    if indent <= first {
        parts.push(0..indent);
    }
    assemble(line, &merged(parts.into_iter()))
}

/// The indentation, if it is worth its width.
fn indent(line: &str) -> usize {
    let indent = line.bytes().take(MAX_INDENT + 1).take_while(|byte| *byte == b' ').count();
    if indent > MAX_INDENT { 0 } else { indent }
}

/// Sorted, with what touches joined.
fn merged(parts: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut parts: Vec<_> = parts.collect();
    parts.sort_by_key(|part| (part.start, part.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(parts.len());
    for part in parts {
        match merged.last_mut() {
            Some(last) if last.end >= part.start => last.end = last.end.max(part.end),
            _ => merged.push(part),
        }
    }
    merged
}

/// The part, or its head and its tail if it is wider than its share.
fn halves(line: &str, part: Range<usize>, share: usize) -> Vec<Range<usize>> {
    let text = &line[part.clone()];
    if measure(text, share).is_some() {
        return vec![part];
    }
    let (head, tail) = (head(text, share / 2), tail(text, share / 2));
    vec![part.start..part.start + head, part.end - tail..part.end]
}

/// Bytes of the first tokens that fit; at least a character.
fn head(text: &str, width: usize) -> usize {
    let (mut end, mut left) = (0, width);
    while let Some((token, taken)) = next_token(&text[end..], left) {
        end += token;
        left -= taken;
    }
    if end > 0 { end } else { text.chars().next().map_or(0, char::len_utf8) }
}

/// Bytes of the last tokens that fit; at least a character.
fn tail(text: &str, width: usize) -> usize {
    let (mut start, mut left) = (text.len(), width);
    while let Some((token, taken)) = last_token(&text[..start], left) {
        start -= token;
        left -= taken;
    }
    let last = text.chars().next_back().map_or(0, char::len_utf8);
    if start < text.len() { text.len() - start } else { last }
}

/// Adds tokens around the parts, in turn, as long as there is room.
fn grow(line: &str, parts: &mut [Range<usize>], mut room: usize) {
    let mut growing = true;
    while growing {
        growing = false;
        for i in 0..parts.len() {
            let after = parts.get(i + 1).map_or(line.len(), |next| next.start);
            let before = i.checked_sub(1).map_or(0, |i| parts[i].end);
            let part = &mut parts[i];
            if let Some((token, taken)) = next_token(&line[part.end..after.max(part.end)], room) {
                part.end += token;
                room -= taken;
                growing = true;
            }
            if let Some((token, taken)) =
                last_token(&line[before.min(part.start)..part.start], room)
            {
                part.start -= token;
                room -= taken;
                growing = true;
            }
        }
    }
}

fn assemble(line: &str, parts: &[Range<usize>]) -> Shortened {
    let mut shortened = Shortened { text: String::new(), kept: Vec::with_capacity(parts.len()) };
    let mut end = 0;
    for part in parts {
        if part.start > end {
            shortened.text.push(MARK);
        }
        shortened.kept.push((part.clone(), shortened.text.len()));
        shortened.text.push_str(&line[part.clone()]);
        end = part.end;
    }
    if end < line.len() {
        shortened.text.push(MARK);
    }
    shortened
}

/// Bytes and width of the first token, if it fits.
fn next_token(text: &str, room: usize) -> Option<(usize, usize)> {
    token(text.chars(), room)
}

/// Bytes and width of the last token, if it fits.
fn last_token(text: &str, room: usize) -> Option<(usize, usize)> {
    token(text.chars().rev(), room)
}

fn token(mut chars: impl Iterator<Item = char>, room: usize) -> Option<(usize, usize)> {
    let first = chars.next()?;
    let (mut bytes, mut width) = (first.len_utf8(), char_width(first));
    for c in chars.take_while(|c| is_word(first) && is_word(*c)) {
        bytes += c.len_utf8();
        width += char_width(c);
        if width > room {
            break;
        }
    }
    (width <= room).then_some((bytes, width))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | ':' | '.')
}

fn width_of(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// The width if it is at most so much; a long text is not read to its end.
fn measure(text: &str, at_most: usize) -> Option<usize> {
    let mut width = 0;
    for c in text.chars() {
        width += char_width(c);
        if width > at_most {
            return None;
        }
    }
    Some(width)
}

/// As annotate-snippets shows it.
fn char_width(c: char) -> usize {
    match c {
        '\t' => 4,
        _ if c.is_control() => 1,
        _ => c.width().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    const LINE: &str = "    expr: sum by (job) (rate(http_requests_total[5m])) / sum(up) > 2";

    fn check(needles: &[&str], width: usize, expect: &Expect) {
        let seen: Vec<_> = needles
            .iter()
            .map(|n| (LINE.find(n).unwrap(), n.len()))
            .map(|(s, l)| s..s + l)
            .collect();
        let shortened = shorten(LINE, &seen, width);
        expect.assert_eq(&shortened.text);
        for (needle, seen) in needles.iter().zip(&seen) {
            let found = shortened.position(seen.start)..shortened.position(seen.end);
            assert!(shortened.text[found].starts_with(&needle[..1]));
        }
    }

    #[test]
    fn what_fits_stays() {
        check(
            &["> 2"],
            LINE.len(),
            &expect!["    expr: sum by (job) (rate(http_requests_total[5m])) / sum(up) > 2"],
        );
    }

    #[test]
    fn tokens_around_what_is_seen_stay_whole() {
        check(&["> 2"], 30, &expect!["    …[5m])) / sum(up) > 2"]);
        check(&["by"], 30, &expect!["    expr: sum by (job) (…"]);
        check(&["by", "> 2"], 40, &expect!["    expr: sum by (job) …sum(up) > 2"]);
    }

    #[test]
    fn what_is_too_wide_shows_head_and_tail_and_what_is_marked_in_it() {
        check(
            &["sum by (job) (rate(http_requests_total[5m])) / sum(up)"],
            40,
            &expect!["    … sum by (job) (…[5m])) / sum(up) >…"],
        );
        check(
            &["sum by (job) (rate(http_requests_total[5m])) / sum(up)", "http"],
            40,
            &expect!["    expr: sum by (job…(http… sum(up) …"],
        );
    }

    proptest! {
        #[test]
        fn any_line_at_any_width(
            line in "[a-z(){} \\tä\\u{1f525}\\u{0}\\u{301}]{0,120}",
            marks in proptest::collection::vec((0_usize..130, 0_usize..130), 0..4),
            width in 0_usize..80,
        ) {
            let at = |n| line.floor_char_boundary(n);
            let seen: Vec<_> = marks.iter().map(|&(a, b)| at(a.min(b))..at(a.max(b))).collect();
            let shortened = shorten(&line, &seen, width);
            for range in &seen {
                let (start, end) = (shortened.position(range.start), shortened.position(range.end));
                prop_assert!(start <= end);
                // Both ends are shown as they are.
                if let Some(c) = line[range.clone()].chars().next() {
                    prop_assert!(shortened.text[start..].starts_with(c));
                }
                if let Some(c) = line[range.clone()].chars().next_back() {
                    prop_assert!(shortened.text[..end].ends_with(c));
                }
            }
            if seen.iter().all(|range| range.len() < 4) && width > 40 {
                prop_assert!(width_of(&shortened.text) <= width.max(measure(&line, width).unwrap_or(0)));
            }
        }
    }
}
