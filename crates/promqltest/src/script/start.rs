//! Start timestamps of samples: `metric@st -1m _ -10sx3 0s-1mx5`, relative to their samples.

use model::{duration, quote::quote};

/// The metric and the items of a line `metric@st …`; `None` where it is another line.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    let (word, items) = text.split_once([' ', '\t'])?;
    Some((word.strip_suffix("@st")?, items.trim()))
}

/// Reads items: `_`, `_xN`, `D`, `DxN`, `D+ExN`, `D-ExN` with signed durations.
pub(super) fn parse(items: &str) -> Result<Vec<Option<i64>>, String> {
    let mut starts = Vec::new();
    for item in items.split_whitespace() {
        read(item, &mut starts)
            .map_err(|message| format!("invalid ST item {}: {message}", quote(item)))?;
    }
    Ok(starts)
}

fn read(item: &str, starts: &mut Vec<Option<i64>>) -> Result<(), String> {
    if item == "_" {
        starts.push(None);
        return Ok(());
    }
    if let Some(times) = item.strip_prefix("_x") {
        let n = count(times).filter(|n| *n > 0).ok_or("invalid repeat count")?;
        starts.extend(std::iter::repeat_n(None, n));
        return Ok(());
    }
    let (base, rest) = signed_duration(item)?;
    let (step, times) = match rest.chars().next() {
        None => (0, "0"),
        Some('x') => (0, &rest[1..]),
        Some(sign @ ('+' | '-')) => {
            let (step, rest) = signed_duration(&rest[1..])
                .map_err(|message| format!("invalid step duration: {message}"))?;
            let times = rest.strip_prefix('x').ok_or("expected 'x<count>' after step duration")?;
            (if sign == '-' { -step } else { step }, times)
        }
        Some(c) => return Err(format!("unexpected character '{c}' after duration")),
    };
    let n = count(times).ok_or("invalid repeat count")?;
    let values = std::iter::successors(Some(base), |start| start.checked_add(step));
    starts.extend(values.take(n + 1).map(Some));
    Ok(())
}

/// A count that is no slip of the pen.
fn count(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|n| digits && *n <= 10_000_000)
}

/// A duration with an optional sign at the beginning of a text, in milliseconds, and what follows.
fn signed_duration(text: &str) -> Result<(i64, &str), String> {
    if text.is_empty() {
        return Err("empty duration".to_owned());
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return Err(format!("expected digits in duration {}", quote(text)));
    }
    let unit = unsigned.bytes().skip(digits).take_while(|b| b.is_ascii_alphabetic() && *b != b'x');
    let (duration, rest) = unsigned.split_at(digits + unit.count());
    let ms = duration::parse(duration)
        .map_err(|message| format!("invalid duration {}: {message}", quote(duration)))?;
    Ok((if text.starts_with('-') { -ms } else { ms }, rest))
}
