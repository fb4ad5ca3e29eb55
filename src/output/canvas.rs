//! A drawing surface in logical pixels over the SVG backend of plotters.
//!
//! plotters places everything on whole pixels, so the drawing is made ten times too large and shown at a tenth of its
//! size by the viewBox; and it knows no dashes, so these are written into the finished text. The surface does not know
//! what a figure is.

use plotters::prelude::{DrawingBackend, RGBAColor, SVGBackend, ShapeStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform};
use std::sync::OnceLock;

/// The embedded font: every figure looks the same on a machine without fonts.
pub(super) const FONT: &[u8] = include_bytes!("font/DejaVuSans-subset.ttf");

/// The family as the SVG names it: the embedded font, else one of nearly the same widths.
const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// Units of the drawing per logical pixel.
pub(super) const FINENESS: f64 = 10.0;

/// plotters' font size over the em: it calls 1.24 em the size.
const SIZE_PER_EM: f64 = 1.24;

/// plotters' font size over the em where it *measures*: there the size is ascent + descent,
/// (1901 + 483)/2048 em for this font.
const MEASURED_SIZE_PER_EM: f64 = 2384.0 / 2048.0;

/// A point in logical pixels, y downwards.
pub(super) type Point = (f64, f64);

/// A color and its opacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ink(pub(super) u8, pub(super) u8, pub(super) u8, pub(super) f64);

/// Where the anchor of a text lies on its baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A shape or a line of text.
#[derive(Debug)]
pub(super) enum Element {
    Path { points: Vec<Point>, ink: Ink, width: f64, dash: &'static [f64] },
    Polygon { points: Vec<Point>, ink: Ink },
    Circle { center: Point, radius: f64, ink: Ink },
    Text { text: String, at: Point, size: f64, anchor: Anchor, ink: Ink, upwards: bool },
}

/// What is drawn so far, in order.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    elements: Vec<Element>,
}

impl Canvas {
    /// A line through the points; `dash` alternates drawn and skipped lengths, empty for a solid line.
    pub(super) fn path(&mut self, points: Vec<Point>, ink: Ink, width: f64, dash: &'static [f64]) {
        self.elements.push(Element::Path { points, ink, width, dash });
    }

    /// A filled polygon.
    pub(super) fn polygon(&mut self, points: Vec<Point>, ink: Ink) {
        self.elements.push(Element::Polygon { points, ink });
    }

    /// A filled rectangle between two corners.
    pub(super) fn rectangle(&mut self, (left, top): Point, (right, bottom): Point, ink: Ink) {
        self.polygon(vec![(left, top), (right, top), (right, bottom), (left, bottom)], ink);
    }

    /// A filled circle.
    pub(super) fn circle(&mut self, center: Point, radius: f64, ink: Ink) {
        self.elements.push(Element::Circle { center, radius, ink });
    }

    /// One line of text whose baseline passes through `at`.
    pub(super) fn text(&mut self, text: &str, at: Point, size: f64, anchor: Anchor, ink: Ink) {
        self.elements.push(Element::Text { text: text.to_owned(), at, size, anchor, ink, upwards: false });
    }

    /// One line of text, centered at `at`, that reads upwards.
    pub(super) fn text_upwards(&mut self, text: &str, at: Point, size: f64, ink: Ink) {
        self.elements.push(Element::Text {
            text: text.to_owned(),
            at,
            size,
            anchor: Anchor::Middle,
            ink,
            upwards: true,
        });
    }

    /// The elements, in order.
    pub(super) fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The SVG text of a drawing of `width` by `height` logical pixels on white, named `title` for screen readers.
    ///
    /// # Errors
    /// The backend's message; for a text in memory, it fails only if a font is not registered.
    pub(super) fn finish(self, (width, height): (f64, f64), title: &str) -> Result<String, String> {
        if !font_is_registered() {
            return Err("the embedded font cannot be read".to_owned());
        }
        let (wide, high) = (unit(width) as u32, unit(height) as u32);
        let mut svg = String::new();
        let mut backend = SVGBackend::with_string(&mut svg, (wide, high));
        let mut dashes = vec![];
        for element in &self.elements {
            if let Element::Path { dash, .. } = element {
                dashes.push(*dash);
            }
            draw(&mut backend, element)?;
        }
        backend.present().map_err(|error| error.to_string())?;
        drop(backend);
        Ok(polish(&svg, (wide, high), title, &dashes))
    }
}

/// The width of a text in logical pixels at a font size, an upper bound for the narrower fallback fonts.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    if !font_is_registered() {
        return 0.6 * size * text.chars().count() as f64;
    }
    let font = FontDesc::new(FontFamily::Name(FAMILY), FINENESS * MEASURED_SIZE_PER_EM * size, FontStyle::Normal);
    font.layout_box(text).map_or(0.0, |(_, (width, _))| f64::from(width) / FINENESS)
}

/// Registers the embedded font with plotters, once per process.
fn font_is_registered() -> bool {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    *REGISTERED.get_or_init(|| plotters::style::register_font(FAMILY, FontStyle::Normal, FONT).is_ok())
}

/// Logical pixels in units of the drawing.
pub(super) fn unit(length: f64) -> i32 {
    (FINENESS * length).round() as i32
}

fn units(points: &[Point]) -> impl Iterator<Item = (i32, i32)> {
    points.iter().map(|&(x, y)| (unit(x), unit(y)))
}

fn color(Ink(red, green, blue, opacity): Ink) -> RGBAColor {
    RGBAColor(red, green, blue, opacity)
}

fn draw(backend: &mut SVGBackend<'_>, element: &Element) -> Result<(), String> {
    let drawn = match element {
        Element::Path { points, ink, width, .. } => {
            let style = ShapeStyle { color: color(*ink), filled: false, stroke_width: unit(*width) as u32 };
            backend.draw_path(units(points), &style)
        }
        Element::Polygon { points, ink } => backend.fill_polygon(units(points), &color(*ink).filled()),
        Element::Circle { center, radius, ink } => {
            let style = ShapeStyle { color: color(*ink), filled: true, stroke_width: 0 };
            backend.draw_circle((unit(center.0), unit(center.1)), unit(*radius) as u32, &style, true)
        }
        Element::Text { text, at, size, anchor, ink, upwards } => {
            let mut font = FontDesc::new(FontFamily::Name(FAMILY), FINENESS * SIZE_PER_EM * size, FontStyle::Normal);
            let horizontal = match anchor {
                Anchor::Start => HPos::Left,
                Anchor::Middle => HPos::Center,
                Anchor::End => HPos::Right,
            };
            // For a top anchor plotters puts the baseline 0.76 em below; its other anchors depend on the viewer's font.
            let drop = 0.76 * size;
            let (x, y) = if *upwards { (at.0 - drop, at.1) } else { (at.0, at.1 - drop) };
            if *upwards {
                font = font.transform(FontTransform::Rotate270);
            }
            backend.draw_text(text, &font.color(&color(*ink)).pos(Pos::new(horizontal, VPos::Top)), (unit(x), unit(y)))
        }
    };
    drawn.map_err(|error| error.to_string())
}

/// Shows the drawing at its logical size, names it, writes the dashes and puts each text on one line.
fn polish(svg: &str, (wide, high): (u32, u32), title: &str, dashes: &[&[f64]]) -> String {
    let body = svg.split_once(">\n").map_or("", |(_, body)| body);
    // The opacity of an element would make every viewer paint it into a layer of its own.
    let body = body.replace(" opacity=\"1\"", "").replace("<polygon opacity=", "<polygon fill-opacity=");
    let body = body.replace("\n</text>", "</text>").replace("\">\n", "\">").replace(" \"/>", "\"/>");
    let mut pieces = body.split("<polyline ");
    let (width, height) = (f64::from(wide) / FINENESS, f64::from(high) / FINENESS);
    let title = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut polished = format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {wide} {high}\" \
         xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" stroke-linejoin=\"round\">\n<title>{title}</title>\n\
         <rect width=\"{wide}\" height=\"{high}\" fill=\"#FFFFFF\"/>\n{}",
        pieces.next().unwrap_or("")
    );
    for (piece, dash) in pieces.zip(dashes) {
        polished.push_str("<polyline ");
        if !dash.is_empty() {
            let lengths: Vec<String> = dash.iter().map(|&length| unit(length).to_string()).collect();
            polished.extend(["stroke-dasharray=\"", &lengths.join(","), "\" "]);
        }
        polished.push_str(piece);
    }
    polished
}
