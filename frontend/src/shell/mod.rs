//! The frame around the pages, and what can be reached from each of them.

mod account;
mod activity;
mod frame;
mod fuzzy;
mod palette;
mod proving;
mod recent;
mod shortcuts;
mod theme;

pub use activity::{Activity, Message};
pub use frame::Shell;
pub use proving::Proving;
pub use recent::Recent;
pub use theme::Theme;
