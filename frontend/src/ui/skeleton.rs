//! The shape of what is coming.

use leptos::prelude::*;

/// A piece of it.
#[component]
pub fn Skeleton(
    /// How wide, as CSS says it.
    #[prop(default = "100%")]
    width: &'static str,
    /// How high.
    #[prop(default = "1rem")]
    height: &'static str,
) -> impl IntoView {
    view! { <span class="skeleton" style:width=width style:height=height></span> }
}

/// Rows of a list that is coming.
#[component]
pub fn SkeletonRows(
    /// How many.
    #[prop(default = 6)]
    rows: usize,
) -> impl IntoView {
    let row = |place: usize| {
        let width = ["38%", "30%", "44%", "34%"].get(place % 4).copied().unwrap_or("40%");
        view! {
            <div class="flex items-center gap-4 px-4 py-4 border-b border-line last:border-0">
                <Skeleton width=width/>
                <span class="ml-auto w-24"><Skeleton/></span>
            </div>
        }
    };
    view! {
        <div class="card" role="status">
            <span class="sr">"Loading"</span>
            {(0..rows).map(row).collect_view()}
        </div>
    }
}
