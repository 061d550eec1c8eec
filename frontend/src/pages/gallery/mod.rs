//! Every component in every state: `/ui`, in development builds.

#[cfg(feature = "gallery")]
mod components;
#[cfg(feature = "gallery")]
mod pictures;

#[cfg(feature = "gallery")]
pub use components::Gallery;

/// Where there is no gallery, its path leads to nothing.
#[cfg(not(feature = "gallery"))]
pub use super::NotFound as Gallery;

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    #[test]
    fn each_component_is_in_the_gallery() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let read = |folder: &str| -> String {
            let files = fs::read_dir(source.join(folder)).unwrap();
            files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
        };
        let (components, gallery) = (read("ui"), read("pages/gallery"));
        let mut missing = Vec::new();
        for component in components.split("#[component]").skip(1) {
            let (_, name) = component.split_once("pub fn ").unwrap();
            let name = &name[..name.find(['(', '<']).unwrap()];
            if !gallery.contains(&format!("<{name}")) {
                missing.push(name);
            }
        }
        assert!(missing.is_empty(), "{missing:?}");
    }
}
