//! Which findings a run is about: all, or those that no baseline knows, or those that changes
//! brought. What it is not about is neither reported nor remedied.

use std::path::{Path, PathBuf};

use lint::LINTS;
use rules::ReadOptions;

use super::{
    args::CheckArgs,
    baseline::{self, Baseline},
    judge::{Judged, Session},
    report::Report,
    settings::RunSettings,
    since::Changes,
};
use crate::output::count;

/// What a run is about.
pub(super) struct Scope {
    changes: Option<(String, Changes)>,
    baseline: Option<Baseline>,
    /// Whether the baseline is written anew.
    is_written: bool,
}

impl Scope {
    /// As flags and settings say.
    pub(super) fn new(
        args: &CheckArgs,
        settings: &RunSettings,
        session: &Session,
        options: ReadOptions,
    ) -> anyhow::Result<Self> {
        let is_written = args.baseline.write_baseline;
        let path: Option<&PathBuf> = args.baseline.baseline.as_ref().or(settings.baseline.as_ref());
        anyhow::ensure!(
            path.is_some() || !is_written,
            "--write-baseline needs --baseline FILE, or `baseline` in watchfire.toml"
        );
        let baseline = path.map(|path| Baseline::load(path, is_written)).transpose()?;
        let changes = match &args.since {
            Some(revision) => {
                let first = session.inputs.iter().find_map(|input| input.path.as_deref());
                let folder = first.and_then(Path::parent).unwrap_or(Path::new("."));
                Some((revision.clone(), Changes::since(revision, folder, options)?))
            }
            None => None,
        };
        Ok(Self { changes, baseline, is_written })
    }

    /// Leaves the findings that the run is about.
    pub(super) fn filter(&self, session: &Session, judged: &mut Judged) {
        if let Some(baseline) = self.baseline.as_ref().filter(|_| !self.is_written) {
            let before = judged.findings.len();
            judged.gone = baseline.filter(&mut judged.findings);
            judged.n_known = before - judged.findings.len();
        }
        if let Some((_, changes)) = &self.changes {
            judged.n_older = changes.filter(&mut judged.findings, &session.files, &session.inputs);
        }
    }

    /// Tells what was left away; writes the baseline, if it is to be written.
    pub(super) fn finish(
        &self,
        session: &Session,
        judged: &Judged,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        if let Some(baseline) = &self.baseline {
            let path = baseline.path().display();
            if self.is_written {
                baseline.write(&report.findings)?;
                let n_before = report.findings.len();
                report.findings.retain(baseline::is_refusal);
                let n = n_before - report.findings.len();
                report.asides.push(format!("wrote {} into {path}", count(n, "finding")));
            } else if judged.n_known > 0 {
                report.asides.push(format!("{} known from {path}", judged.n_known));
            }
            let runs = |name: &str| {
                let lint = LINTS.iter().find(|lint| lint.name == name);
                lint.is_none_or(|lint| session.settings.iter().any(|s| s.selection.is_on(lint)))
            };
            baseline.tell(&judged.gone, &report.files, &runs);
        }
        if let Some((revision, _)) = self.changes.as_ref().filter(|_| judged.n_older > 0) {
            let older = count(judged.n_older, "finding");
            report.asides.push(format!("{older} older than {revision}"));
        }
        Ok(())
    }
}
