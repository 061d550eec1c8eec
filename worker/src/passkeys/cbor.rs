//! A reader for the CBOR that passkeys send (RFC 8949, in the canonical form of CTAP2): lengths are known beforehand, no
//! tags, no fractions. Everything is borrowed from the bytes, and nothing is made larger than they are.

/// A level for each array or map. An attestation has four: itself, its statement, the list of certificates, and one more.
const DEEPEST: u8 = 5;

/// Something that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    Integer(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(Vec<Item<'a>>),
    /// No name stands twice in it.
    Map(Vec<(Item<'a>, Item<'a>)>),
    Bool(bool),
    Null,
}

impl<'a> Item<'a> {
    /// What a map has under a number.
    pub(super) fn at(&self, number: i64) -> Option<&Item<'a>> {
        self.find(&Item::Integer(number))
    }

    /// What a map has under a name.
    pub(super) fn named(&self, name: &str) -> Option<&Item<'a>> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(key, _)| matches!(key, Self::Text(text) if *text == name)).map(|(_, item)| item)
    }

    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    fn find(&self, wanted: &Item<'_>) -> Option<&Item<'a>> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(key, _)| key == wanted).map(|(_, item)| item)
    }
}

/// Reads one item, and gives what stands behind it.
pub(super) fn read(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    item(bytes, DEEPEST)
}

fn item(bytes: &[u8], levels: u8) -> Option<(Item<'_>, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    let (argument, rest) = argument(first & 0x1f, rest)?;
    match first >> 5 {
        0 => Some((Item::Integer(i64::try_from(argument).ok()?), rest)),
        1 => Some((Item::Integer(-1 - i64::try_from(argument).ok()?), rest)),
        2 => {
            let (bytes, rest) = take(rest, argument)?;
            Some((Item::Bytes(bytes), rest))
        }
        3 => {
            let (bytes, rest) = take(rest, argument)?;
            Some((Item::Text(std::str::from_utf8(bytes).ok()?), rest))
        }
        4 => array(argument, rest, levels.checked_sub(1)?),
        5 => map(argument, rest, levels.checked_sub(1)?),
        7 => match first & 0x1f {
            20 => Some((Item::Bool(false), rest)),
            21 => Some((Item::Bool(true), rest)),
            22 => Some((Item::Null, rest)),
            _ => None,
        },
        _ => None,
    }
}

fn array(count: u64, mut rest: &[u8], levels: u8) -> Option<(Item<'_>, &[u8])> {
    // Grown as it is read: a count that is larger than the bytes behind it takes no memory.
    let mut items = Vec::new();
    for _ in 0..count {
        let (next, behind) = item(rest, levels)?;
        items.push(next);
        rest = behind;
    }
    Some((Item::Array(items), rest))
}

fn map(count: u64, mut rest: &[u8], levels: u8) -> Option<(Item<'_>, &[u8])> {
    let mut entries: Vec<(Item<'_>, Item<'_>)> = Vec::new();
    // Names are compared each with each: a map of a passkey has fewer than ten.
    if count > 32 {
        return None;
    }
    for _ in 0..count {
        let (name, behind) = item(rest, levels)?;
        let (value, behind) = item(behind, levels)?;
        if entries.iter().any(|(other, _)| *other == name) {
            return None;
        }
        entries.push((name, value));
        rest = behind;
    }
    Some((Item::Map(entries), rest))
}

/// The number in or behind the first byte, in its shortest form.
fn argument(short: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let length = match short {
        0..=23 => return Some((u64::from(short), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (digits, rest) = take(rest, length)?;
    let number = digits.iter().fold(0, |number: u64, digit| number << 8 | u64::from(*digit));
    let is_shortest = match short {
        24 => number > 23,
        25 => number > 0xff,
        26 => number > 0xffff,
        _ => number > 0xffff_ffff,
    };
    is_shortest.then_some((number, rest))
}

fn take(bytes: &[u8], count: u64) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(usize::try_from(count).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passkeys_send_is_read_and_everything_else_is_refused() {
        let one_and_two =
            Item::Map(vec![(Item::Integer(1), Item::Integer(2)), (Item::Integer(-2), Item::Bytes(&[0xff]))]);
        let cases: [(&str, &str, Option<Item<'_>>); 23] = [
            ("a small number", "17", Some(Item::Integer(23))),
            ("a byte", "1818", Some(Item::Integer(24))),
            ("a number below zero", "390100", Some(Item::Integer(-257))),
            ("a large number", "1b7fffffffffffffff", Some(Item::Integer(i64::MAX))),
            ("one that is too large", "1b8000000000000000", None),
            ("the least number", "3b7fffffffffffffff", Some(Item::Integer(i64::MIN))),
            ("one that is not in its shortest form", "1817", None),
            ("a text", "6161", Some(Item::Text("a"))),
            ("a text that is none", "61ff", None),
            ("bytes", "42abcd", Some(Item::Bytes(&[0xab, 0xcd]))),
            ("bytes that end early", "42ab", None),
            ("bytes without end", "5f41ff", None),
            ("a map of two", "a201022141ff", Some(one_and_two)),
            ("a name that stands twice", "a201020103", None),
            ("more entries than there are", "bb0000000100000000", None),
            ("more items than there are", "9affffffff00", None),
            ("true", "f5", Some(Item::Bool(true))),
            ("nothing", "f6", Some(Item::Null)),
            ("a fraction", "f93c00", None),
            ("a tag", "c001", None),
            ("five levels", "818181818100", Some(nested(5))),
            ("six levels", "81818181818100", None),
            ("no bytes at all", "", None),
        ];
        for (what, digits, expected) in cases {
            let bytes = hex::decode(digits).unwrap_or_default();
            assert_eq!(read(&bytes).map(|(item, _)| item), expected, "{what}");
        }
    }

    fn nested(levels: u8) -> Item<'static> {
        (0..levels).fold(Item::Integer(0), |inner, _| Item::Array(vec![inner]))
    }

    #[test]
    fn what_stands_behind_is_given_back() {
        assert_eq!(read(&[1, 2, 3]), Some((Item::Integer(1), &[2, 3][..])));
    }

    #[test]
    fn no_bytes_have_it_fail_in_another_way_than_by_refusing() {
        // Every text of three bytes, and every one byte behind the beginnings of longer items.
        for number in 0..=0x00ff_ffff_u32 {
            let bytes = number.to_be_bytes();
            let _ = read(&bytes[1..]);
        }
    }
}
