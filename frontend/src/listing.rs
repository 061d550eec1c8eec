//! Long lists that are read page by page, newest first, and kept current.
//!
//! Their newest page is read again and again, and what is new pushes the others down. So what is known is merged with what
//! was read, by the order that the API has them in: nothing is in both, and nothing falls between.

use leptos::{prelude::*, task::spawn_local};

use crate::{api::Problem, live::Live};

/// So many pages are read at once to reach what is known, or what may still change. If more is new than that, the list
/// begins anew.
const PAGES: usize = 5;

/// So many items are kept of a list that grew while nobody asked for older ones: a page that is left open for weeks must
/// not hold each event since.
const KEPT: usize = 500;

/// Something in a list that is newest first.
pub trait Item: Clone + PartialEq + Send + Sync + 'static {
    /// Its place among all others, which nothing else has and which never changes: what is newer has a greater one.
    type Place: Ord + Clone;

    /// Its place.
    fn place(&self) -> Self::Place;

    /// Whether it may still change.
    fn may_change(&self) -> bool {
        false
    }
}

/// What the API answers: some items, and where those that follow begin.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// Where the next page begins, unless this is the last.
    pub next: Option<String>,
}

/// What is known of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<Q, T> {
    /// What was asked for.
    pub filter: Q,
    /// The newest items, without a gap.
    pub items: Vec<T>,
    /// Where older ones begin, unless these are all.
    pub next: Option<String>,
    /// Whether somebody asked for older ones.
    extended: bool,
}

impl<Q: PartialEq, T: Item> Listed<Q, T> {
    /// Whether what was read is not enough to be merged: it does not reach what is known, or not all that may still change.
    fn wants_more(&self, read: &Page<T>) -> bool {
        let Some(oldest) = read.items.last().filter(|_| read.next.is_some()).map(T::place) else {
            return false;
        };
        let reaches = self.items.first().is_none_or(|newest| oldest <= newest.place());
        !reaches || self.items.iter().any(|item| item.may_change() && item.place() < oldest)
    }

    /// What is known after the newest pages were read.
    fn merged(known: Option<Self>, filter: Q, read: Page<T>) -> Self {
        let anew = |read: Page<T>| (read.items, read.next, false);
        let (items, next, extended) = match (known.filter(|known| known.filter == filter), read.items.last())
        {
            (Some(known), Some(oldest)) if read.next.is_some() => {
                let oldest = oldest.place();
                let reaches = known.items.first().is_none_or(|newest| oldest <= newest.place());
                // What is newer than the oldest that was read, and was not read, is not in the list any more.
                let older = known.items.iter().filter(|item| item.place() < oldest).count();
                let grew = !known.extended && read.items.len() + older > KEPT;
                if !reaches || grew {
                    anew(read)
                } else if older == 0 {
                    (read.items, read.next, known.extended)
                } else {
                    let mut items = read.items;
                    items.extend(known.items.into_iter().filter(|item| item.place() < oldest));
                    (items, known.next, known.extended)
                }
            }
            // All that there is was read, or nothing was known.
            _ => anew(read),
        };
        Self { filter, items, next, extended }
    }

    /// Takes up a page of older ones, which was asked for behind an item. It is dropped if the list has begun anew
    /// meanwhile, and does not reach that item any more.
    fn take_older(&mut self, behind: &T::Place, page: Page<T>) {
        let Some(oldest) = self.items.last().map(T::place).filter(|oldest| oldest <= behind) else { return };
        let before = self.items.len();
        self.items.extend(page.items.into_iter().filter(|item| item.place() < oldest));
        if self.items.len() > before || page.next.is_none() {
            self.next = page.next;
        }
        self.extended = true;
    }
}

/// A list that is kept current.
pub struct Listing<Q: 'static, T: 'static> {
    /// What is known of it.
    pub live: Live<Listed<Q, T>>,
    /// Whether older ones are being read.
    pub busy: RwSignal<bool>,
}

impl<Q, T> Clone for Listing<Q, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q, T> Copy for Listing<Q, T> {}

impl<Q: Clone + PartialEq + Send + Sync + 'static, T: Item> Listing<Q, T> {
    /// Keeps current what `read` gives for a filter, from a place on. `every` says after how many milliseconds to look
    /// again, by what is known.
    pub fn new<F>(
        filter: Memo<Q>,
        every: impl Fn(&[T]) -> i32 + 'static,
        read: impl Fn(Q, Option<String>) -> F + Copy + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Page<T>, Problem>> + 'static,
    {
        let itself = StoredValue::new(None::<Live<Listed<Q, T>>>);
        let known = move || {
            let live = itself.try_get_value().flatten()?;
            live.data.try_get_untracked().flatten()
        };
        let live = Live::new(
            move |listed: Option<&Listed<Q, T>>| {
                Some(every(listed.map(|listed| listed.items.as_slice()).unwrap_or_default()))
            },
            move || {
                let filter = filter.get();
                async move {
                    let mut page = read(filter.clone(), None).await?;
                    for _ in 1..PAGES {
                        let known = known().filter(|known| known.filter == filter);
                        let wanted = known.is_some_and(|known| known.wants_more(&page));
                        let Some(next) = page.next.clone().filter(|_| wanted) else { break };
                        let more = read(filter.clone(), Some(next)).await?;
                        page.items.extend(more.items);
                        page.next = more.next;
                    }
                    // Nothing else runs between this and the moment that it is known.
                    Ok(Listed::merged(known(), filter, page))
                }
            },
        );
        itself.set_value(Some(live));
        // Another filter is another list.
        Effect::new(move |_| {
            filter.with(|_| ());
            live.data.set(None);
        });
        Self { live, busy: RwSignal::new(false) }
    }

    /// The items.
    pub fn items(self) -> Signal<Vec<T>> {
        Signal::derive(move || {
            self.live
                .data
                .with(|listed| listed.as_ref().map(|listed| listed.items.clone()).unwrap_or_default())
        })
    }

    /// Whether nothing is in it.
    pub fn is_empty(self) -> Memo<bool> {
        Memo::new(move |_| {
            self.live.data.with(|listed| listed.as_ref().is_none_or(|listed| listed.items.is_empty()))
        })
    }

    /// Whether there are older ones.
    pub fn has_older(self) -> Memo<bool> {
        Memo::new(move |_| {
            self.live.data.with(|listed| listed.as_ref().is_some_and(|listed| listed.next.is_some()))
        })
    }

    /// Reads older ones with the `read` of [`Listing::new`], and tells why if they could not be read.
    pub fn older<F>(self, read: impl Fn(Q, Option<String>) -> F, failed: impl FnOnce(&Problem) + 'static)
    where
        F: Future<Output = Result<Page<T>, Problem>> + 'static,
    {
        let asked = self.live.data.with_untracked(|listed| {
            let listed = listed.as_ref()?;
            Some((listed.filter.clone(), listed.items.last()?.place(), listed.next.clone()?))
        });
        let Some((filter, behind, next)) = asked.filter(|_| !self.busy.get_untracked()) else { return };
        self.busy.set(true);
        let page = read(filter.clone(), Some(next));
        spawn_local(async move {
            match page.await {
                Ok(page) => {
                    self.live.data.try_update(|listed| {
                        // What was asked of another list is of no use to this one.
                        if let Some(listed) = listed.as_mut().filter(|listed| listed.filter == filter) {
                            listed.take_older(&behind, page);
                        }
                    });
                }
                Err(problem) => failed(&problem),
            }
            self.busy.try_set(false);
        });
    }
}

#[cfg(test)]
mod tests;
