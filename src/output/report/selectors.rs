//! How many entries selectors keep of those they aim at, as `gradsieve selectors` found it.

use super::data::{Chart, Choice, Curve, Data};
use super::folder::Folder;
use crate::output::figure::Figure;
use crate::output::{OutputError, selectors};
use maud::{Markup, html};

pub(super) fn section(folder: &Folder, id: &str, data: &mut Data) -> Result<Option<Markup>, OutputError> {
    if folder.table("selectors.csv").is_none() {
        return Ok(None);
    }
    let mut options = Vec::new();
    let mut charts = Vec::new();
    for (index, figure) in selectors::by_vector(&folder.dir)?.into_iter().enumerate() {
        let Figure { title, x, y, series, references, caption, .. } = figure;
        let curve = |(look, series): (usize, crate::output::plot::Series)| Curve {
            label: series.label.clone(),
            key: series.label.clone(),
            look,
            is_bound: false,
            series,
        };
        options.push((index.to_string(), title));
        charts.push((
            index.to_string(),
            Chart {
                x,
                y,
                curves: series.into_iter().enumerate().map(curve).collect(),
                references: references.into_iter().map(|reference| (reference.label, reference.y)).collect(),
                caption,
                ..Chart::default()
            },
        ));
    }
    let panel = format!("{id}-selectors-panel");
    data.panel(&panel, &[Choice { label: "Vector", options }], &[], charts);
    Ok(Some(html! {
        h2 { "Selectors" }
        p.lead { "Selectors find the largest entries by statistics instead of sorting: how many do they keep of the k they aim at?" }
        div.panel data-panel=(panel) data-big="" {}
    }))
}
