use crate::error::Result;
pub fn format_str(t: &str, _f: &str) -> Result<String> {
    Ok(t.to_owned())
}
pub fn format_bool(t: bool, _f: &str) -> Result<String> {
    Ok(t.to_string())
}
pub fn format_int(t: &num_bigint::BigInt, _f: &str) -> Result<String> {
    Ok(t.to_string())
}
pub fn format_float(t: f64, _f: &str) -> Result<String> {
    Ok(t.to_string())
}
pub fn format_complex(t: f64, _u: f64, _f: &str) -> Result<String> {
    Ok(t.to_string())
}
