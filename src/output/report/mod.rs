//! One HTML page about result folders: text, tables, interactive charts, and the files themselves to download.
//!
//! The page is made from the CSVs, the SVGs and the `provenance.json` of the folders alone. It stands by itself: styles,
//! script and data are inside, and it asks nothing of any network. Its bytes depend on the folders alone.
//!
//! - `layout.rs` is the document around any page of ours, `style.css` its looks.
//! - One file per part: `overview.rs`, `curves.rs`, `theorems.rs`, `distributions.rs`,
//!   `selectors.rs`, `runs.rs`, `provenance.rs`.
//! - `compare.rs` is the page about two folders side by side.
//! - `data.rs` is what `report.js` draws; that script arranges numbers and computes none.
//! - `vendor/uplot` is the library of the charts, as it was published.

use super::OutputError;
use crate::store::write_whole_unlocked;
use data::Data;
use folder::Folder;
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

mod cells;
pub mod compare;
mod curves;
mod data;
mod distributions;
mod folder;
mod labels;
pub(crate) mod layout;
mod overview;
mod provenance;
mod runs;
mod selectors;
mod theorems;

/// A page takes no more than this for each folder, unless its text alone does.
pub const MOST_BYTES: usize = 3_000_000;

/// The most that a page takes for all of its folders: what browsers and mail still carry.
const MOST_BYTES_IN_ALL: usize = 24_000_000;

/// Explanations that no table holds. A page without them is complete, but terser.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// Of theorems, by name: what is bounded, and the statement.
    pub theorems: BTreeMap<String, (String, String)>,
    /// Of metrics, by column.
    pub metrics: BTreeMap<String, String>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Result folders on the page.
    pub n_folders: usize,
    /// Interactive charts.
    pub n_charts: usize,
    /// Size of the page in bytes.
    pub n_bytes: usize,
    /// What the page leaves out so as to stay small, in sentences.
    pub left_out: Vec<String>,
}

/// Writes the page about the folders; a folder without tables stands for all result folders below it.
///
/// # Errors
/// [`OutputError`]: a folder that is missing or holds no results, a malformed CSV, an output that cannot be written.
pub fn write(dirs: &[PathBuf], out: &Path, words: &Words) -> Result<Written, OutputError> {
    let (page, written) = page(dirs, words)?;
    write_whole_unlocked(out, |out| out.write_all(page.as_bytes()))?;
    Ok(written)
}

/// The page about the folders, and what it holds.
///
/// # Errors
/// Those of [`write()`] except those of writing.
pub fn page(dirs: &[PathBuf], words: &Words) -> Result<(String, Written), OutputError> {
    let folders = folder::gather(dirs)?;
    let most = (MOST_BYTES * folders.len()).min(MOST_BYTES_IN_ALL);
    // Charts take what the text leaves, files what the charts leave; each step gives up the least telling.
    let mut thinning = data::Thinning::default();
    loop {
        let mut data = Data::new(thinning);
        let mut parts = Vec::new();
        for (index, folder) in folders.iter().enumerate() {
            parts.push(part(folder, index, words, &mut data)?);
        }
        let text: usize = parts.iter().map(|part| part.body.0.len()).sum();
        let room = most.saturating_sub(text + layout::FRAME_BYTES);
        let charts = data.chart_bytes();
        if charts > room && thinning.can_go_on() {
            thinning = thinning.next();
            continue;
        }
        let files_left_out = data.add_files(&folders, room.saturating_sub(charts));
        let left_out: Vec<String> = thinning.words().into_iter().chain(files_left_out).collect();
        let page = document(&folders, &parts, &data, &left_out);
        let written = Written { n_folders: folders.len(), n_charts: data.n_panels(), n_bytes: page.len(), left_out };
        return Ok((page, written));
    }
}

/// What the page says of one folder.
struct Part {
    /// The fragment of its address.
    id: String,
    /// What the folder asks, or its name.
    title: String,
    /// How many of its claims hold.
    claims: Option<String>,
    /// Titles of its sections, each with its fragment.
    sections: Vec<(String, &'static str)>,
    body: Markup,
}

fn part(folder: &Folder, index: usize, words: &Words, data: &mut Data) -> Result<Part, OutputError> {
    let id = format!("r{}", index + 1);
    let settings = labels::Settings::of(folder)?;
    let bodies = [
        ("Overview", Some(overview::section(folder, &settings)?)),
        ("Curves", curves::section(folder, &id, &settings, words, data)?),
        ("Theory", theorems::section(folder, &id, &settings, words, data)?),
        ("Distributions", distributions::section(folder, &id, data)?),
        ("Selectors", selectors::section(folder, &id, data)?),
        ("Runs", runs::section(folder, &settings, words)?),
        ("Provenance", Some(provenance::section(folder, index))),
    ];
    let present = bodies.into_iter().filter_map(|(title, body)| Some((title, body?)));
    let mut sections = Vec::new();
    let body = html! {
        article id=(id) aria-label=(folder.name) {
            @for (title, body) in present {
                @let section = format!("{id}-{}", title.to_lowercase());
                section id=(section) { (body) }
                @let () = sections.push((section, title));
            }
        }
    };
    Ok(Part { id, title: folder.title(), claims: overview::claims(folder)?, sections, body })
}

fn document(folders: &[Folder], parts: &[Part], data: &Data, left_out: &[String]) -> String {
    let (title, links): (String, Vec<(String, String)>) = match (folders, parts) {
        ([folder], [part]) => {
            (folder.name.clone(), part.sections.iter().map(|(id, title)| (id.clone(), (*title).to_owned())).collect())
        }
        _ => (
            format!("{} experiments", folders.len()),
            folders.iter().zip(parts).map(|(folder, part)| (part.id.clone(), folder.short_name())).collect(),
        ),
    };
    let body = html! {
        @if parts.len() > 1 { (contents(folders, parts)) }
        @for part in parts { (part.body) }
        @if !left_out.is_empty() {
            aside.note { h2 { "What is not inside" } @for sentence in left_out { p { (sentence) } } }
        }
    };
    layout::Page { title: &title, links: &links, body, data: Some(data.json()) }.html()
}

/// The list of experiments before them.
fn contents(folders: &[Folder], parts: &[Part]) -> Markup {
    html! {
        section.contents {
            p.kicker { "Report" }
            h1 { (folders.len()) " experiments" }
            ol {
                @for (folder, part) in folders.iter().zip(parts) {
                    li {
                        a href={ "#" (part.id) } { (part.title) }
                        @if let Some(claims) = &part.claims { span.small { "Claims: " (claims) } }
                        span.path { (folder.name) }
                    }
                }
            }
        }
    }
}
