//! The document around a page: head, styles, bar, body, script, foot. Any page of ours can stand in it.

use crate::output::figure::Look;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::fmt::Write as _;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("report.js");
const CHARTS: &str = include_str!("vendor/uplot/uPlot.iife.min.js");
const CHARTS_STYLE: &str = include_str!("vendor/uplot/uPlot.min.css");
/// Its notice is part of every page.
const CHARTS_LICENSE: &str = include_str!("vendor/uplot/LICENSE");

/// Nothing may be loaded from anywhere, whatever a table brings into the page.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      base-uri 'none'; form-action 'none'";

/// What a page needs besides its body and its data, with some room for the head.
pub(super) const FRAME_BYTES: usize =
    STYLE.len() + SCRIPT.len() + CHARTS.len() + CHARTS_STYLE.len() + CHARTS_LICENSE.len() + 40_000;

/// A page.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    /// In the bar and in the window's title.
    pub(crate) title: &'a str,
    /// Fragments and words of the links in the bar.
    pub(crate) links: &'a [(String, String)],
    pub(crate) body: Markup,
    /// What the script draws, as JSON; a page without it has no charts.
    pub(crate) data: Option<String>,
}

impl Page<'_> {
    /// The whole document.
    pub(crate) fn html(self) -> String {
        let Page { title, links, body, data } = self;
        let data = data.unwrap_or_else(|| "{}".to_owned());
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="color-scheme" content="light dark";
                    meta name="generator" content="gradsieve";
                    title { (title) " · gradsieve" }
                    // Without an icon of its own a browser would request one.
                    link rel="icon" href="data:,";
                    style { (PreEscaped(CHARTS_STYLE)) (PreEscaped(STYLE)) (PreEscaped(colors())) }
                }
                body {
                    a.skip href="#main" { "Skip to the content" }
                    header.bar {
                        a.mark href="#main" title=(title) { "gradsieve" }
                        nav aria-label="Sections" {
                            ul { @for (id, words) in links { li { a href={ "#" (id) } { (words) } } } }
                        }
                        button.theme type="button" hidden { "Dark" }
                    }
                    main id="main" tabindex="-1" { (body) }
                    footer {
                        p {
                            "Made by gradsieve from the tables of its result folders. "
                            "Charts are drawn by uPlot, © Leon Sorokin, MIT licence."
                        }
                        details { summary { "Licence of uPlot" } pre { (CHARTS_LICENSE) } }
                    }
                    noscript { p.note { "Charts, sorting and downloads need JavaScript; all else can be read without." } }
                    script type="application/json" id="data" { (PreEscaped(inert(&data))) }
                    script { (PreEscaped(CHARTS)) }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        page.into_string()
    }
}

/// JSON that cannot end the element it stands in, nor begin another.
fn inert(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// The colors of the figures as variables of the style sheet.
fn colors() -> String {
    let mut text = ":root{".to_owned();
    for index in 0..Look::COLORS {
        let ink = Look::of(index).ink;
        // Writing to a string cannot fail.
        let _ = write!(text, "--ink-{index}:#{:02x}{:02x}{:02x};", ink.0, ink.1, ink.2);
    }
    text + "}"
}
