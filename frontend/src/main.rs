//! The dashboard of NOC: runs in the browser, and speaks to the API of the Worker that served it.

mod api;
mod app;
mod fleet;
mod listing;
mod live;
mod needs;
mod pages;
mod paths;
mod sending;
mod shell;
mod ui;
mod words;

fn main() {
    console_error_panic_hook::set_once();
    app::mount();
}
