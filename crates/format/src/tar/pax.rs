//! PAX records: `<length> <key>=<value>\n`, the length counting itself.

/// Appends one record.
pub(super) fn push(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    let body = key.len() + value.len() + 3;
    // The length has to count its own digits: grow until it does.
    let mut length = body + 1;
    while body + digits(length) != length {
        length = body + digits(length);
    }
    out.extend_from_slice(length.to_string().as_bytes());
    out.push(b' ');
    out.extend_from_slice(key);
    out.push(b'=');
    out.extend_from_slice(value);
    out.push(b'\n');
}

fn digits(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// A key and its value.
type Record<'a> = (&'a [u8], &'a [u8]);

/// The records of a block of them, key and value; an error text for a malformed one.
pub(super) fn records(mut data: &[u8]) -> Result<Vec<Record<'_>>, &'static str> {
    let mut found = Vec::new();
    while !data.is_empty() && data[0] != 0 {
        let space = data.iter().position(|&byte| byte == b' ').ok_or("a PAX record has no length")?;
        let digits = &data[..space];
        if digits.is_empty() || digits.len() > 8 || !digits.iter().all(u8::is_ascii_digit) {
            return Err("the length of a PAX record is no number");
        }
        let length = digits.iter().fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
        let record = data.get(space + 1..length).ok_or("a PAX record is cut off")?;
        let record = record.strip_suffix(b"\n").ok_or("a PAX record does not end in a new line")?;
        let equals = record.iter().position(|&byte| byte == b'=').ok_or("a PAX record has no '='")?;
        found.push((&record[..equals], &record[equals + 1..]));
        data = &data[length..];
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn records_round_trip(key in "[a-zA-Z.]{1,20}", value in proptest::collection::vec(any::<u8>(), 0..1200)) {
            let mut data = Vec::new();
            push(&mut data, key.as_bytes(), &value);
            push(&mut data, b"second", b"");
            let found = records(&data).unwrap();
            prop_assert_eq!(found, vec![(key.as_bytes(), &value[..]), (&b"second"[..], &b""[..])]);
        }

        #[test]
        fn arbitrary_records_never_panic(data: Vec<u8>, text in "[0-9]{0,3} ?[a-z=\\n]{0,20}") {
            let _ = records(&data);
            let _ = records(text.as_bytes());
        }
    }
}
