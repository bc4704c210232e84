//! Pictures hold what is to be seen, in place, and are documents.

use super::*;
use crate::table::tests::report;

/// Every coordinate lies inside of the picture, and elements are closed.
fn check(svg: &str) {
    let size = |name: &str| -> f64 {
        let rest = svg.split_once(&format!(" {name}=\"")).expect("a size").1;
        rest.split_once('"').expect("it ends").0.parse().expect("a number")
    };
    let (width, height) = (size("width"), size("height"));
    for (name, most) in [("x", width), ("x1", width), ("x2", width), ("cx", width)]
        .into_iter()
        .chain([("y", height), ("y1", height), ("y2", height), ("cy", height)])
    {
        for part in svg.split(&format!(" {name}=\"")).skip(1) {
            let value: f64 = part.split_once('"').unwrap().0.parse().unwrap();
            assert!((0.0..=most).contains(&value), "{name}={value} in {svg}");
        }
    }
    assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && !svg.contains("NaN"));
}

#[test]
fn bars_show_who_was_measured() {
    let svg = bars(&report());
    check(&svg);
    assert!(svg.contains(">prometheus<") && svg.contains(">2.9 s<"), "{svg}");
    assert!(svg.contains(">watchfire:shared<") && !svg.contains(">watchfire:stream<"));
    check(&bars(&crate::Report { results: Vec::new(), ..report() }));
}

#[test]
fn curves_are_logarithmic() {
    let curve = |subject: &str, points: &[(f64, f64)]| Curve {
        subject: subject.to_owned(),
        points: points.to_vec(),
    };
    let rising = curve("prometheus", &[(1e3, 0.01), (1e4, 0.1), (1e5, 1.0)]);
    let nothing = curve("watchfire:stream", &[(1e3, 0.0)]);
    let panel = Panel { title: "a < b".to_owned(), curves: vec![rising, nothing] };
    let empty = Panel { title: String::new(), curves: Vec::new() };
    let svg = curves("Cost", &[panel, empty]);
    check(&svg);
    assert!(svg.contains("points=\"62.0,414.0 277.0,249.0 492.0,84.0\""), "a straight line: {svg}");
    assert!(
        svg.contains("a &lt; b") && svg.contains(">10 k<") && svg.contains(">0.01 s<"),
        "{svg}"
    );
}
