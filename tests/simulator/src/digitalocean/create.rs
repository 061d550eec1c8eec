//! Creating droplets: what is asked for, what is refused, and the answer that is no success yet.

use serde::Serialize;
use serde_json::Value;

use crate::Reply;

use super::Call;
use super::catalog::{self, Image, Region, Size};
use super::fields::Fields;
use super::model::{Blueprint, State};
use super::paging::refuse_unknown;
use super::problem::Problem;
use super::tags::check_tag;
use super::view::{ActionLink, DropletView};

/// User data may have 64 KiB.
const USER_DATA_LIMIT: usize = 64 * 1024;
const NAMES_LIMIT: usize = 10;
const NAME_LIMIT: usize = 255;

const PROPERTIES: &[&str] = &[
    "backup_policy",
    "backups",
    "image",
    "ipv6",
    "monitoring",
    "name",
    "names",
    "private_networking",
    "public_networking",
    "region",
    "size",
    "ssh_keys",
    "tags",
    "user_data",
    "volumes",
    "vpc_uuid",
    "with_droplet_agent",
];

#[derive(Serialize)]
struct One<'a> {
    droplet: DropletView<'a>,
    links: Links,
}

#[derive(Serialize)]
struct Many<'a> {
    droplets: Vec<DropletView<'a>>,
    links: Links,
}

#[derive(Serialize)]
struct Links {
    actions: Vec<ActionLink>,
}

/// `POST /v2/droplets`
pub(super) fn create(state: &mut State, call: &mut Call<'_>) -> Result<Reply, Problem> {
    refuse_unknown(call, &[])?;
    let fields = Fields::of(call, PROPERTIES)?;
    let names = names(&fields)?;
    let tags = tags(&fields)?;
    let size = size(&fields)?;
    let image = image(&fields)?;
    let region = region(&fields, size)?;
    if size.disk < image.min_disk_size {
        return Err(Problem::unprocessable("The image needs a bigger disk than this size has."));
    }
    let features = features(&fields)?;
    let user_data = user_data(&fields)?;
    check_keys(&fields, call)?;
    if !fields.texts("volumes")?.is_empty() {
        return Err(Problem::unprocessable("One of the volumes could not be found."));
    }
    let vpc_uuid = vpc(&fields, region)?;
    if state.droplets.len() + names.len() > call.settings.droplet_limit {
        return Err(Problem::unprocessable("creating this/these droplet(s) will exceed your droplet limit"));
    }

    let mut made = Vec::with_capacity(names.len());
    for name in &names {
        let blueprint = Blueprint {
            name: (*name).to_owned(),
            region,
            size,
            image,
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            features: features.clone(),
            vpc_uuid: vpc_uuid.clone(),
            user_data: user_data.map(str::to_owned),
        };
        made.push(state.add_droplet(blueprint, call.random, call.now, call.settings.address_after_ms));
    }
    // Without a latency the droplet is ready in the same call, which a fast test may want.
    state.settle(call.now);
    Ok(answer(state, call, &made, fields.get("names").is_some()))
}

fn answer(state: &State, call: &Call<'_>, made: &[(u64, u64)], many: bool) -> Reply {
    let base = call.base_url();
    let links = Links {
        actions: made
            .iter()
            .map(|&(_, id)| ActionLink { id, rel: "create", href: format!("{base}/v2/actions/{id}") })
            .collect(),
    };
    let mut droplets: Vec<DropletView<'_>> =
        made.iter().filter_map(|(id, _)| state.droplets.get(id)).map(DropletView::from).collect();
    match droplets.pop() {
        Some(droplet) if !many => Reply::json(202, &One { droplet, links }),
        last => {
            droplets.extend(last);
            Reply::json(202, &Many { droplets, links })
        }
    }
}

fn names(fields: &Fields) -> Result<Vec<&str>, Problem> {
    let names = match (fields.text("name")?, fields.get("names")) {
        (Some(_), Some(_)) => return Err(Problem::unprocessable("name and names cannot be combined")),
        (Some(name), None) => vec![name],
        (None, Some(_)) => fields.texts("names")?,
        (None, None) => return Err(Problem::unprocessable("Name can't be blank")),
    };
    if names.is_empty() || names.len() > NAMES_LIMIT {
        return Err(Problem::unprocessable(format!("names must have one to {NAMES_LIMIT} entries")));
    }
    names.iter().try_for_each(|name| check_name(name))?;
    Ok(names)
}

/// `^[a-zA-Z0-9]?[a-z0-9A-Z.\-]*[a-z0-9A-Z]$`
pub(super) fn check_name(name: &str) -> Result<(), Problem> {
    if name.is_empty() {
        return Err(Problem::unprocessable("Name can't be blank"));
    }
    if name.len() > NAME_LIMIT {
        return Err(Problem::unprocessable(format!("Name is too long (maximum is {NAME_LIMIT} characters)")));
    }
    let in_alphabet = name.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-'));
    if !in_alphabet || !name.ends_with(|char: char| char.is_ascii_alphanumeric()) {
        return Err(Problem::unprocessable(
            "Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)",
        ));
    }
    Ok(())
}

fn tags(fields: &Fields) -> Result<Vec<&str>, Problem> {
    // The one property that may be null.
    if fields.get("tags").is_some_and(Value::is_null) {
        return Ok(Vec::new());
    }
    let mut tags = fields.texts("tags")?;
    tags.iter().try_for_each(|tag| check_tag(tag))?;
    tags.sort_unstable();
    tags.dedup();
    Ok(tags)
}

fn size(fields: &Fields) -> Result<&'static Size, Problem> {
    catalog::size(fields.required_text("size")?)
        .filter(|size| size.available)
        .ok_or_else(|| Problem::unprocessable("You specified an invalid size for Droplet creation."))
}

fn image(fields: &Fields) -> Result<&'static Image, Problem> {
    let wanted =
        fields.text_or_number("image")?.ok_or_else(|| Problem::unprocessable("image is required"))?;
    catalog::image(&wanted)
        .ok_or_else(|| Problem::unprocessable("You specified an invalid image for Droplet creation."))
}

/// The region that was named, the first that begins so (`nyc`), or any; among those that have the size.
fn region(fields: &Fields, size: &Size) -> Result<&'static Region, Problem> {
    let wanted = fields.text("region")?.unwrap_or_default();
    let mut candidates = match catalog::region(wanted) {
        Some(region) => vec![region],
        None => catalog::regions().iter().filter(|region| region.slug.starts_with(wanted)).collect(),
    };
    candidates.retain(|region| region.available);
    if candidates.is_empty() {
        return Err(Problem::unprocessable("You specified an invalid region for Droplet creation."));
    }
    candidates
        .into_iter()
        .find(|region| size.regions.contains(&region.slug))
        .ok_or_else(|| Problem::unprocessable("Size is not available in this region."))
}

fn features(fields: &Fields) -> Result<Vec<String>, Problem> {
    let backups = fields.flag("backups")?;
    let agent_refused = fields.get("with_droplet_agent").is_some() && !fields.flag("with_droplet_agent")?;
    fields.flag("public_networking")?;
    fields.flag("private_networking")?;
    check_backup_policy(fields, backups)?;
    Ok([
        ("backups", backups),
        ("droplet_agent", !agent_refused),
        ("ipv6", fields.flag("ipv6")?),
        ("monitoring", fields.flag("monitoring")?),
        ("private_networking", true),
    ]
    .into_iter()
    .filter(|(_, on)| *on)
    .map(|(name, _)| name.to_owned())
    .collect())
}

fn check_backup_policy(fields: &Fields, backups: bool) -> Result<(), Problem> {
    let Some(policy) = fields.get("backup_policy") else { return Ok(()) };
    let refuse = |what: &str| Err(Problem::unprocessable(format!("backup_policy: {what}")));
    let Some(policy) = policy.as_object() else { return refuse("must be an object") };
    if !backups {
        return refuse("needs backups to be enabled");
    }
    for (name, value) in policy {
        let valid = match name.as_str() {
            "plan" => matches!(value.as_str(), Some("daily" | "weekly")),
            "weekday" => {
                matches!(value.as_str(), Some("SUN" | "MON" | "TUE" | "WED" | "THU" | "FRI" | "SAT"))
            }
            "hour" => matches!(value.as_u64(), Some(0 | 4 | 8 | 12 | 16 | 20)),
            "window_length_hours" | "retention_period_days" => value.is_u64(),
            _ => return refuse(&format!("unknown property '{name}'")),
        };
        if !valid {
            return refuse(&format!("{name} is invalid"));
        }
    }
    Ok(())
}

fn user_data(fields: &Fields) -> Result<Option<&str>, Problem> {
    let user_data = fields.text("user_data")?;
    if user_data.is_some_and(|text| text.len() > USER_DATA_LIMIT) {
        return Err(Problem::unprocessable("User data is too long (maximum is 64 KiB)"));
    }
    Ok(user_data)
}

fn check_keys(fields: &Fields, call: &Call<'_>) -> Result<(), Problem> {
    let Some(keys) = fields.get("ssh_keys") else { return Ok(()) };
    let Some(keys) = keys.as_array() else { return Err(Problem::unprocessable("ssh_keys must be a list")) };
    let known = |key: &Value| {
        call.settings
            .ssh_keys
            .iter()
            .any(|known| key.as_u64() == Some(known.id) || key.as_str() == Some(known.fingerprint.as_str()))
    };
    match keys.iter().find(|key| !known(key)) {
        None => Ok(()),
        Some(key) => {
            Err(Problem::unprocessable(format!("{key} are invalid key identifiers for Droplet creation.")))
        }
    }
}

/// Each region has one network of its own, and no other.
fn vpc(fields: &Fields, region: &Region) -> Result<String, Problem> {
    let number = catalog::regions().iter().position(|other| other.slug == region.slug).unwrap_or_default();
    let default = format!("760e09ef-dc84-11e8-981e-{number:012x}");
    match fields.text("vpc_uuid")? {
        Some(wanted) if wanted != default => {
            Err(Problem::unprocessable("VPC could not be found in this region."))
        }
        _ => Ok(default),
    }
}
