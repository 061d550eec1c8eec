//! Every component in every state: `/ui`, in development builds.

#[cfg(feature = "gallery")]
mod components;

#[cfg(feature = "gallery")]
pub use components::Gallery;

/// Where there is no gallery, its path leads to nothing.
#[cfg(not(feature = "gallery"))]
pub use super::NotFound as Gallery;
