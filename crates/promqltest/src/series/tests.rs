//! Series and samples as text, and mistakes in them.

use super::*;

fn show(text: &str) -> String {
    match parse(text) {
        Err(error) => format!("{}: {}", error.at + 1, error.message),
        Ok(series) => {
            let points: Vec<_> = series.points.iter().map(show_point).collect();
            format!("{} {}", series.labels, points.join(" "))
        }
    }
}

fn show_point(point: &Point) -> String {
    match point {
        Point::Missing => "_".to_owned(),
        Point::Float(v) if model::is_stale(*v) => "stale".to_owned(),
        Point::Float(v) => model::number::format_g(*v),
        Point::Histogram { value, has_hint } => {
            format!("{}{}", value.test_text(), if *has_hint { "!" } else { "" })
        }
    }
}

#[track_caller]
fn check(text: &str, expect: &str) {
    assert_eq!(show(text), expect);
}

#[test]
fn label_sets() {
    check(r#"up{job="a b", x='}'} 1"#, r#"{__name__="up", job="a b", x="}"} 1"#);
    check("a:b 1", r#"{__name__="a:b"} 1"#);
    check("{} 1", "{} 1");
    check(r#"{"a.b", c="d"} 1"#, r#"{__name__="a.b", c="d"} 1"#);
    check("up", r#"{__name__="up"} "#);
    check(r#"sum{a="\"x\" y"} 1"#, r#"{__name__="sum", a="\"x\" y"} 1"#);
    for (text, shown) in [
        (r#"up{job="a"}"#, r#"up{job="a"}"#),
        ("up", "up"),
        (r#"{"a.b", c="d"}"#, r#"{__name__="a.b", c="d"}"#),
        ("{}", "{}"),
    ] {
        assert_eq!(show_labels(&parse_labels(text).unwrap()), shown);
    }
}

#[test]
fn sequences() {
    check("x 1 -2 +.5 1e3 1e-2x1", r#"{__name__="x"} 1 -2 0.5 1000 0.01 0.01"#);
    check("x 1+2x3", r#"{__name__="x"} 1 3 5 7"#);
    check("x 1-2x3 5", r#"{__name__="x"} 1 -1 -3 -5 5"#);
    check("x 7x2", r#"{__name__="x"} 7 7 7"#);
    check("x 0x2", r#"{__name__="x"} 0 0 0"#);
    check("x 7x0 _x0", r#"{__name__="x"} 7"#);
    check("x _ _x2 stale NaN inf -Inf", r#"{__name__="x"} _ _ _ stale NaN +Inf -Inf"#);
    check("x 010 09 1_000", r#"{__name__="x"} 8 9 1000"#);
}

#[test]
fn histograms() {
    check(
        "x {{sum:5}} {{}}+{{sum:1}}x2 2 {{sum:3}}-{{sum:1}}x1",
        r#"{__name__="x"} {{sum:5}} {{}} {{sum:1}} {{sum:2}} 2 {{sum:3}} {{sum:2}}"#,
    );
    check(
        "x {{counter_reset_hint:gauge}}x1 {{sum:1 counter_reset_hint:gauge}}+{{sum:1}}x1",
        "{__name__=\"x\"} {{counter_reset_hint:gauge}}! {{counter_reset_hint:gauge}}! \
         {{sum:1 counter_reset_hint:gauge}} {{sum:2 counter_reset_hint:gauge}}",
    );
    check("x {{}}+{{counter_reset_hint:not_reset}}x1", r#"{__name__="x"} {{}}! {{}}!"#);
    check(
        "up {{schema:1}}+{{schema:0}}x3",
        "30: error combining histograms: cannot merge from schema 0 to 1",
    );
    check("up {{sum:1}", "11: histogram description incomplete unexpected: '}'");
    check("up {{sum:1 sum:2}}", "1: duplicate key \"sum\" in histogram");
    check("up {{sum:1}}+{{sum:2}}", "23: unexpected end of input in series values");
    check("up {{sum:1}}+2x3", "14: unexpected number \"2\" in series values");
    check("up {{sum:1}}y", "13: unexpected identifier \"y\"");
    check("up {{}}x", "9: unexpected end of input in series values");
}

#[test]
fn mistakes_in_samples() {
    check("up 1y2", "4: bad number syntax: \"1\"");
    check("up 1m", "4: bad number syntax: \"1\"");
    check("up 1x", "6: unexpected end of input in series values");
    check("up 1+1", "7: unexpected end of input in series values");
    check(
        "up foo",
        "4: unexpected identifier \"foo\" in series values, expected number or \"stale\"",
    );
    check("up{a=\"b\"}1", "10: unexpected number \"1\" in series values");
    check("up 1 2x3 4x-1", "12: unexpected <op:-> in series values");
    check(
        "up 1x2.5",
        "6: invalid repetition in series values: strconv.ParseUint: parsing \"2.5\": invalid syntax",
    );
    check("up 0x1F", "6: bad number syntax: \"1\"");
    check(
        "up 1e400",
        "4: error parsing number: strconv.ParseFloat: parsing \"1e400\": value out of range",
    );
    check("up{}NaN", "5: unexpected number \"NaN\" in series values");
    check("up sum", "4: unexpected <aggr:sum>");
    check("up by", "4: unexpected <by>");
    check("up and", "4: unexpected <op:and>");
    check("up a:b", "4: unexpected metric identifier \"a:b\"");
    check("up @", "4: unexpected character in series sequence: '@'");
    check("up 1,2", "5: unexpected character in series sequence: ','");
    check("up -1--1x1", "7: unexpected <op:-> in series values");
    check("up _x", "6: unexpected end of input in series values");
    check("up _1", "5: unexpected number \"1\"");
    check("up 1x2x3", "7: unexpected \"x\"");
    check(
        "up stalex3",
        "4: unexpected identifier \"stalex3\" in series values, expected number or \"stale\"",
    );
    check("up 1x99999999999", "17: more than 10000000 samples in a series");
}

#[test]
fn mistakes_in_label_sets() {
    check(r#"up{a=~"b"} 1"#, r#"5: unexpected <op:=~> in label set, expected "=""#);
    check("up{a} 1", r#"5: unexpected "}" in label set, expected "=""#);
    check("up{a=1} 1", "6: unexpected character inside braces: '1'");
    check(r#"up{a="b" 1"#, "10: unexpected character inside braces: '1'");
    check(r#"up{le="x""#, "10: unexpected end of input inside braces");
    check("up#x 1", "3: unexpected character in series sequence: '#'");
    check("up-x 1", "3: unexpected <op:-> in series values");
    check("up {} 1", "4: unexpected character in series sequence: '{'");
    check("5", r#"1: unexpected number "5" in series values"#);
    check(r#""up" 1"#, r#"1: unexpected string "\"up\"" in series values"#);
    check(r#"up{a="1",a="2"} 1"#, r#"1: label name "a" is not unique: invalid sample"#);
}

#[test]
fn lone_numbers() {
    for (text, expect) in [
        ("0x1F", Some(31.0)),
        ("-010", Some(-8.0)),
        ("0b11", Some(3.0)),
        ("0x_ff", Some(255.0)),
        ("1_000", Some(1000.0)),
        ("1.5e1", Some(15.0)),
        ("+Inf", Some(f64::INFINITY)),
        ("09", Some(9.0)),
        ("0x", None),
        ("x", None),
        ("1 2", None),
    ] {
        assert_eq!(parse_number(text), expect, "{text}");
    }
}
