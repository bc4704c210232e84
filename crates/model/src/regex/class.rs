//! Sets of characters: `[a-z]`, `[[:alpha:]]`, `\d`, `\pL`, `\p{Greek}`.
//!
//! Perl's and POSIX's sets are ASCII. A bracket holds no nested sets and no set operations.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

use super::{RegexError, escape, parse::cut};

const BAD_RANGE: &str = "invalid character class range";

/// A bracket expression at the start of `text`, and the text behind it.
pub(super) fn bracketed(text: &str, fold: bool) -> Result<(ClassUnicode, &str), RegexError> {
    let mut rest = &text[1..];
    let negated = rest.strip_prefix('^');
    rest = negated.unwrap_or(rest);
    let mut set = ClassUnicode::empty();
    let mut ranges = Vec::new();
    let mut first = true;
    // A bracket right at the start is an ordinary character.
    while first || !rest.starts_with(']') {
        first = false;
        if let Some((named, after)) = posix(rest, fold)? {
            (set, rest) = (united(set, &named), after);
        } else if let Some((named, after)) = escaped(rest, fold)? {
            (set, rest) = (united(set, &named), after);
        } else {
            let (range, after) = range(rest, text)?;
            ranges.extend(range);
            rest = after;
        }
    }
    let mut plain = ClassUnicode::new(ranges);
    if fold {
        plain.case_fold_simple();
    }
    set = united(set, &plain);
    if negated.is_some() {
        set.negate();
    }
    Ok((set, &rest[1..]))
}

/// `\d`, `\pL` and their like at the start of `text`; none where it starts otherwise.
pub(super) fn escaped(text: &str, fold: bool) -> Result<Option<(ClassUnicode, &str)>, RegexError> {
    let Some((b'\\', kind)) = text.bytes().next().zip(text.as_bytes().get(1).copied()) else {
        return Ok(None);
    };
    let ranges: &[(char, char)] = match kind {
        b'd' | b'D' => &[('0', '9')],
        b's' | b'S' => &[('\t', '\n'), ('\x0C', '\r'), (' ', ' ')],
        b'w' | b'W' => WORD,
        b'p' | b'P' => return unicode(text, fold).map(Some),
        _ => return Ok(None),
    };
    Ok(Some((from_ranges(ranges, fold, kind.is_ascii_uppercase()), &text[2..])))
}

fn united(mut set: ClassUnicode, more: &ClassUnicode) -> ClassUnicode {
    if set.ranges().is_empty() {
        return more.clone();
    }
    if !more.ranges().is_empty() {
        set.union(more);
    }
    set
}

/// One character, or two with a dash between; `whole` is the bracket to cite where it is not closed.
fn range<'p>(text: &'p str, whole: &str) -> Result<(Vec<ClassUnicodeRange>, &'p str), RegexError> {
    let (low, mut rest) = member(text, whole)?;
    let mut high = low;
    if rest.len() >= 2 && rest.starts_with('-') && !rest.starts_with("-]") {
        (high, rest) = member(&rest[1..], whole)?;
        if high < low {
            return Err(RegexError::new(BAD_RANGE, cut(text, rest)));
        }
    }
    Ok((without_surrogates(low, high), rest))
}

fn member<'p>(text: &'p str, whole: &str) -> Result<(u32, &'p str), RegexError> {
    match text.chars().next() {
        None => Err(RegexError::new("missing closing ]", whole)),
        Some('\\') => escape::escape(text),
        Some(c) => Ok((u32::from(c), &text[c.len_utf8()..])),
    }
}

fn without_surrogates(low: u32, high: u32) -> Vec<ClassUnicodeRange> {
    let parts = [(low, high.min(0xD7FF)), (low.max(0xE000), high)];
    let range = |(low, high): (u32, u32)| {
        let (low, high) = (char::from_u32(low)?, char::from_u32(high)?);
        (low <= high).then(|| ClassUnicodeRange::new(low, high))
    };
    parts.into_iter().filter_map(range).collect()
}

const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

/// POSIX's names and what they stand for.
const POSIX: &[(&str, &[(char, char)])] = &[
    ("alnum", &[('0', '9'), ('A', 'Z'), ('a', 'z')]),
    ("alpha", &[('A', 'Z'), ('a', 'z')]),
    ("ascii", &[('\0', '\x7F')]),
    ("blank", &[('\t', '\t'), (' ', ' ')]),
    ("cntrl", &[('\0', '\x1F'), ('\x7F', '\x7F')]),
    ("digit", &[('0', '9')]),
    ("graph", &[('!', '~')]),
    ("lower", &[('a', 'z')]),
    ("print", &[(' ', '~')]),
    ("punct", &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
    ("space", &[('\t', '\r'), (' ', ' ')]),
    ("upper", &[('A', 'Z')]),
    ("word", WORD),
    ("xdigit", &[('0', '9'), ('A', 'F'), ('a', 'f')]),
];

/// `[:name:]` or `[:^name:]` at the start of `text`; none where it starts otherwise.
fn posix(text: &str, fold: bool) -> Result<Option<(ClassUnicode, &str)>, RegexError> {
    let Some((name, rest)) = text.strip_prefix("[:").and_then(|text| text.split_once(":]")) else {
        return Ok(None);
    };
    let plain = name.strip_prefix('^').unwrap_or(name);
    match POSIX.iter().find(|(known, _)| *known == plain) {
        Some((_, ranges)) => Ok(Some((from_ranges(ranges, fold, plain != name), rest))),
        None => Err(RegexError::new(BAD_RANGE, cut(text, rest))),
    }
}

fn from_ranges(ranges: &[(char, char)], fold: bool, negate: bool) -> ClassUnicode {
    let ranges = ranges.iter().map(|&(low, high)| ClassUnicodeRange::new(low, high));
    finished(ClassUnicode::new(ranges), fold, negate)
}

fn finished(mut set: ClassUnicode, fold: bool, negate: bool) -> ClassUnicode {
    if fold {
        set.case_fold_simple();
    }
    if negate {
        set.negate();
    }
    set
}

/// `\pL`, `\p{Greek}`, `\P{^Greek}` at the start of `text`.
fn unicode(text: &str, fold: bool) -> Result<(ClassUnicode, &str), RegexError> {
    let body = &text[2..];
    let (name, rest) = if let Some(braced) = body.strip_prefix('{') {
        braced.split_once('}').ok_or_else(|| RegexError::new(BAD_RANGE, text))?
    } else {
        body.split_at(body.chars().next().map_or(0, char::len_utf8))
    };
    let plain = name.strip_prefix('^').unwrap_or(name);
    let negate = text.starts_with("\\P") != (plain != name);
    let set = table(plain).ok_or_else(|| RegexError::new(BAD_RANGE, cut(text, rest)))?;
    Ok((finished(set, fold, negate), rest))
}

/// General categories by their short names, except `Cs`.
const CATEGORIES: &str = " C Cc Cf Cn Co L LC Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs ";

/// Script names that could be mistaken for the four-letter codes, which Go does not know.
const FOUR_LETTER_SCRIPTS: [&str; 9] =
    ["Ahom", "Cham", "Kawi", "Lisu", "Miao", "Modi", "Newa", "Thai", "Toto"];

/// What Go calls a Unicode table: `Any`, a category's short name, or a script's long one.
fn table(name: &str) -> Option<ClassUnicode> {
    if !name.starts_with(|c: char| c.is_ascii_uppercase())
        || !name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
    {
        return None;
    }
    let query = match name {
        "Any" => return Some(ClassUnicode::new([ClassUnicodeRange::new('\0', char::MAX)])),
        // Surrogates, which no text contains.
        "Cs" => return Some(ClassUnicode::empty()),
        _ if CATEGORIES.contains(&format!(" {name} ")) => format!("\\p{{gc={name}}}"),
        _ if name.len() == 4 && !FOUR_LETTER_SCRIPTS.contains(&name) => return None,
        _ => format!("\\p{{sc={name}}}"),
    };
    match regex_syntax::parse(&query).ok()?.into_kind() {
        HirKind::Class(Class::Unicode(set)) => Some(set),
        _ => None,
    }
}
