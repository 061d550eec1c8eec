//! The regions, sizes and images that the simulated account may use.

use std::sync::LazyLock;

use serde::Serialize;

/// A place where droplets can be.
#[derive(Serialize)]
pub(super) struct Region {
    pub(super) name: &'static str,
    pub(super) slug: &'static str,
    features: &'static [&'static str],
    pub(super) available: bool,
    pub(super) sizes: Vec<&'static str>,
}

/// A kind of droplet.
#[derive(Serialize)]
pub(super) struct Size {
    pub(super) slug: &'static str,
    pub(super) memory: u64,
    pub(super) vcpus: u64,
    pub(super) disk: u64,
    transfer: f64,
    price_monthly: f64,
    price_hourly: f64,
    pub(super) regions: &'static [&'static str],
    pub(super) available: bool,
    description: &'static str,
}

/// A disk image.
#[derive(Serialize)]
pub(super) struct Image {
    pub(super) id: u64,
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    distribution: &'static str,
    pub(super) slug: &'static str,
    pub(super) public: bool,
    regions: Vec<&'static str>,
    created_at: &'static str,
    pub(super) min_disk_size: u64,
    size_gigabytes: f64,
    description: &'static str,
    tags: &'static [&'static str],
    status: &'static str,
    error_message: &'static str,
}

impl Image {
    /// `distribution` or `application`: what the list's `type` filters by.
    pub(super) fn is_of_type(&self, wanted: &str) -> bool {
        (wanted == "application") == self.slug.starts_with("docker")
    }
}

pub(super) fn regions() -> &'static [Region] {
    static REGIONS: LazyLock<Vec<Region>> = LazyLock::new(|| {
        REGION_ROWS
            .iter()
            .map(|&(slug, name, available)| Region {
                name,
                slug,
                features: &["backups", "ipv6", "metadata", "install_agent", "storage", "image_transfer"],
                available,
                sizes: SIZES
                    .iter()
                    .filter(|size| size.regions.contains(&slug))
                    .map(|size| size.slug)
                    .collect(),
            })
            .collect()
    });
    &REGIONS
}

pub(super) fn region(slug: &str) -> Option<&'static Region> {
    regions().iter().find(|region| region.slug == slug)
}

pub(super) fn sizes() -> &'static [Size] {
    SIZES
}

pub(super) fn size(slug: &str) -> Option<&'static Size> {
    SIZES.iter().find(|size| size.slug == slug)
}

pub(super) fn images() -> &'static [Image] {
    static IMAGES: LazyLock<Vec<Image>> = LazyLock::new(|| {
        IMAGE_ROWS
            .iter()
            .map(|&(id, slug, distribution, name, description)| Image {
                id,
                name,
                kind: "base",
                distribution,
                slug,
                public: true,
                regions: REGION_ROWS.iter().filter(|row| row.2).map(|row| row.0).collect(),
                created_at: "2026-03-02T16:21:08Z",
                min_disk_size: 7,
                size_gigabytes: 0.62,
                description,
                tags: &[],
                status: "available",
                error_message: "",
            })
            .collect()
    });
    &IMAGES
}

/// An image by its slug or its number.
pub(super) fn image(slug_or_id: &str) -> Option<&'static Image> {
    images().iter().find(|image| image.slug == slug_or_id || image.id.to_string() == slug_or_id)
}

/// Slug, name, available. The last one is closed to new droplets, as the real one is.
const REGION_ROWS: &[(&str, &str, bool)] = &[
    ("nyc1", "New York 1", true),
    ("nyc3", "New York 3", true),
    ("ams3", "Amsterdam 3", true),
    ("sfo3", "San Francisco 3", true),
    ("sgp1", "Singapore 1", true),
    ("lon1", "London 1", true),
    ("fra1", "Frankfurt 1", true),
    ("tor1", "Toronto 1", true),
    ("sfo1", "San Francisco 1", false),
];

const EVERYWHERE: &[&str] = &["ams3", "fra1", "lon1", "nyc1", "nyc3", "sfo3", "sgp1", "tor1"];
const WITHOUT_LONDON_AND_TORONTO: &[&str] = &["ams3", "fra1", "nyc1", "nyc3", "sfo3", "sgp1"];
const NEW_YORK_AND_FRANKFURT: &[&str] = &["fra1", "nyc1", "nyc3"];

const SIZES: &[Size] = &[
    size_row("s-1vcpu-512mb-10gb", (512, 1, 10), 0.5, (4.0, 0.00595), WITHOUT_LONDON_AND_TORONTO, "Basic"),
    size_row("s-1vcpu-1gb", (1_024, 1, 25), 1.0, (6.0, 0.00893), EVERYWHERE, "Basic"),
    size_row("s-1vcpu-2gb", (2_048, 1, 50), 2.0, (12.0, 0.01786), EVERYWHERE, "Basic"),
    size_row("s-2vcpu-2gb", (2_048, 2, 60), 3.0, (18.0, 0.02679), EVERYWHERE, "Basic"),
    size_row("s-2vcpu-4gb", (4_096, 2, 80), 4.0, (24.0, 0.03571), EVERYWHERE, "Basic"),
    size_row("s-2vcpu-4gb-amd", (4_096, 2, 80), 4.0, (28.0, 0.04167), NEW_YORK_AND_FRANKFURT, "Basic AMD"),
    size_row("s-4vcpu-8gb", (8_192, 4, 160), 5.0, (48.0, 0.07143), EVERYWHERE, "Basic"),
    size_row("s-8vcpu-16gb", (16_384, 8, 320), 6.0, (96.0, 0.14286), EVERYWHERE, "Basic"),
    size_row("c-2", (4_096, 2, 25), 4.0, (42.0, 0.0625), WITHOUT_LONDON_AND_TORONTO, "CPU-Optimized"),
    size_row("g-2vcpu-8gb", (8_192, 2, 25), 4.0, (63.0, 0.09375), EVERYWHERE, "General Purpose"),
    Size {
        available: false,
        ..size_row("m-2vcpu-16gb", (16_384, 2, 50), 4.0, (84.0, 0.125), EVERYWHERE, "Memory-Optimized")
    },
];

/// Number, slug, distribution, name, description.
const IMAGE_ROWS: &[(u64, &str, &str, &str, &str)] = &[
    (195_932_981, "ubuntu-24-04-x64", "Ubuntu", "24.04 (LTS) x64", "Ubuntu 24.04 (LTS) x64"),
    (195_932_974, "ubuntu-22-04-x64", "Ubuntu", "22.04 (LTS) x64", "Ubuntu 22.04 (LTS) x64"),
    (198_210_033, "debian-13-x64", "Debian", "13 x64", "Debian 13 x64"),
    (195_932_102, "debian-12-x64", "Debian", "12 x64", "Debian 12 x64"),
    (190_003_417, "fedora-42-x64", "Fedora", "42 x64", "Fedora 42 x64"),
    (184_466_002, "rockylinux-9-x64", "Rocky Linux", "9 x64", "Rocky Linux 9 x64"),
    (179_580_115, "docker-24-04", "Ubuntu", "Docker on Ubuntu 24.04", "Docker on Ubuntu 24.04"),
];

const fn size_row(
    slug: &'static str,
    (memory, vcpus, disk): (u64, u64, u64),
    transfer: f64,
    (price_monthly, price_hourly): (f64, f64),
    regions: &'static [&'static str],
    description: &'static str,
) -> Size {
    Size {
        slug,
        memory,
        vcpus,
        disk,
        transfer,
        price_monthly,
        price_hourly,
        regions,
        available: true,
        description,
    }
}
