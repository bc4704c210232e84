//! What differs between an expectation and a result.

/// Why a result is not what was expected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mismatch {
    /// In a line, with the first difference.
    pub message: String,
    /// What the lines below are about.
    pub headline: &'static str,
    /// Both, line by line; empty where there is nothing to lay side by side.
    pub diff: Vec<DiffLine>,
}

/// A line of expectation and result laid side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffLine {
    /// Expected, and so it is.
    Same(String),
    /// Expected, but not so.
    Expected(String),
    /// In the result, but not expected.
    Got(String),
}

/// A series as expected, as it is, or both.
#[derive(Debug)]
pub(super) struct Pair {
    expected: Option<String>,
    got: Option<String>,
}

impl Pair {
    pub(super) fn same(line: String) -> Self {
        Self { expected: Some(line.clone()), got: Some(line) }
    }

    pub(super) fn differing(expected: String, got: String) -> Self {
        Self { expected: Some(expected + " "), got: Some(got) }
    }

    pub(super) fn missing(expected: String) -> Self {
        Self { expected: Some(expected), got: None }
    }

    pub(super) fn unexpected(got: String) -> Self {
        Self { expected: None, got: Some(got) }
    }

    fn is_same(&self) -> bool {
        self.expected == self.got
    }

    fn message(&self) -> String {
        match (self.expected.as_deref().map(str::trim_end), &self.got) {
            (Some(expected), Some(got)) => format!("expected {expected}, got {got}"),
            (Some(expected), None) => format!("expected {expected}, which is missing"),
            (None, Some(got)) => format!("unexpected {got}"),
            (None, None) => String::new(),
        }
    }

    fn lines(self) -> impl Iterator<Item = DiffLine> {
        let same = self.is_same();
        let expected = self.expected.map(|line| {
            if same { DiffLine::Same(line) } else { DiffLine::Expected(line.trim_end().to_owned()) }
        });
        let got = self.got.filter(|_| !same).map(DiffLine::Got);
        expected.into_iter().chain(got)
    }
}

impl Mismatch {
    /// Without anything to lay side by side.
    pub(crate) fn plain(message: String) -> Self {
        Self { message, ..Self::default() }
    }

    pub(super) fn kind(expected: &str, got: &str) -> Self {
        Self::plain(format!("expected {expected}, got {got}"))
    }

    pub(super) fn of(pairs: Vec<Pair>) -> Self {
        let message = pairs.iter().find(|p| !p.is_same()).map(Pair::message).unwrap_or_default();
        let diff = pairs.into_iter().flat_map(Pair::lines).collect();
        Self { message, headline: "the result differs", diff }
    }

    /// Nothing, where all pairs are the same.
    pub(super) fn unless_same(pairs: Vec<Pair>) -> Result<(), Self> {
        if pairs.iter().all(Pair::is_same) { Ok(()) } else { Err(Self::of(pairs)) }
    }

    pub(super) fn in_order(self, message: String) -> Self {
        Self { message, headline: "the order differs", ..self }
    }
}
