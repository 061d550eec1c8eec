//! The same for many, on all cores: runs have nothing to do with each other.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::world::World;

/// Does the same with each of so many numbers, each time on a platform of its own thread, and gives what came of them in
/// their order. A panic is an error like any other.
pub(crate) fn each<T: Send>(
    count: usize,
    work: impl Fn(&Arc<World>, usize) -> Result<T, String> + Sync,
) -> Vec<Result<T, String>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(count));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut world = World::new();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    let result =
                        catch_unwind(AssertUnwindSafe(|| work(&world, index))).unwrap_or_else(|panic| {
                            // What a panic leaves behind is of no use to the next run.
                            world = World::new();
                            let text = panic.downcast_ref::<String>().cloned();
                            let text =
                                text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                            Err(format!("it panicked: {}", text.unwrap_or_default()))
                        });
                    done.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
