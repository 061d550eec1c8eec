//! The components.

use leptos::prelude::*;

use super::pictures::{Charts, Long, Marks, Staying};
use crate::ui::{
    Ago, Badge, Bar, Bars, Button, ButtonKind, ButtonLink, Choice, Copy, Dialog, DialogKind, Dots, Empty,
    Field, Icon, IconButton, Note, Page, Search, Segment, Segmented, Select, Skeleton, SkeletonRows, Stat,
    Strip, Switch, TextArea, TextInput, Tone, Track,
};

const TONES: [(Tone, &str); 5] = [
    (Tone::Ok, "Well"),
    (Tone::Warn, "Look"),
    (Tone::Bad, "Broken"),
    (Tone::Info, "Under way"),
    (Tone::Idle, "Nothing"),
];

const KINDS: [(ButtonKind, &str); 4] = [
    (ButtonKind::Primary, "Primary"),
    (ButtonKind::Quiet, "Quiet"),
    (ButtonKind::Danger, "Danger"),
    (ButtonKind::DangerQuiet, "Leads to danger"),
];

const SEGMENTS: &[Segment] = &[
    Segment { value: "one", text: "One", icon: Some(Icon::LIST) },
    Segment { value: "two", text: "Two", icon: Some(Icon::LAYOUT_GRID) },
];

/// The page.
#[component]
pub fn Gallery() -> impl IntoView {
    view! {
        <Page title="Components" lead="Each component of this dashboard, in each state that it has.">
            <div class="grid gap-4">
                <Buttons/> <Long/> <Staying/> <Words/> <Inputs/> <Figures/> <Charts/> <Waiting/> <Marks/> <Above/>
            </div>
        </Page>
    }
}

/// A part of the page.
#[component]
pub(super) fn Part(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="card">
            <div class="card-head"><h2>{title}</h2></div>
            <div class="card-body grid gap-4">{children()}</div>
        </section>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    let row = |(kind, text): (ButtonKind, &'static str)| {
        view! {
            <div class="flex flex-wrap gap-2">
                <Button kind text=text/> <Button kind text=text icon=Icon::ROCKET/> <Button kind text=text disabled=true/>
                <Button kind text=text busy=true/> <Button kind text=text small=true/>
            </div>
        }
    };
    view! {
        <Part title="Buttons">
            {KINDS.map(row)}
            <div class="flex gap-2">
                <ButtonLink href="/ui" text="A link" icon=Icon::ROCKET/>
                <IconButton icon=Icon::SEARCH name="Find" on_press=|_| ()/> <Copy text="copied" what="word"/>
            </div>
        </Part>
    }
}

#[component]
fn Words() -> impl IntoView {
    let now = js_sys::Date::now() as i64;
    view! {
        <Part title="Words">
            <div class="flex flex-wrap gap-2">{TONES.map(|(tone, text)| view! { <Badge tone text=text.to_owned()/> })}</div>
            <div class="flex flex-wrap gap-2">{TONES.map(|(tone, text)| view! { <Badge tone text=text.to_owned() live=true/> })}</div>
            <Dots parts=TONES.map(|(tone, text)| (tone, text.to_owned())).into()/>
            {TONES.map(|(tone, text)| view! { <Note tone title=text text="A sentence that says what that means."/> })}
            <p class="flex gap-4"><Ago at=now/> <Ago at=now - 90_000/> <Ago at=now - 7_200_000/> <Ago at=now + 60_000/></p>
        </Part>
    }
}

#[component]
fn Inputs() -> impl IntoView {
    let (empty, full) = (RwSignal::new(String::new()), RwSignal::new("Alpha".to_owned()));
    let (segment, on) = (RwSignal::new("one".to_owned()), RwSignal::new(true));
    let choice = RwSignal::new("a".to_owned());
    let options = || vec![("".to_owned(), "Any".to_owned()), ("a".to_owned(), "A".to_owned())];
    view! {
        <Part title="Inputs">
            <div class="grid gap-4 md:grid-cols-3">
                <Field id="g-empty" label="Empty" hint="What it wants."><TextInput id="g-empty" value=empty placeholder="alpha"/></Field>
                <Field id="g-wrong" label="Wrong" wrong=Some("Use lower-case letters.".to_owned())><TextInput id="g-wrong" value=full/></Field>
                <Field id="g-right" label="Right" right=Some("This name is free.".to_owned())><TextInput id="g-right" value=full/></Field>
            </div>
            <Field id="g-lines" label="Lines" hint="As a program reads them."><TextArea id="g-lines" value=full rows=3/></Field>
            <div class="toolbar">
                <Search name="Filter" value=empty on_input=move |value| empty.set(value)/>
                <Select name="Choose" options=Signal::derive(options) value=empty on_choose=|_| ()/>
                <Segmented name="Layout" segments=SEGMENTS value=segment on_choose=move |value: &'static str| segment.set(value.to_owned())/>
                <Switch text="On or off" on=on on_switch=move |value| on.set(value)/>
            </div>
            <div class="grid gap-2.5 md:grid-cols-3">
                {["a", "b", "c"].map(|value| view! {
                    <Choice name="g-choice" value=value chosen=Signal::derive(move || choice.with(|choice| choice == value)) disabled=value == "c" on_choose=move |value| choice.set(value)>
                        <span class="choice-title">{value}</span><span class="block sub">"What it is"</span>
                    </Choice>
                })}
            </div>
        </Part>
    }
}

#[component]
fn Figures() -> impl IntoView {
    let parts = vec![
        (Tone::Ok, 7, "well".to_owned()),
        (Tone::Warn, 2, "leaving".to_owned()),
        (Tone::Bad, 1, "stuck".to_owned()),
    ];
    let bar =
        |name: &str, share: f64| Bar { name: name.to_owned(), share, text: format!("{:.0}", share * 10.0) };
    let bars = vec![bar("nyc1", 1.0), bar("fra1", 0.5), bar("ams3", 0.1)];
    view! {
        <Part title="Figures">
            <div class="stats">
                <Stat label="Servers" value="10".to_owned()><Strip parts=parts/></Stat>
                <Stat label="Regions" value="3".to_owned()><Bars bars=bars/></Stat>
                <Stat label="Memory" value="40 %".to_owned()><Track name="Memory, well" share=0.4/></Stat>
                <Stat label="Disk" value="97 %".to_owned()><Track name="Disk, full" share=0.97/></Stat>
            </div>
        </Part>
    }
}

#[component]
fn Waiting() -> impl IntoView {
    view! {
        <Part title="Waiting, and nothing">
            <Skeleton width="40%"/>
            <SkeletonRows rows=2/>
            <Empty icon=Icon::SERVER title="No servers yet" text="What to do next."><Button text="Do it" kind=ButtonKind::Primary/></Empty>
        </Part>
    }
}

#[component]
fn Above() -> impl IntoView {
    let (sheet, drawer) = (RwSignal::new(false), RwSignal::new(false));
    view! {
        <Part title="Above the page">
            <div class="flex gap-2">
                <Button text="Open a sheet" on_press=move |_| sheet.set(true)/> <Button text="Open a drawer" on_press=move |_| drawer.set(true)/>
            </div>
            <Dialog open=sheet title="A sheet"><div class="sheet-body"><p>"It keeps the focus inside, and gives it back."</p></div></Dialog>
            <Dialog open=drawer title="A drawer" kind=DialogKind::Drawer><div class="sheet-body"><p>"It lies along the edge."</p></div></Dialog>
        </Part>
    }
}
