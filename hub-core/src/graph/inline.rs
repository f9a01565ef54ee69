//! inline
/// temp
#[derive(Debug)]
pub struct Inlined;
