//! Go's `text/template` for labels and annotations, with Prometheus's functions.
//!
//! A template is parsed once, when its rule file is read; text without actions costs nothing to
//! expand. Nothing here reads a clock: `now` is the evaluation time. Start at [`Template`]; the
//! language is in `parser`, running it in `exec`, the functions in `functions`.

mod builtins;
mod exec;
mod functions;
mod humanize;
mod lexer;
mod node;
pub mod outline;
mod parser;
mod print;
mod printf;
mod text;
mod time;
mod unquote;
mod value;

use std::{fmt, rc::Rc, sync::Arc};

use diagnostics::Span;
use model::{Labels, SampleValue};

use self::{
    functions::Context,
    value::{Data, Value},
};

/// Variables that every template has, and the field that each is made of: Prometheus puts
/// `{{$labels := .Labels}}`, and so on, before the text.
const VARIABLES: [(&str, &str); 4] = [
    ("$labels", "Labels"),
    ("$externalLabels", "ExternalLabels"),
    ("$externalURL", "ExternalURL"),
    ("$value", "Value"),
];

/// The bytes of that prelude, which the positions in errors count too.
const PRELUDE_LEN: usize = {
    let (mut len, mut i) = (0, 0);
    while i < VARIABLES.len() {
        len += "{{ := .}}".len() + VARIABLES[i].0.len() + VARIABLES[i].1.len();
        i += 1;
    }
    len
};

/// Evaluates an instant query for a template.
pub type QueryFn<'q> = dyn Fn(&str) -> Result<Vec<(Labels, SampleValue)>, String> + 'q;

/// The value of a label or annotation.
#[derive(Clone)]
pub struct Template {
    /// As written.
    pub text: Arc<str>,
    program: Program,
}

#[derive(Clone)]
enum Program {
    /// No actions: the text is the result.
    Literal,
    Tree(Arc<parser::Tree>),
    /// Kept with its error, which every expansion then returns.
    Broken(Arc<Broken>),
}

/// What is wrong with a template.
struct Broken {
    message: String,
    /// In the text.
    span: Span,
}

/// What a template is expanded with.
#[derive(Clone, Copy)]
pub struct TemplateContext<'c> {
    /// The alert's name.
    pub name: &'c str,
    /// The labels of the sample that the expression returned.
    pub labels: &'c Labels,
    /// The value of that sample.
    pub value: &'c SampleValue,
    /// The labels that the sidecar adds to what it sends.
    pub external_labels: &'c Labels,
    /// Where users reach the sidecar.
    pub external_url: &'c str,
    /// Evaluation time in milliseconds.
    pub t: i64,
    /// Evaluates an instant query at `t`.
    pub query: &'c QueryFn<'c>,
}

impl Template {
    /// Text that stands for itself, as the labels of recording rules do.
    pub fn literal(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), program: Program::Literal }
    }

    /// Parses the template of an alert. The error is Prometheus's:
    /// `template: __alert_NAME:1: undefined variable "$label"`.
    pub fn parse(alert: &str, text: impl Into<Arc<str>>) -> Result<Self, String> {
        let template = Self::parse_lenient(alert, text);
        match template.error() {
            Some(error) => Err(error.to_owned()),
            None => Ok(template),
        }
    }

    /// Like [`Template::parse`], but a template that does not parse is kept, and fails each time it
    /// is expanded: what Prometheus does with group labels.
    pub fn parse_lenient(alert: &str, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        if lexer::find_action(&text).is_none() {
            return Self::literal(text);
        }
        let program = match parser::parse(alert, &text) {
            Ok(tree) => Program::Tree(Arc::new(tree)),
            Err((message, span)) => Program::Broken(Arc::new(Broken { message, span })),
        };
        Self { text, program }
    }

    /// Why the template cannot be expanded at all.
    pub fn error(&self) -> Option<&str> {
        match &self.program {
            Program::Broken(broken) => Some(&broken.message),
            Program::Literal | Program::Tree(_) => None,
        }
    }

    /// Where in the text that is wrong.
    pub fn error_span(&self) -> Option<Span> {
        match &self.program {
            Program::Broken(broken) => Some(broken.span),
            Program::Literal | Program::Tree(_) => None,
        }
    }

    /// Whether expanding always gives the text itself.
    pub fn is_literal(&self) -> bool {
        matches!(self.program, Program::Literal)
    }

    /// Expands the template. Errors are Prometheus's: `error executing template __alert_NAME: …`.
    pub fn expand(&self, context: &TemplateContext<'_>) -> Result<String, String> {
        let name = || template_name(context.name);
        match &self.program {
            Program::Literal => Ok(self.text.to_string()),
            Program::Broken(broken) => {
                Err(format!("error parsing template {}: {}", name(), broken.message))
            }
            Program::Tree(tree) => {
                let functions = Context {
                    t: context.t,
                    external_url: context.external_url,
                    query: context.query,
                };
                let data = Data {
                    labels: context.labels.clone(),
                    external_labels: context.external_labels.clone(),
                    external_url: context.external_url.into(),
                    value: context.value.clone(),
                };
                exec::execute(tree, &name(), &functions, &Value::Data(Rc::new(data)))
                    .map_err(|error| format!("error executing template {}: {error}", name()))
            }
        }
    }

    /// Expands the template; an error becomes the text that Prometheus shows in its place.
    pub fn expand_or_error(&self, context: &TemplateContext<'_>) -> String {
        self.expand(context).unwrap_or_else(|e| format!("<error expanding template: {e}>"))
    }
}

/// Where the first action of a text begins, if it has any.
pub fn find_action(text: &str) -> Option<usize> {
    lexer::find_action(text)
}

/// The functions that templates know.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    functions::FUNCTIONS.iter().map(|function| function.name)
}

fn template_name(alert: &str) -> String {
    format!("__alert_{alert}")
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.is_literal() == other.is_literal()
    }
}

impl Eq for Template {}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}
