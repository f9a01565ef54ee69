//! Percent signs in addresses: from `%41` to `A`.
//!
//! The parser uses it to see what an address hides, the rewriting of addresses to do as Python does. Writing them is
//! the business of who makes an address.

/// The bytes that a text stands for; a percent sign without two hexadecimal digits stands for itself.
pub(crate) fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match escaped_byte(&bytes[at..]) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    decoded
}

/// The byte behind a percent sign and two hexadecimal digits.
fn escaped_byte(bytes: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = bytes else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_escapes_are_decoded() {
        for (text, bytes) in
            [("a%20b", &b"a b"[..]), ("%2e%2E", b".."), ("%", b"%"), ("%4", b"%4"), ("%%41", b"%A"), ("%+1", b"%+1")]
        {
            assert_eq!(decoded(text), bytes, "{text}");
        }
    }
}
