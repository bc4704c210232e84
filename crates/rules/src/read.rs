//! The tree of a rule file to groups, with every mistake on the way.
//!
//! As `model/rulefmt` of Prometheus: first the shape (`decode`), then what each rule means
//! (`check`). A group or rule of a wrong shape is still checked as far as it can be read.

mod check;
mod decode;

use promql::ParseOptions;

use crate::{
    Group, RuleFile,
    error::{ErrorKind, RuleError},
    yaml::{self, YamlError},
};

/// Reads a rule file.
pub(crate) fn read(file: &str, text: &str, options: ParseOptions) -> RuleFile {
    let document = yaml::parse(text);
    let mut decoder = decode::Decoder::default();
    decoder.errors.extend(document.errors.into_iter().map(yaml_error));
    let raw = document.root.as_ref().map(|root| decoder.file(root)).unwrap_or_default();
    decoder.errors.sort_by_key(|error| (error.line, error.column));
    let mut checker = check::Checker::new(text, options, decoder.errors);
    let groups = raw.iter().map(|group| checker.group(file, group));
    let groups: Vec<Group> = groups.collect();
    let mut warnings = Vec::new();
    if document.has_more {
        warnings.push(
            "multiple document yaml rules files are not supported, only the first document is \
             processed"
                .to_owned(),
        );
    }
    RuleFile { groups, errors: checker.errors, warnings }
}

fn yaml_error(error: YamlError) -> RuleError {
    RuleError {
        message: error.message,
        line: error.line,
        column: Some(error.column),
        span: Some(error.span),
        note: error.note,
        kind: if error.is_syntax { ErrorKind::Syntax } else { ErrorKind::Shape },
    }
}
