//! Documents in, answers or complaints out.

use super::decode;

/// An answer as a few lines: type, series, notes.
fn read(json: &str) -> String {
    let answer = match decode(json.as_bytes()).and_then(|document| {
        document.api_error().map_or(Ok(()), |(kind, e)| Err(format!("{kind}: {e}")))?;
        document.into_answer(0)
    }) {
        Ok(answer) => answer,
        Err(e) => return e,
    };
    let mut lines = vec![format!("{:?}", answer.kind)];
    for (i, (labels, ts, vs)) in answer.data.iter().enumerate() {
        lines.push(format!("{labels} {ts:?} {vs:?}"));
        let histograms = answer.data.histograms_of(i).iter();
        lines.extend(histograms.map(|(t, h)| format!("{t} {h}")));
    }
    lines.extend(answer.warnings.iter().map(|w| format!("warning {w}")));
    lines.extend(answer.infos.iter().map(|i| format!("info {i}")));
    lines.join("\n")
}

fn success(result_type: &str, result: &str) -> String {
    read(&format!(
        r#"{{"status":"success","data":{{"resultType":"{result_type}","result":{result}}}}}"#
    ))
}

#[test]
fn all_types_of_results() {
    assert_eq!(
        success(
            "vector",
            r#"[{"metric":{"__name__":"up","job":"a\u0062"},"value":[1435781451.781,"1"]},
                {"metric":{},"value":[1435781451.781,"NaN"]}]"#
        ),
        "Vector\n{__name__=\"up\", job=\"ab\"} [1435781451781] [1.0]\n{} [1435781451781] [NaN]"
    );
    assert_eq!(
        success(
            "matrix",
            r#"[{"values":[[-0.001,"+Inf"],[0,"-Inf"],[15,"1e+06"]],"metric":{"z":"1","a":"2"}}]"#
        ),
        "Matrix\n{a=\"2\", z=\"1\"} [-1, 0, 15000] [inf, -inf, 1000000.0]"
    );
    assert_eq!(success("scalar", r#"[1.5,"0.1"]"#), "Scalar\n{} [1500] [0.1]");
    assert_eq!(success("string", r#"[1.5,"x y"]"#), "String(\"x y\")");
    assert_eq!(success("vector", "[]"), "Vector");
    assert_eq!(success("matrix", "[]"), "Matrix");
}

#[test]
fn order_of_members_and_unknown_ones_do_not_matter() {
    assert_eq!(
        read(
            r#"{"warnings":["slow"],"infos":["odd"],"isPartial":true,"extra":{"a":[1,{}]},
                "data":{"stats":{"x":1},"result":[{"value":[1,"2"],"more":0,"metric":{"a":""}}],
                "resultType":"vector"},"status":"success"}"#
        ),
        "Vector\n{} [1000] [2.0]\nwarning slow\n\
         warning the source says that its answer is partial\ninfo odd"
    );
}

#[test]
fn native_histograms_stand_beside_floats() {
    assert_eq!(
        success(
            "matrix",
            r#"[{"metric":{"a":"1"},"values":[[1,"2"]],"histograms":[[2,{"count":"1","sum":"3"}],
                [3,{"count":"4","sum":"5","buckets":[[1,"-1","-0.5","1"],[3,"-0.1","0.1","1"],
                [0,"0.5","1","2"]]}]]},
                {"metric":{"a":"2"},"histograms":[[2,{"count":"1","sum":"NaN","buckets":[]}]]}]"#
        ),
        "Matrix\n{a=\"1\"} [1000] [2.0]\n2000 {count:1, sum:3}\n\
         3000 {count:4, sum:5, [-1,-0.5):1, [-0.1,0.1]:1, (0.5,1]:2}\n\
         {a=\"2\"} [] []\n2000 {count:1, sum:NaN}"
    );
    assert_eq!(
        success(
            "vector",
            r#"[{"metric":{},"histogram":[1,{"count":"3","sum":"1","buckets":[[3,"-Inf","5","1"],
                [0,"5","+Inf","2"]]}]}]"#
        ),
        "Vector\n{} [] []\n1000 {count:3, sum:1, [-Inf,5]:1, (5,+Inf]:2}"
    );
    let check = |histogram: &str, expect: &str| {
        let text = success("vector", &format!(r#"[{{"metric":{{}},"histogram":{histogram}}}]"#));
        assert!(text.contains(expect), "{text}");
    };
    check("[1,{}]", "missing field `count`");
    check(r#"[1,{"count":"x","sum":"1"}]"#, "\"x\" is no number");
    check(
        r#"[1,{"count":"1","sum":"1","buckets":[[7,"1","2","1"]]}]"#,
        "a bucket has the boundary rule 7",
    );
    check(
        r#"[1,{"count":"1","sum":"1","buckets":[[0,"2","1","1"]]}]"#,
        "a bucket ends before it begins",
    );
}

#[test]
fn malformed_answers() {
    let check = |text: String, expect: &str| assert!(text.contains(expect), "{text}");
    check(read(r#"{"status":"success","data":{"resultType":"vec"#), "it ends in the middle");
    check(read(""), "it ends in the middle");
    check(read("<html>"), "expected value at line 1 column 1");
    check(read("[]"), "expected an answer of the Prometheus API");
    check(read("{}"), "it has no status; is this a Prometheus API?");
    check(read(r#"{"status":"success"}"#), "it has no resultType");
    check(read(r#"{"status":"error","errorType":"execution","error":"no"}"#), "execution: no");
    check(
        success("matrix", r#"[{"metric":{"a":"1"},"values":[[2,"1"],[2,"1"]]}]"#),
        "timestamps do not ascend: 2000 ms after 2000 at line 1 column",
    );
    check(success("vector", r#"[{"metric":{},"value":[1,"one"]}]"#), "\"one\" is no sample value");
    check(success("vector", r#"[{"metric":{},"value":[1,2]}]"#), "expected a sample value as text");
    check(success("vector", r#"[{"metric":{},"value":[1]}]"#), "a sample is a time and a value");
    check(success("vector", r#"[{"metric":{}}]"#), "a series without samples");
    check(
        success("vector", r#"[{"metric":{},"values":[[1,"2"]]}]"#),
        "the result of type vector is an array of series with many samples each",
    );
    check(success("scalar", "[]"), "the result of type scalar is an empty array");
    check(success("tensor", "[]"), "unknown resultType \"tensor\"");
    check(read(r#"{"status":"success"} x"#), "trailing characters");
}
