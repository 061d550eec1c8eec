use super::*;

/// An item at a place, and whether it is under way.
#[derive(Clone, Debug, PartialEq)]
struct One(u32, bool);

impl Item for One {
    type Place = u32;

    fn place(&self) -> u32 {
        self.0
    }

    fn may_change(&self) -> bool {
        self.1
    }
}

type All = Listed<&'static str, One>;

/// What it is about, what is known, what is read, and what is known then: the places, and where older ones begin.
type Case = (&'static str, All, Page<One>, &'static [u32], Option<&'static str>);

fn items(places: impl IntoIterator<Item = u32>) -> Vec<One> {
    places.into_iter().map(|place| One(place, false)).collect()
}

fn page(places: impl IntoIterator<Item = u32>, next: Option<&str>) -> Page<One> {
    Page { items: items(places), next: next.map(str::to_owned) }
}

fn known(places: impl IntoIterator<Item = u32>, next: Option<&str>) -> All {
    Listed { filter: "all", items: items(places), next: next.map(str::to_owned), extended: true }
}

fn places(listed: &All) -> Vec<u32> {
    listed.items.iter().map(|one| one.0).collect()
}

#[test]
fn what_is_new_comes_before_what_is_known_and_nothing_is_there_twice_or_lost() {
    let cases: [Case; 7] = [
        ("nothing is new", known([6, 5, 4, 3], Some("3")), page([6, 5], Some("5")), &[6, 5, 4, 3], Some("3")),
        ("one is new", known([6, 5, 4, 3], Some("3")), page([7, 6], Some("6")), &[7, 6, 5, 4, 3], Some("3")),
        ("a page is new", known([6, 5], None), page([8, 7, 6], Some("6")), &[8, 7, 6, 5], None),
        ("too much is new", known([6, 5], Some("5")), page([9, 8], Some("8")), &[9, 8], Some("8")),
        (
            "one does not fit any more",
            known([6, 5, 4], Some("4")),
            page([6, 4], Some("4")),
            &[6, 4],
            Some("4"),
        ),
        ("older ones moved up", known([6, 5], Some("5")), page([4, 3], Some("3")), &[4, 3], Some("3")),
        ("all were read", known([6, 5, 4], Some("4")), page([6, 5], None), &[6, 5], None),
    ];
    for (case, known, read, expected, next) in cases {
        let merged = Listed::merged(Some(known), "all", read);
        assert_eq!((places(&merged).as_slice(), merged.next.as_deref()), (expected, next), "{case}");
    }
}

#[test]
fn another_filter_is_another_list() {
    let merged = Listed::merged(Some(known([6, 5, 4], Some("4"))), "other", page([6, 5], Some("5")));
    assert_eq!((merged.filter, places(&merged)), ("other", vec![6, 5]));
}

#[test]
fn an_item_is_as_it_was_read_last() {
    let mut before = known([6, 5, 4], Some("4"));
    before.items[1] = One(5, true);
    let merged = Listed::merged(Some(before), "all", page([6, 5], Some("5")));
    assert_eq!(merged.items, items([6, 5, 4]));
}

#[test]
fn more_is_read_until_it_reaches_what_is_known_and_what_may_still_change() {
    let mut moving = known([6, 5, 4, 3], Some("3"));
    moving.items[2] = One(4, true);
    for (case, known, read, expected) in [
        ("it is known", known([6, 5], Some("5")), page([7, 6], Some("6")), false),
        ("there is a gap", known([6, 5], Some("5")), page([9, 8], Some("8")), true),
        ("there are no more", known([6, 5], Some("5")), page([9, 8], None), false),
        ("one is under way behind it", moving.clone(), page([6, 5], Some("5")), true),
        ("the one under way was read", moving, page([6, 5, 4], Some("4")), false),
    ] {
        assert_eq!(known.wants_more(&read), expected, "{case}");
    }
}

#[test]
fn a_list_that_nobody_extended_does_not_grow_for_ever() {
    let kept = u32::try_from(KEPT).unwrap();
    let read = || page((kept..=kept + 50).rev(), Some("next"));
    let mut before = known((1..=kept).rev(), Some("1"));
    assert_eq!(Listed::merged(Some(before.clone()), "all", read()).items.len(), KEPT + 50);
    before.extended = false;
    assert_eq!(Listed::merged(Some(before), "all", read()).items.len(), 51);
}

#[test]
fn older_ones_are_taken_up_behind_what_they_were_asked_behind() {
    let cases: [Case; 5] = [
        ("they follow", known([6, 5], Some("5")), page([4, 3], Some("3")), &[6, 5, 4, 3], Some("3")),
        ("they are the last", known([6, 5], Some("5")), page([], None), &[6, 5], None),
        ("new ones came meanwhile", known([7, 6, 5], Some("5")), page([4], None), &[7, 6, 5, 4], None),
        (
            "some are known meanwhile",
            known([6, 5, 4], Some("4")),
            page([4, 3], Some("3")),
            &[6, 5, 4, 3],
            Some("3"),
        ),
        ("the list began anew", known([9, 8], Some("8")), page([4, 3], Some("3")), &[9, 8], Some("8")),
    ];
    for (case, mut listed, older, expected, next) in cases {
        listed.take_older(&5, older);
        assert_eq!((places(&listed).as_slice(), listed.next.as_deref()), (expected, next), "{case}");
    }
}
