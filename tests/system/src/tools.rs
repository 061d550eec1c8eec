//! Programs that some tests run, and that not every machine has.

/// Says that something is not tested here, and why. `cargo xtask test` brings what tests need: there it is a failure, so
/// that nothing is passed over where nobody reads what was written.
pub fn not_tested(why: &str) {
    assert!(std::env::var_os("NOC_REQUIRE_TOOLS").is_none(), "not tested: {why}");
    eprintln!("not tested: {why}");
}
