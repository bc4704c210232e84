//! What is found: a message, its place, its cause, its remedy.

use std::sync::Arc;

use crate::{Edit, Fix, LineCol, LineIndex, Span, fix::Applicability};

/// A text with the name under which it is shown.
#[derive(Debug)]
pub struct Source {
    /// As the user named it.
    pub name: String,
    /// All of it.
    pub text: String,
    /// Its line starts.
    pub lines: LineIndex,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Likely a mistake.
    Warning,
    /// Cannot be used as it stands, or does not do what it says.
    #[default]
    Error,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// It holds for all data.
    Proven,
    /// It holds unless a label or a metric is unusual.
    Likely,
    /// It is a matter of taste or policy.
    Style,
}

/// One finding: a message at a place of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A short stable name, such as `comparison-never-true`.
    pub code: &'static str,
    /// How sure it is; none for what is plainly an error of the text.
    pub proof: Option<Proof>,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// Where; none where the finding is about the whole text.
    pub span: Option<Span>,
    /// What stands beside the caret; nothing if empty.
    pub label: String,
    /// Further places, such as the cause.
    pub related: Vec<Related>,
    /// What to write or do instead.
    pub help: Option<String>,
    /// Further lines: what was expected, what follows.
    pub notes: Vec<String>,
    /// Edits that remedy it.
    pub fix: Option<Fix>,
    /// What it is about, such as ``alert `HighLatency` ``.
    pub subject: Option<String>,
}

/// A second place of a finding.
#[derive(Clone, Debug)]
pub struct Related {
    /// The text that it stands in; none for the finding's own.
    pub source: Option<Arc<Source>>,
    /// Where.
    pub span: Span,
    /// What it has to do with the finding.
    pub message: String,
}

/// A diagnostic with the text that it is about.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The text.
    pub source: Arc<Source>,
    /// What is wrong with it.
    pub diagnostic: Diagnostic,
}

impl Source {
    /// A text under a name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        let text = text.into();
        Arc::new(Self { name: name.into(), lines: LineIndex::new(&text), text })
    }

    /// The span with both ends inside the text and between its characters.
    pub fn within(&self, span: Span) -> Span {
        let start = self.text.floor_char_boundary(span.start as usize);
        let end = self.text.ceil_char_boundary((span.end as usize).min(self.text.len()));
        Span::new(start, end.max(start))
    }

    /// What stands at a span, or how it begins if that is long: enough to tell texts apart.
    pub(crate) fn glimpse(&self, span: Span) -> &str {
        const ENOUGH: usize = 4096;
        let text = self.within(span).of(&self.text);
        &text[..text.floor_char_boundary(ENOUGH)]
    }

    /// The line of a byte, and its column in characters.
    pub fn place(&self, offset: u32) -> LineCol {
        self.lines.place(&self.text, offset)
    }

    /// A line, from 1, without its line end.
    pub fn line(&self, line: u32) -> &str {
        self.lines.line(&self.text, line).of(&self.text)
    }
}

impl Severity {
    /// `error`, `warning` or `info`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl Proof {
    /// `proven`, `likely` or `style`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Likely => "likely",
            Self::Style => "style",
        }
    }
}

impl Finding {
    /// Puts findings into the order in which people read: by file, place, code and message.
    pub fn sort(findings: &mut [Self]) {
        findings.sort_by(|a, b| a.order().cmp(&b.order()));
    }

    fn order(&self) -> (&str, Option<Span>, &str, &str) {
        let Self { source, diagnostic } = self;
        (&source.name, diagnostic.span, diagnostic.code, &diagnostic.message)
    }

    /// The first place, with lines and columns; none where it is about the whole text.
    pub fn start(&self) -> Option<LineCol> {
        let span = self.source.within(self.diagnostic.span?);
        Some(self.source.place(span.start))
    }
}

impl Diagnostic {
    /// A finding at a place.
    pub fn new(
        severity: Severity,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        let message = message.into();
        Self { severity, code, message, span: Some(span), ..Self::default() }
    }

    /// An error at a place.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message)
    }

    /// An error of the whole text.
    pub fn of_file(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), ..Self::default() }
    }

    /// With a text beside the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With another place of the same text.
    #[must_use]
    pub fn because(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related { source: None, span, message: message.into() });
        self
    }

    /// With a place in another text.
    #[must_use]
    pub fn because_of(
        mut self,
        source: &Arc<Source>,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        let source = Some(Arc::clone(source));
        self.related.push(Related { source, span, message: message.into() });
        self
    }

    /// With what to write or do instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With a further line.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// With edits that remedy it and change nothing else. Without edits there is no fix.
    #[must_use]
    pub fn safe_fix(self, edits: impl IntoIterator<Item = Edit>) -> Self {
        self.with_fix(Applicability::Safe, edits)
    }

    /// With edits that may change what the text means. Without edits there is no fix.
    #[must_use]
    pub fn unsafe_fix(self, edits: impl IntoIterator<Item = Edit>) -> Self {
        self.with_fix(Applicability::Unsafe, edits)
    }

    fn with_fix(
        mut self,
        applicability: Applicability,
        edits: impl IntoIterator<Item = Edit>,
    ) -> Self {
        let edits: Vec<Edit> = edits.into_iter().collect();
        self.fix = (!edits.is_empty()).then_some(Fix { applicability, edits });
        self
    }
}

/// The source counts by its name.
impl PartialEq for Related {
    fn eq(&self, other: &Self) -> bool {
        let name = |r: &Self| r.source.as_ref().map(|source| source.name.clone());
        (self.span, &self.message, name(self)) == (other.span, &other.message, name(other))
    }
}

impl Eq for Related {}
