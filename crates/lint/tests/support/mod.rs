//! Reads cases from Markdown, runs them, and writes what came of them back.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use diagnostics::{Finding, Source, render};
use lint::{Lint, Options, RunbookPages, Selection, Tests, World};
use promql::ParseOptions;
use rules::{ReadOptions, RuleFile};

/// One case of a lint.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case {
    pub(crate) title: String,
    /// Names and texts of what is checked.
    pub(crate) files: Vec<(String, String)>,
    /// Lines of settings.
    pub(crate) settings: String,
    pub(crate) report: Option<String>,
    pub(crate) fixed: Option<String>,
}

/// What came of a case.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) report: Option<String>,
    pub(crate) fixed: Option<String>,
}

/// The file of this name is Alertmanager's configuration; those that end in `.test.yml` are unit
/// tests.
const ALERTMANAGER: &str = "alertmanager.yml";

/// Fixes are applied so often at most.
const ROUNDS: usize = 10;

/// The Markdown file of a lint.
pub(crate) fn path(lint: &Lint) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lint");
    folder.join(format!("{}.md", lint.name))
}

impl Case {
    pub(crate) fn of_yaml(text: &str) -> Self {
        let files = vec![("rules.yml".to_owned(), wrapped(text.trim_start_matches('\n')))];
        Self { files, ..Self::default() }
    }
}

impl Outcome {
    pub(crate) fn is_expected(&self, case: &Case) -> bool {
        self.report == case.report && self.fixed == case.fixed
    }
}

/// A block of a Markdown file: what stands behind its fence, and its lines.
struct Block {
    info: String,
    text: String,
}

/// The cases of a Markdown file.
pub(crate) fn cases(text: &str) -> Vec<Case> {
    let parts = text.split("\n## ").skip(1);
    let case = |part: &str| {
        let (title, body) = part.split_once('\n').unwrap_or((part, ""));
        let mut case = Case { title: title.to_owned(), ..Case::default() };
        for Block { info, text } in blocks(body) {
            match info.split_once(' ').unwrap_or((&info, "")) {
                ("yaml", "fixed") => case.fixed = Some(text),
                ("yaml", rest) => {
                    let name = rest.strip_prefix("name=").unwrap_or("rules.yml").to_owned();
                    case.files.push((name, wrapped(&text)));
                }
                ("text", _) => case.report = Some(text),
                ("settings", _) => case.settings = text,
                other => panic!("{}: a block of {other:?}", case.title),
            }
        }
        case
    };
    parts.map(case).collect()
}

fn blocks(body: &str) -> Vec<Block> {
    let (mut blocks, mut open): (Vec<Block>, Option<Block>) = (Vec::new(), None);
    for line in body.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Block { info: info.trim().to_owned(), text: String::new() });
            }
            (Some(_), Some("")) => blocks.extend(open.take()),
            (Some(block), _) => {
                let _ = writeln!(block.text, "{line}");
            }
            (None, None) => {}
        }
    }
    blocks
}

/// Rules alone become the rules of a group.
fn wrapped(text: &str) -> String {
    if !text.starts_with("- record:") && !text.starts_with("- alert:") {
        return text.to_owned();
    }
    let mut file = String::from("groups:\n- name: g\n  rules:\n");
    for line in text.lines() {
        let _ = writeln!(file, "{}{line}", if line.is_empty() { "" } else { "  " });
    }
    file
}

/// Runs one lint over a case.
pub(crate) fn outcome(lint: &Lint, case: &Case) -> Outcome {
    let findings = run(lint, case);
    let style = render::text::TextStyle::default();
    let shown: Vec<String> = findings.iter().map(|f| render::text::one(f, style)).collect();
    let report = shown.join("\n");
    let has_fix = findings.iter().any(|f| f.diagnostic.fix.is_some());
    Outcome {
        report: (!findings.is_empty()).then_some(report),
        fixed: has_fix.then(|| fixed(lint, case, findings)),
    }
}

fn run(lint: &Lint, case: &Case) -> Vec<Finding> {
    let mut selection = Selection::default();
    selection.ignore("all").expect("a word");
    selection.select(lint.name).expect("a lint");
    let options = options(&case.settings);
    let is_tests = |name: &str| name.ends_with(".test.yml");
    let sources = case.files.iter().map(|(name, text)| Source::new(name.clone(), text.clone()));
    let (beside, rules): (Vec<_>, Vec<_>) =
        sources.partition(|s| s.name == ALERTMANAGER || is_tests(&s.name));
    let read = ReadOptions { syntax: ParseOptions::all(), ..ReadOptions::default() };
    let files: Vec<_> = rules.iter().map(|source| rules::read(source, &read)).collect();
    let config = beside.iter().find(|source| source.name == ALERTMANAGER).map(routing::read);
    let tests = beside.iter().filter(|source| is_tests(&source.name));
    let tests: Vec<Tests> = tests.map(|source| unit_tests(source, &files)).collect();
    let mut world = World::new(&files, &options);
    if let Some(config) = &config {
        world = world.with_alertmanager(config);
    }
    if !tests.is_empty() {
        world = world.with_tests(&tests);
    }
    let mut findings = lint::check(&world, &selection);
    let told = files.iter().flat_map(lint::check_reading);
    findings.extend(told.filter(|found| found.diagnostic.code == lint.name));
    findings
}

/// A file of unit tests with the rule files that it names.
fn unit_tests(source: &Arc<Source>, files: &[RuleFile]) -> Tests {
    let tests = testfile::parse(&source.text);
    let named = |file: &RuleFile| tests.rule_files.iter().any(|t| t.text == file.source.name);
    let loaded = files.iter().enumerate().filter(|(_, file)| named(file)).map(|(i, _)| i);
    let rule_files: Vec<usize> = loaded.collect();
    let loads_others = rule_files.len() < tests.rule_files.len();
    Tests { source: Arc::clone(source), rule_files, loads_others, tests }
}

/// Lines such as `scrape_interval: 30s`, `required_labels: team severity=warning|critical`.
fn options(settings: &str) -> Options {
    let mut options = Options::default();
    for line in settings.lines() {
        let (key, value) = line.split_once(": ").unwrap_or_else(|| panic!("no setting: {line}"));
        let words = || value.split_whitespace().map(str::to_owned);
        let ms = || Some(model::duration::parse(value).expect("a duration"));
        match key {
            "today" => {
                let parts: Vec<u16> =
                    value.split('-').map(|n| n.parse().expect("a number")).collect();
                let small = |n: u16| u8::try_from(n).expect("a month or a day");
                options.today = Some((parts[0], small(parts[1]), small(parts[2])));
            }
            "needs_suppression_reason" => options.needs_suppression_reason = value == "true",
            "scrape_interval" => options.scrape_interval = ms(),
            "evaluation_interval" => options.evaluation_interval = ms(),
            "lookback" => options.lookback = ms(),
            "external_labels" => options.external_labels = Some(words().collect()),
            "required_annotations" => options.required_annotations = words().collect(),
            "required_labels" => {
                options.required_labels = words().map(|word| required(&word)).collect();
            }
            "runbook_annotation" => options.runbook_annotation = Some(value.to_owned()),
            "runbook_pages" => {
                let mut words = words();
                let prefix = words.next().expect("a prefix");
                options.runbook_pages = Some(RunbookPages { prefix, pages: words.collect() });
            }
            "target_version" => {
                let (major, minor) = value.split_once('.').expect("a version");
                let number = |text: &str| text.parse().expect("a number");
                options.target_version = Some((number(major), number(minor)));
            }
            _ => panic!("no such setting: {line}"),
        }
    }
    options
}

fn required(word: &str) -> (String, Vec<String>) {
    let (name, values) = word.split_once('=').unwrap_or((word, ""));
    let values = values.split('|').filter(|value| !value.is_empty());
    (name.to_owned(), values.map(str::to_owned).collect())
}

/// The first file with all fixes applied until none is left.
fn fixed(lint: &Lint, case: &Case, mut findings: Vec<Finding>) -> String {
    let mut case = case.clone();
    for _ in 0..ROUNDS {
        let name = &case.files[0].0;
        let here = findings.iter().filter(|f| f.source.name == *name);
        let fixes: Vec<_> = here.filter_map(|f| f.diagnostic.fix.as_ref()).collect();
        if fixes.is_empty() {
            return case.files.swap_remove(0).1;
        }
        case.files[0].1 = diagnostics::apply(&case.files[0].1, &fixes).text;
        findings = run(lint, &case);
    }
    panic!("{}: {}: fixes never end:\n{}", lint.name, case.title, case.files[0].1);
}

/// The Markdown with what came of its cases.
pub(crate) fn rewrite(text: &str, outcomes: &[(Case, Outcome)]) -> String {
    let mut parts = text.split("\n## ");
    let mut written = parts.next().unwrap_or("").to_owned();
    for (part, (_, outcome)) in parts.zip(outcomes) {
        written += "\n## ";
        written += inputs(part).trim_end();
        written += "\n";
        for (info, block) in [("text", &outcome.report), ("yaml fixed", &outcome.fixed)] {
            if let Some(block) = block {
                let _ = write!(written, "\n```{info}\n{}\n```\n", block.trim_end_matches('\n'));
            }
        }
    }
    written
}

/// A case without what came of it.
fn inputs(part: &str) -> String {
    let (mut kept, mut skips, mut is_open) = (String::new(), false, false);
    for line in part.lines() {
        if let Some(info) = line.strip_prefix("```") {
            if !is_open && matches!(info, "text" | "yaml fixed") {
                skips = true;
            }
            is_open = !is_open;
            if !is_open && skips {
                skips = false;
                continue;
            }
        }
        if !skips {
            let _ = writeln!(kept, "{line}");
        }
    }
    kept
}
