//! Elementary functions against what Go prints for the same.
//!
//! Each line of `float.txt` is a function, its arguments and the result, to the last digit. How
//! they came about is told at the top of that file.

use std::fmt::Write;

use model::float;

#[test]
fn functions_agree_with_go() {
    let mut wrong = String::new();
    for line in include_str!("float.txt").lines().filter(|line| !line.starts_with('#')) {
        let (name, numbers) = line.split_once(' ').unwrap();
        let numbers: Vec<f64> = numbers.split(' ').map(|n| n.parse().unwrap()).collect();
        let [arguments @ .., expect] = &numbers[..] else { panic!("no case: {line}") };
        let got = match arguments {
            [x] => unary(name)(*x),
            [x, y] => binary(name)(*x, *y),
            _ => panic!("no case: {line}"),
        };
        if got.to_bits() != expect.to_bits() && !(got.is_nan() && expect.is_nan()) {
            writeln!(wrong, "{line}, not {got:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn unary(name: &str) -> fn(f64) -> f64 {
    match name {
        "acos" => float::acos,
        "acosh" => float::acosh,
        "asin" => float::asin,
        "asinh" => float::asinh,
        "atan" => float::atan,
        "atanh" => float::atanh,
        "cos" => float::cos,
        "cosh" => float::cosh,
        "exp" => float::exp,
        "exp2" => float::exp2,
        "ln" => float::ln,
        "ln_1p" => float::ln_1p,
        "log10" => float::log10,
        "log2" => float::log2,
        "sin" => float::sin,
        "sinh" => float::sinh,
        "tan" => float::tan,
        "tanh" => float::tanh,
        _ => panic!("no function of one number: {name}"),
    }
}

fn binary(name: &str) -> fn(f64, f64) -> f64 {
    match name {
        "atan2" => float::atan2,
        "pow" => float::pow,
        _ => panic!("no function of two numbers: {name}"),
    }
}

/// A number is a fraction and a power of two, whatever its size.
#[test]
fn fractions_and_powers_make_the_number() {
    for x in [1.0, -0.75, 3e300, f64::MIN_POSITIVE, 5e-324, -1e-310, f64::MAX, 0.0, -0.0] {
        let (fraction, exponent) = float::frexp(x);
        assert!(x == 0.0 || (0.5..1.0).contains(&fraction.abs()), "{fraction} of {x}");
        assert_eq!(float::ldexp(fraction, exponent.into()).to_bits(), x.to_bits());
    }
    assert_eq!(float::ldexp(0.75, i64::MAX).to_bits(), f64::INFINITY.to_bits());
    assert_eq!(float::ldexp(-0.75, i64::MIN).to_bits(), (-0.0_f64).to_bits());
    // Halfway between 1 and 2 of the smallest: rounded once, to even.
    assert_eq!(float::ldexp(0.75, -1073).to_bits(), 2);
}
