//! The pieces of the program that pages come in.
//!
//! A page that many see first is part of the program itself. The others are few pieces and not one each: what two pieces
//! share would be a piece of its own, so that twelve of them would be hundreds of files.

use leptos::{prelude::*, wasm_split::wasm_split};

use super::{
    Page,
    later::{Come, Piece},
};

/// Which piece a page is in.
#[derive(Clone, Copy)]
enum In {
    /// One server, and what is done to servers.
    Operations,
    /// What belongs to all servers.
    Fleet,
    /// What belongs to the organization.
    Organization,
}

const fn piece(page: Page) -> In {
    match page {
        Page::Server | Page::Deploy | Page::Deployment | Page::Deployments => In::Operations,
        Page::Drift | Page::Orphans | Page::Catalog | Page::Health | Page::Gallery => In::Fleet,
        Page::Application
        | Page::Projects
        | Page::Applications
        | Page::Audit
        | Page::SshKeys
        | Page::Members
        | Page::Settings
        | Page::Tokens => In::Organization,
    }
}

/// Loads the piece that a page is in.
pub(super) fn load(page: Page) -> Piece<()> {
    match piece(page) {
        In::Operations => Box::pin(load_operations()),
        In::Fleet => Box::pin(load_fleet()),
        In::Organization => Box::pin(load_organization()),
    }
}

/// Shows a page.
pub(super) fn show(page: Page) -> Piece<AnyView> {
    match piece(page) {
        In::Operations => Box::pin(operations(page)),
        In::Fleet => Box::pin(fleet(page)),
        In::Organization => Box::pin(organization(page)),
    }
}

#[wasm_split(operations, wasm_split_path = ::leptos::wasm_split, preload(load_operations), fallible)]
fn operations(page: Page) -> Come {
    use super::{deploy::Deploy, deployment::Deployment, deployments::Deployments, server::Server};
    Ok(match page {
        Page::Deploy => view! { <Deploy/> }.into_any(),
        Page::Deployment => view! { <Deployment/> }.into_any(),
        Page::Deployments => view! { <Deployments/> }.into_any(),
        _ => view! { <Server/> }.into_any(),
    })
}

#[wasm_split(fleet, wasm_split_path = ::leptos::wasm_split, preload(load_fleet), fallible)]
fn fleet(page: Page) -> Come {
    use super::{catalog::Catalog, drift::Drift, gallery::Gallery, health::Health, orphans::Orphans};
    Ok(match page {
        Page::Drift => view! { <Drift/> }.into_any(),
        Page::Orphans => view! { <Orphans/> }.into_any(),
        Page::Health => view! { <Health/> }.into_any(),
        Page::Gallery => view! { <Gallery/> }.into_any(),
        _ => view! { <Catalog/> }.into_any(),
    })
}

#[wasm_split(organization, wasm_split_path = ::leptos::wasm_split, preload(load_organization), fallible)]
fn organization(page: Page) -> Come {
    use super::{
        applications::{Application, Applications},
        audit::Audit,
        members::Members,
        projects::Projects,
        settings::Settings,
        ssh_keys::SshKeys,
        tokens::Tokens,
    };
    Ok(match page {
        Page::Application => view! { <Application/> }.into_any(),
        Page::Applications => view! { <Applications/> }.into_any(),
        Page::SshKeys => view! { <SshKeys/> }.into_any(),
        Page::Members => view! { <Members/> }.into_any(),
        Page::Projects => view! { <Projects/> }.into_any(),
        Page::Settings => view! { <Settings/> }.into_any(),
        Page::Tokens => view! { <Tokens/> }.into_any(),
        _ => view! { <Audit/> }.into_any(),
    })
}
