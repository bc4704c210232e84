//! Patterns, and what Go makes of them: accepted or refused with which words, which texts they
//! match as a matcher and anywhere, and what they put in place of a match.
//!
//! `regex/go.tsv` was made with Go's own library. Its first line lists the texts and its second
//! the templates; every other line is a pattern and an error, or a pattern, a digit per text for
//! a whole match, a digit per text for a match anywhere, a text, a template, the text with all
//! matches replaced, and what `label_replace` would write (or null). `WATCHFIRE_REGEX_TABLE` names
//! another table of the same form.

use model::Regex;

fn string(json: &str) -> String {
    serde_json::from_str(json).expect("a JSON string")
}

fn bits(regex: &Regex, texts: &[String]) -> String {
    texts.iter().map(|text| if regex.is_match(text) { '1' } else { '0' }).collect()
}

/// What differs from the table's line.
fn check(line: &str, texts: &[String]) -> Result<(), String> {
    let fields: Vec<&str> = line.split('\t').collect();
    let pattern = string(fields[0]);
    let equal = |what: &str, ours: &str, gos: &str| {
        if ours == gos { Ok(()) } else { Err(format!("{what}\n  ours {ours}\n  Go's {gos}")) }
    };
    let anchored = match Regex::anchored(&pattern) {
        Ok(regex) => regex,
        Err(e) if fields.len() == 2 => return equal("error", &e.0, &string(fields[1])),
        Err(e) => return Err(format!("refused: {e}")),
    };
    if fields.len() == 2 {
        return Err(format!("accepted; Go says {}", fields[1]));
    }
    let anywhere = Regex::unanchored(&pattern).map_err(|e| e.to_string())?;
    equal("whole matches", &bits(&anchored, texts), fields[1])?;
    equal("matches anywhere", &bits(&anywhere, texts), fields[2])?;
    let (text, template) = (string(fields[3]), string(fields[4]));
    equal("replaced", &anywhere.replace_all(&text, &template), &string(fields[5]))?;
    let first: Option<String> = serde_json::from_str(fields[6]).expect("a JSON string or null");
    equal("first", &format!("{:?}", anchored.expand_first(&text, &template)), &format!("{first:?}"))
}

#[test]
fn patterns_mean_what_they_mean_in_go() {
    let table = match std::env::var("WATCHFIRE_REGEX_TABLE") {
        Ok(path) => std::fs::read_to_string(path).expect("the table can be read"),
        Err(_) => include_str!("regex/go.tsv").to_owned(),
    };
    let mut lines = table.lines();
    let texts: Vec<String> = serde_json::from_str(lines.next().expect("texts")).expect("JSON");
    let lines: Vec<&str> = lines.skip(1).collect();
    let wrong: Vec<String> = lines
        .iter()
        .filter_map(|line| check(line, &texts).err().map(|e| format!("{line}\n{e}")))
        .collect();
    let n = wrong.len();
    assert!(n == 0, "{n} of {}:\n{}", lines.len(), wrong[..n.min(20)].join("\n\n"));
}
