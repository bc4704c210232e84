//! `--show-settings`: what holds for which files, and where it was set.

use std::fmt::Write;

use lint::LINTS;

use super::Settings;

impl Settings {
    /// What holds, in lines: what was set with its place, then the lints that run.
    pub(in crate::check) fn show(&self, files: &[&str]) -> String {
        let mut shown = String::new();
        for file in files {
            let _ = writeln!(shown, "{file}");
        }
        let width = self.origins.iter().map(|(key, shown, _)| key.len() + shown.len()).max();
        for (key, value, place) in &self.origins {
            let gap = width.unwrap_or(0) - key.len() - value.len();
            let _ = writeln!(shown, "  {key} = {value}{:gap$}  # {place}", "");
        }
        let on: Vec<String> = LINTS
            .iter()
            .filter(|lint| self.selection.is_on(lint))
            .map(|lint| match self.selection.severity(lint) {
                Some(level) => format!("{} ({})", lint.name, level.name()),
                None => lint.name.to_owned(),
            })
            .collect();
        let _ = writeln!(shown, "  lints: {}", on.join(", "));
        shown
    }
}
