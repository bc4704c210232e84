//! One report in each format for machines: nothing that was said is lost.

use std::sync::Arc;

use diagnostics::{
    Diagnostic, Edit, Finding, Format, Proof, Report, Severity, Source, Span, TextStyle,
};
use expect_test::{Expect, expect};

use crate::random;

const RULES: &str = "groups:
  - name: ä
    rules:
      - alert: Errors
        expr: rate(errors_total{job='ä'}[5m]) / rate(requests_total[5m]) > 2
";

/// A finding with all there is, one over two lines, and one about a whole file.
pub(crate) fn sample() -> Vec<Finding> {
    let source = Source::new("rules/a b.yml", RULES);
    let at = |needle: &str| {
        let start = RULES.find(needle).expect("it is in the text");
        Span::new(start, start + needle.len())
    };
    let full = Diagnostic::new(
        Severity::Warning,
        "comparison-never-true",
        at("> 2"),
        "this is never true, for \"all\" data",
    );
    let full = Diagnostic { subject: Some("alert `Errors`".into()), ..full }
        .label("always false")
        .because(at("rate(errors_total{job='ä'}[5m])"), "at most 1")
        .because_of(&Source::new("record.yml", "a\nb: c\n"), Span::new(2, 3), "recorded: here")
        .note("100% is the most")
        .help("compare with a share")
        .unsafe_fix([Edit::replace(Span { start: at("> 2").start + 2, ..at("> 2") }, "0.02")]);
    let full = Diagnostic { proof: Some(Proof::Proven), ..full };
    let lines = Diagnostic::error("syntax", at("alert: Errors\n        expr"), "two lines\nof it");
    let file = Diagnostic::of_file("io", "not valid UTF-8");
    let broken = Source::new("broken.yml", "");
    vec![
        Finding { source: Arc::clone(&source), diagnostic: full },
        Finding { source, diagnostic: lines },
        Finding { source: broken, diagnostic: file },
    ]
}

fn check(format: Format, expect: &Expect) {
    let findings = sample();
    let files = ["rules/a b.yml", "rules/good.yml", "broken.yml"].map(String::from);
    let report = Report { tool: &random::tool(), files: &files, findings: &findings };
    let shown = format.render(&report, TextStyle::default());
    let words = [
        "this is never true, for ",
        "always false",
        "compare with a share",
        "two lines",
        "not valid UTF-8",
        "74",
    ];
    for word in words {
        assert!(shown.contains(word), "{word} is lost");
    }
    expect.assert_eq(&match format {
        Format::Sarif | Format::Gitlab => {
            let document: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
            format!("{document:#}\n")
        }
        _ => shown,
    });
}

#[test]
fn concise() {
    check(
        Format::Concise,
        &expect![[r#"
        rules/a b.yml:5:74: warning[comparison-never-true]: this is never true, for "all" data (always false); help: compare with a share
        rules/a b.yml:4:9: error[syntax]: two lines of it
        broken.yml: error[io]: not valid UTF-8
    "#]],
    );
}

#[test]
fn json_lines() {
    check(
        Format::JsonLines,
        &expect![[r#"
        {"file":"rules/a b.yml","line":5,"column":74,"end_line":5,"end_column":77,"start_byte":128,"end_byte":131,"severity":"warning","code":"comparison-never-true","proof":"proven","message":"this is never true, for \"all\" data","label":"always false","subject":"alert `Errors`","help":"compare with a share","notes":["100% is the most"],"related":[{"file":"rules/a b.yml","line":5,"column":15,"end_line":5,"end_column":46,"start_byte":68,"end_byte":100,"message":"at most 1"},{"file":"record.yml","line":2,"column":1,"end_line":2,"end_column":2,"start_byte":2,"end_byte":3,"message":"recorded: here"}],"fix":{"applicability":"unsafe","edits":[{"line":5,"column":76,"end_line":5,"end_column":77,"start_byte":130,"end_byte":131,"text":"0.02"}]},"url":"https://example.org/lints#comparison-never-true"}
        {"file":"rules/a b.yml","line":4,"column":9,"end_line":5,"end_column":13,"start_byte":40,"end_byte":66,"severity":"error","code":"syntax","proof":null,"message":"two lines\nof it","label":null,"subject":null,"help":null,"notes":[],"related":[],"fix":null,"url":null}
        {"file":"broken.yml","line":null,"column":null,"end_line":null,"end_column":null,"start_byte":null,"end_byte":null,"severity":"error","code":"io","proof":null,"message":"not valid UTF-8","label":null,"subject":null,"help":null,"notes":[],"related":[],"fix":null,"url":null}
    "#]],
    );
}

#[test]
fn sarif() {
    check(
        Format::Sarif,
        &expect![[r#"
        {
          "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
          "runs": [
            {
              "artifacts": [
                {
                  "location": {
                    "uri": "rules/a%20b.yml"
                  }
                },
                {
                  "location": {
                    "uri": "rules/good.yml"
                  }
                },
                {
                  "location": {
                    "uri": "broken.yml"
                  }
                }
              ],
              "columnKind": "unicodeCodePoints",
              "results": [
                {
                  "fixes": [
                    {
                      "artifactChanges": [
                        {
                          "artifactLocation": {
                            "uri": "rules/a%20b.yml"
                          },
                          "replacements": [
                            {
                              "deletedRegion": {
                                "endColumn": 77,
                                "endLine": 5,
                                "startColumn": 76,
                                "startLine": 5
                              },
                              "insertedContent": {
                                "text": "0.02"
                              }
                            }
                          ]
                        }
                      ],
                      "description": {
                        "text": "compare with a share (unsafe fix)"
                      }
                    }
                  ],
                  "level": "warning",
                  "locations": [
                    {
                      "logicalLocations": [
                        {
                          "fullyQualifiedName": "alert `Errors`"
                        }
                      ],
                      "message": {
                        "text": "always false"
                      },
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "rules/a%20b.yml"
                        },
                        "region": {
                          "endColumn": 77,
                          "endLine": 5,
                          "startColumn": 74,
                          "startLine": 5
                        }
                      }
                    }
                  ],
                  "message": {
                    "text": "this is never true, for \"all\" data (always false); help: compare with a share\n100% is the most"
                  },
                  "partialFingerprints": {
                    "finding/v1": "30fbc45a92942b57"
                  },
                  "properties": {
                    "fix": "unsafe",
                    "help": "compare with a share",
                    "proof": "proven"
                  },
                  "relatedLocations": [
                    {
                      "id": 1,
                      "message": {
                        "text": "at most 1"
                      },
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "rules/a%20b.yml"
                        },
                        "region": {
                          "endColumn": 46,
                          "endLine": 5,
                          "startColumn": 15,
                          "startLine": 5
                        }
                      }
                    },
                    {
                      "id": 2,
                      "message": {
                        "text": "recorded: here"
                      },
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "record.yml"
                        },
                        "region": {
                          "endColumn": 2,
                          "endLine": 2,
                          "startColumn": 1,
                          "startLine": 2
                        }
                      }
                    }
                  ],
                  "ruleId": "comparison-never-true",
                  "ruleIndex": 0
                },
                {
                  "level": "error",
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "rules/a%20b.yml"
                        },
                        "region": {
                          "endColumn": 13,
                          "endLine": 5,
                          "startColumn": 9,
                          "startLine": 4
                        }
                      }
                    }
                  ],
                  "message": {
                    "text": "two lines\nof it"
                  },
                  "partialFingerprints": {
                    "finding/v1": "832be9fd4625c471"
                  },
                  "properties": {},
                  "ruleId": "syntax",
                  "ruleIndex": 2
                },
                {
                  "level": "error",
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "broken.yml"
                        }
                      }
                    }
                  ],
                  "message": {
                    "text": "not valid UTF-8"
                  },
                  "partialFingerprints": {
                    "finding/v1": "b930ccc3e4a25879"
                  },
                  "properties": {},
                  "ruleId": "io",
                  "ruleIndex": 1
                }
              ],
              "tool": {
                "driver": {
                  "informationUri": "https://example.org/",
                  "name": "watchfire",
                  "rules": [
                    {
                      "defaultConfiguration": {
                        "level": "warning"
                      },
                      "fullDescription": {
                        "text": "A comparison is false for all data."
                      },
                      "help": {
                        "markdown": "It never fires.\n\n```\nup > 1\n```",
                        "text": "It never fires.\n\n```\nup > 1\n```"
                      },
                      "helpUri": "https://example.org/lints#comparison-never-true",
                      "id": "comparison-never-true",
                      "shortDescription": {
                        "text": "A comparison is false for all data."
                      }
                    },
                    {
                      "id": "io"
                    },
                    {
                      "id": "syntax"
                    }
                  ],
                  "version": "0.1.0"
                }
              }
            }
          ],
          "version": "2.1.0"
        }
    "#]],
    );
}

#[test]
fn github() {
    check(
        Format::Github,
        &expect![[r#"
        ::warning title=comparison-never-true,file=rules/a b.yml,line=5,endLine=5,col=74,endColumn=77::rules/a b.yml:5:74: this is never true, for "all" data (always false); help: compare with a share%0Ain alert `Errors`%0Arules/a b.yml:5:15: at most 1%0Arecord.yml:2:1: recorded: here%0Anote: 100%25 is the most
        ::error title=syntax,file=rules/a b.yml,line=4,endLine=5::rules/a b.yml:4:9: two lines%0Aof it
        ::error title=io,file=broken.yml::broken.yml: not valid UTF-8
    "#]],
    );
}

#[test]
fn gitlab() {
    check(
        Format::Gitlab,
        &expect![[r#"
        [
          {
            "categories": [
              "Bug Risk"
            ],
            "check_name": "comparison-never-true",
            "content": {
              "body": "this is never true, for \"all\" data (always false); help: compare with a share\nin alert `Errors`\nrules/a b.yml:5:15: at most 1\nrecord.yml:2:1: recorded: here\nnote: 100% is the most"
            },
            "description": "this is never true, for \"all\" data (always false); help: compare with a share",
            "fingerprint": "30fbc45a92942b57",
            "location": {
              "path": "rules/a b.yml",
              "positions": {
                "begin": {
                  "column": 74,
                  "line": 5
                },
                "end": {
                  "column": 77,
                  "line": 5
                }
              }
            },
            "severity": "minor",
            "type": "issue"
          },
          {
            "categories": [
              "Bug Risk"
            ],
            "check_name": "syntax",
            "content": {
              "body": "two lines\nof it"
            },
            "description": "two lines\nof it",
            "fingerprint": "832be9fd4625c471",
            "location": {
              "path": "rules/a b.yml",
              "positions": {
                "begin": {
                  "column": 9,
                  "line": 4
                },
                "end": {
                  "column": 13,
                  "line": 5
                }
              }
            },
            "severity": "major",
            "type": "issue"
          },
          {
            "categories": [
              "Bug Risk"
            ],
            "check_name": "io",
            "content": {
              "body": "not valid UTF-8"
            },
            "description": "not valid UTF-8",
            "fingerprint": "b930ccc3e4a25879",
            "location": {
              "path": "broken.yml",
              "positions": {
                "begin": {
                  "column": 1,
                  "line": 1
                },
                "end": {
                  "column": 1,
                  "line": 1
                }
              }
            },
            "severity": "major",
            "type": "issue"
          }
        ]
    "#]],
    );
}

#[test]
fn junit() {
    check(
        Format::Junit,
        &expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="watchfire" tests="4" failures="3">
              <testsuite name="rules/a b.yml" tests="2" failures="2" errors="0" skipped="0">
                <testcase name="comparison-never-true at 5:74" classname="rules/a b.yml">
                  <failure message="this is never true, for &quot;all&quot; data (always false); help: compare with a share" type="warning">warning[comparison-never-true]: this is never true, for "all" data
             --&gt; rules/a b.yml:5:74 in alert `Errors`
              |
            5 |         expr: rate(errors_total{job='ä'}[5m]) / rate(requests_total[5m]) &gt; 2
              |               ------------------------------- at most 1                  ^^^ always false
              |
             ::: record.yml:2:1
              |
            2 | b: c
              | - recorded: here
              |
              = note: 100% is the most
            help: compare with a share (unsafe fix)
              |
            5 -         expr: rate(errors_total{job='ä'}[5m]) / rate(requests_total[5m]) &gt; 2
            5 +         expr: rate(errors_total{job='ä'}[5m]) / rate(requests_total[5m]) &gt; 0.02
            </failure>
                </testcase>
                <testcase name="syntax at 4:9" classname="rules/a b.yml">
                  <failure message="two lines&#10;of it" type="error">error[syntax]: two lines
                           of it
             --&gt; rules/a b.yml:4:9
              |
            4 |         - alert: Errors
              |  _________^
            5 | |         expr: rate(errors_total{job='ä'}[5m]) / rate(requests_total[5m]) &gt; 2
              | |____________^
            </failure>
                </testcase>
              </testsuite>
              <testsuite name="rules/good.yml" tests="1" failures="0" errors="0" skipped="0">
                <testcase name="no findings" classname="rules/good.yml"/>
              </testsuite>
              <testsuite name="broken.yml" tests="1" failures="1" errors="0" skipped="0">
                <testcase name="io" classname="broken.yml">
                  <failure message="not valid UTF-8" type="error">error[io]: not valid UTF-8
             --&gt; broken.yml
            </failure>
                </testcase>
              </testsuite>
            </testsuites>
        "#]],
    );
}

#[test]
fn checkstyle() {
    check(
        Format::Checkstyle,
        &expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <checkstyle version="4.3">
          <file name="rules/a b.yml">
            <error line="5" column="74" severity="warning" message="this is never true, for &quot;all&quot; data (always false); help: compare with a share&#10;in alert `Errors`&#10;rules/a b.yml:5:15: at most 1&#10;record.yml:2:1: recorded: here&#10;note: 100% is the most" source="watchfire.comparison-never-true"/>
            <error line="4" column="9" severity="error" message="two lines&#10;of it" source="watchfire.syntax"/>
          </file>
          <file name="rules/good.yml"/>
          <file name="broken.yml">
            <error line="1" severity="error" message="not valid UTF-8" source="watchfire.io"/>
          </file>
        </checkstyle>
    "#]],
    );
}

#[test]
fn names_are_read_back() {
    for format in Format::ALL {
        assert_eq!(Format::from_name(format.name()), Some(*format));
    }
}
