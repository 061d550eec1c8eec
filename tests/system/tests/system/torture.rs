//! workerd is killed again and again, at moments that a seed chooses.

use noc_system_tests::{Plan, torture};

#[test]
fn thirty_kills_lose_nothing_and_double_nothing() {
    torture(Plan::of(30));
}
