//! The components: each does one job and knows nothing of NOC.

mod ago;
mod badge;
mod button;
mod chart;
mod choice;
mod copy;
mod dialog;
mod empty;
mod field;
mod figure;
mod icon;
mod keys;
mod note;
mod page;
mod skeleton;
mod storage;
mod virtual_list;

pub use ago::{Ago, Clock, absolute, duration};
pub use badge::{Badge, Dot, Tone};
pub use button::{Button, ButtonKind, ButtonLink, IconButton};
pub use chart::{Chart, Point, Span};
pub use choice::{Choice, Segment, Segmented, Switch};
pub use copy::{Copy, copy_text};
pub use dialog::{Dialog, DialogKind};
pub use empty::Empty;
pub use field::{Field, Search, Select, TextArea, TextInput};
pub use figure::{Bar, Bars, Stat, Strip, Track};
pub use icon::{Glyph, Icon};
pub use keys::is_typing;
pub use note::Note;
pub use page::Page;
pub use skeleton::{Skeleton, SkeletonRows};
pub use storage::{recall, remember};
pub use virtual_list::{VirtualList, spans};
