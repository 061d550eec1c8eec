//! The account, its keys, and what it may choose from.

use serde::Serialize;
use serde_json::json;

use crate::Reply;
use crate::settings::SshKey;

use super::Call;
use super::catalog::{self, Image};
use super::paging::{Page, refuse_unknown};
use super::problem::Problem;

#[derive(Serialize)]
struct KeyView<'a> {
    id: u64,
    fingerprint: &'a str,
    public_key: &'a str,
    name: &'a str,
}

/// `GET /v2/account`
pub(super) fn account(call: &Call<'_>) -> Result<Reply, Problem> {
    refuse_unknown(call, &[])?;
    Ok(Reply::json(
        200,
        &json!({"account": {
            "droplet_limit": call.settings.droplet_limit,
            "floating_ip_limit": 3,
            "reserved_ip_limit": 3,
            "volume_limit": 100,
            "email": "operations@flaggerlink.test",
            "name": "NOC Simulator",
            "uuid": "b6fr89dbf6d9156cace5f3c78dc9851d957381ef",
            "email_verified": true,
            "status": "active",
            "status_message": "",
            "team": {"uuid": "5df3e3004a17e242b7c20ca6c9fc25b701a47ece", "name": "My Team"},
        }}),
    ))
}

/// `GET /v2/account/keys`
pub(super) fn keys(call: &Call<'_>) -> Result<Reply, Problem> {
    let page = Page::of(call, &[])?;
    let keys = call.settings.ssh_keys.iter().map(|SshKey { id, name, fingerprint, public_key }| KeyView {
        id: *id,
        fingerprint,
        public_key,
        name,
    });
    Ok(page.reply(call, "ssh_keys", keys))
}

/// `GET /v2/regions`
pub(super) fn regions(call: &Call<'_>) -> Result<Reply, Problem> {
    let page = Page::of(call, &[])?;
    Ok(page.reply(call, "regions", catalog::regions().iter()))
}

/// `GET /v2/sizes`
pub(super) fn sizes(call: &Call<'_>) -> Result<Reply, Problem> {
    let page = Page::of(call, &[])?;
    Ok(page.reply(call, "sizes", catalog::sizes().iter()))
}

/// `GET /v2/images`
pub(super) fn images(call: &Call<'_>) -> Result<Reply, Problem> {
    let page = Page::of(call, &["private", "tag_name", "type"])?;
    let kind = call.query("type");
    if kind.is_some_and(|kind| !matches!(kind, "application" | "distribution")) {
        return Err(Problem::bad_request("type must be application or distribution"));
    }
    let private = match call.query("private") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Problem::bad_request("private must be true or false")),
    };
    // The account has no image of its own, and therefore none that is private or has a tag.
    let shown = |image: &&Image| {
        kind.is_none_or(|kind| image.is_of_type(kind))
            && (!private || !image.public)
            && call.query("tag_name").is_none()
    };
    Ok(page.reply(call, "images", catalog::images().iter().filter(shown)))
}

/// `GET /v2/images/{id or slug}`
pub(super) fn image(call: &Call<'_>, slug_or_id: &str) -> Result<Reply, Problem> {
    #[derive(Serialize)]
    struct One {
        image: &'static Image,
    }
    refuse_unknown(call, &[])?;
    let image = catalog::image(slug_or_id).ok_or_else(Problem::not_found)?;
    Ok(Reply::json(200, &One { image }))
}

/// A list of which the account has nothing.
pub(super) fn nothing(call: &Call<'_>, key: &str, filters: &[&str]) -> Result<Reply, Problem> {
    let page = Page::of(call, filters)?;
    Ok(page.reply(call, key, std::iter::empty::<()>()))
}
