//! The applications that are built in. Their files stand in `cloud-init/`; `build.rs` turns each template into JSON.

use noc_shared::applications::Application;

include!(concat!(env!("OUT_DIR"), "/applications.rs"));

/// An application that is built in, by its name.
pub fn find(name: &str) -> Option<Application> {
    let (_, description, _) = BUILT_IN.iter().find(|(candidate, ..)| *candidate == name)?;
    crate::json::read(description).ok()
}

/// All applications that are built in, by name.
pub fn all() -> Vec<Application> {
    BUILT_IN.iter().filter_map(|(_, description, _)| crate::json::read(description).ok()).collect()
}

/// The cloud-init template of an application that is built in, as JSON.
pub(super) fn template(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(candidate, ..)| *candidate == name).map(|(_, _, template)| *template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_application_that_is_built_in_can_be_read_and_is_called_as_its_folder() {
        assert_eq!(all().len(), BUILT_IN.len());
        for (folder, description, _) in BUILT_IN {
            let application = find(folder).unwrap();
            assert_eq!(application.name, *folder);
            // A key that is misspelt would be passed over, because a log may hold one that this version does not know.
            let written: serde_json::Value = serde_json::from_str(description).unwrap();
            assert_eq!(serde_json::to_value(&application).unwrap(), written, "{folder}");
        }
    }
}
