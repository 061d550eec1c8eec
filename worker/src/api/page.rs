//! A page of a list, and where the next one begins.

use noc_shared::time::Timestamp;

use super::encode_cursor;

/// What of a list is on a page of this length, given at least one more where there are more, and the cursor of what
/// follows. A place is what the list is sorted by.
pub fn page<T>(mut items: Vec<T>, limit: u64, place: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let more = items.len() as u64 > limit;
    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = items.last().filter(|_| more).map(|last| encode_cursor(&place(last)));
    (items, next)
}

/// The place of something in a list by time: the identifier tells apart what came at once.
pub fn time_place(at: Timestamp, id: &str) -> String {
    format!("{} {id}", at.millis())
}

/// Time and identifier of such a place.
pub fn read_time_place(place: &str) -> Option<(i64, &str)> {
    let (at, id) = place.split_once(' ')?;
    Some((at.parse().ok()?, id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::decode_cursor;

    #[test]
    fn a_page_has_a_next_one_only_if_there_is_more() {
        for (items, limit, expected, next) in [
            (vec![1, 2, 3], 2, vec![1, 2], Some("2")),
            (vec![1, 2], 2, vec![1, 2], None),
            (vec![], 2, vec![], None),
        ] {
            let (found, cursor) = page(items, limit, ToString::to_string);
            let cursor = cursor.map(|cursor| decode_cursor(&cursor).unwrap());
            assert_eq!((found, cursor.as_deref()), (expected, next));
        }
        let place = time_place(Timestamp::from_millis(7), "dep_1");
        assert_eq!(read_time_place(&place), Some((7, "dep_1")));
        assert_eq!(read_time_place("seven dep_1"), None);
    }
}
