//! temp
#![allow(unsafe_code, reason = "the border to the C library is here and nowhere else; each use says why it is sound")]
pub(crate) mod ops;
pub(crate) mod tensor;
/// temp
pub fn start() -> crate::Result<()> {
    static O: std::sync::Once = std::sync::Once::new();
    O.call_once(|| tensorflow::library::load().unwrap());
    Ok(())
}
pub(crate) fn check_not_forked() -> crate::Result<()> {
    Ok(())
}
