pub fn repr(x: f64) -> String {
    format!("{x:?}")
}
pub fn complex_repr(a: f64, b: f64) -> String {
    format!("({a}+{b}j)")
}
