//! Takes the names of functions out of a wasm file.
//!
//! They are there for the stacks of panics, and are a tenth of what is uploaded and read at each start. What panicked
//! where, a panic says by file and line.

/// A wasm file begins so: four letters and a version.
const HEAD: usize = 8;

/// The file without its section of names; `None` if it is not as wasm files are.
pub(super) fn without_names(wasm: &[u8]) -> Option<Vec<u8>> {
    let mut kept = wasm.get(..HEAD).filter(|head| head.starts_with(b"\0asm"))?.to_vec();
    let mut at = HEAD;
    while at < wasm.len() {
        let kind = *wasm.get(at)?;
        let (length, content) = number(wasm, at + 1)?;
        let end = content.checked_add(length)?;
        let section = wasm.get(at..end)?;
        let (name_length, name) = number(wasm, content)?;
        let is_names = kind == 0 && wasm.get(name..name.checked_add(name_length)?) == Some(b"name");
        if !is_names {
            kept.extend_from_slice(section);
        }
        at = end;
    }
    Some(kept)
}

/// An unsigned number in LEB128, and where it ends.
fn number(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut value = 0;
    for index in 0..5 {
        let byte = *bytes.get(at + index)?;
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, at + index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_are_taken_out() {
        let head = b"\0asm\x01\0\0\0".to_vec();
        let types = [1, 4, 1, 0x60, 0, 0];
        let names = [0, 7, 4, b'n', b'a', b'm', b'e', 1, 2];
        let other = [0, 6, 4, b'n', b'o', b't', b'e', 1];
        let whole = [&head[..], &types, &names, &other].concat();
        assert_eq!(without_names(&whole), Some([&head[..], &types, &other].concat()));
        assert_eq!(without_names(&head), Some(head));
        for refused in [&b"no wasm at all"[..], &whole[..whole.len() - 1], &[]] {
            assert_eq!(without_names(refused), None);
        }
    }
}
