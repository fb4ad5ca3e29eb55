//! A canvas in pixels, as PNG.
//!
//! It knows no figure, only the shapes and texts of a canvas; a text is drawn as the outlines of the embedded font, letter
//! by letter, so that no machinery of scripts, fallback fonts and SVG is compiled for a few Latin labels.

use super::canvas::{Anchor, Element, FINENESS, FONT, Ink, Point, unit};
use flate2::{Compression, Crc, write::ZlibEncoder};
use std::io::Write;
use tiny_skia::{
    Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8, Stroke, StrokeDash, Transform,
};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// Draws the elements in order on white, `scale` pixels per logical pixel; the same bytes for the same arguments.
///
/// # Errors
/// The picture has no pixel or more than can be held, or the font cannot be read.
pub(super) fn draw(elements: &[Element], (width, height): (f64, f64), scale: f32) -> Result<Vec<u8>, String> {
    let (wide, high) = ((width as f32 * scale).round(), (height as f32 * scale).round());
    let mut pixmap = Pixmap::new(wide as u32, high as u32)
        .ok_or_else(|| format!("{wide} × {high} pixels at scale {scale} cannot be drawn"))?;
    pixmap.fill(Color::WHITE);
    let face = Face::parse(FONT, 0).map_err(|error| format!("the embedded font: {error}"))?;
    // The units of the SVG, so that both show the same shapes.
    let fine = Transform::from_scale(scale / FINENESS as f32, scale / FINENESS as f32);
    for element in elements {
        match element {
            Element::Path { points, ink, width, dash } => {
                let stroke = Stroke {
                    width: unit(*width) as f32,
                    line_join: LineJoin::Round,
                    dash: StrokeDash::new(dash.iter().map(|&length| unit(length) as f32).collect(), 0.0),
                    ..Stroke::default()
                };
                if let Some(path) = outline(points, false) {
                    pixmap.stroke_path(&path, &paint(*ink), &stroke, fine, None);
                }
            }
            Element::Polygon { points, ink } => fill(&mut pixmap, outline(points, true), *ink, fine),
            Element::Circle { center, radius, ink } => {
                let (x, y) = units(*center);
                fill(&mut pixmap, PathBuilder::from_circle(x, y, unit(*radius) as f32), *ink, fine);
            }
            Element::Text { text, at, size, anchor, ink, upwards } => {
                let (x, y) = units(*at);
                let turned = if *upwards { -90.0 } else { 0.0 };
                let place = fine.pre_concat(Transform::from_translate(x, y).pre_concat(Transform::from_rotate(turned)));
                fill(&mut pixmap, letters(&face, text, (FINENESS * size) as f32, *anchor), *ink, place);
            }
        }
    }
    encode(&pixmap).map_err(|error| error.to_string())
}

fn units((x, y): Point) -> (f32, f32) {
    (unit(x) as f32, unit(y) as f32)
}

fn paint(Ink(red, green, blue, opacity): Ink) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, (255.0 * opacity).round() as u8);
    paint
}

fn fill(pixmap: &mut Pixmap, path: Option<Path>, ink: Ink, transform: Transform) {
    if let Some(path) = path {
        pixmap.fill_path(&path, &paint(ink), FillRule::Winding, transform, None);
    }
}

/// The path through the points; none where there is nothing to see.
fn outline(points: &[Point], is_closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (index, &point) in points.iter().enumerate() {
        let (x, y) = units(point);
        if index == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    if is_closed {
        path.close();
    }
    path.finish()
}

/// The outlines of a text of font size `size` whose anchor is at the origin.
fn letters(face: &Face<'_>, text: &str, size: f32, anchor: Anchor) -> Option<Path> {
    let em = size / f32::from(face.units_per_em());
    let glyphs: Vec<GlyphId> = text.chars().map(|letter| face.glyph_index(letter).unwrap_or(GlyphId(0))).collect();
    let advance = |&glyph: &GlyphId| em * f32::from(face.glyph_hor_advance(glyph).unwrap_or(0));
    let width: f32 = glyphs.iter().map(advance).sum();
    let start = match anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -width / 2.0,
        Anchor::End => -width,
    };
    let mut pen = Pen { path: PathBuilder::new(), x: start, em };
    for glyph in &glyphs {
        face.outline_glyph(*glyph, &mut pen);
        pen.x += advance(glyph);
    }
    pen.path.finish()
}

/// Draws outlines of the font, whose y points upwards, from `x` on.
struct Pen {
    path: PathBuilder,
    x: f32,
    em: f32,
}

impl Pen {
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + self.em * x, -self.em * y)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.place(x1, y1), self.place(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.place(x1, y1), self.place(x2, y2), self.place(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

/// An opaque picture as PNG: eight bits a channel, rows unfiltered, one chunk of data.
fn encode(pixmap: &Pixmap) -> std::io::Result<Vec<u8>> {
    let mut rows = ZlibEncoder::new(Vec::new(), Compression::default());
    for row in pixmap.pixels().chunks(pixmap.width() as usize) {
        let colors = row.iter().flat_map(|pixel: &PremultipliedColorU8| [pixel.red(), pixel.green(), pixel.blue()]);
        // The filter of the row: none.
        let row: Vec<u8> = std::iter::once(0).chain(colors).collect();
        rows.write_all(&row)?;
    }
    let mut header = [pixmap.width().to_be_bytes(), pixmap.height().to_be_bytes()].concat();
    // Bits a channel, RGB, and the only methods there are.
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in [(b"IHDR", &header), (b"IDAT", &rows.finish()?), (b"IEND", &Vec::new())] {
        let mut sum = Crc::new();
        sum.update(name);
        sum.update(data);
        png.extend((data.len() as u32).to_be_bytes());
        png.extend([name.as_slice(), data].concat());
        png.extend(sum.sum().to_be_bytes());
    }
    Ok(png)
}
