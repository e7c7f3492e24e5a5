//! Plots as SVG: bars, and lines over a logarithmic axis.

use std::{
    fmt::Write,
    fs,
    sync::atomic::{AtomicBool, Ordering},
};

use crate::report::root;

const WIDTH: f64 = 900.0;
const NAMES: f64 = 380.0;
const ROW: f64 = 26.0;
const TOP: f64 = 44.0;
const COLORS: [&str; 5] = ["#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df"];

static IS_KEPT: AtomicBool = AtomicBool::new(false);

/// Makes this run write its plots.
pub(crate) fn keep() {
    IS_KEPT.store(true, Ordering::Relaxed);
}

pub(crate) struct Bar {
    name: String,
    value: f64,
}

impl Bar {
    pub(crate) fn new(name: impl Into<String>, value: f64) -> Self {
        Self {
            name: name.into(),
            value,
        }
    }
}

pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// Bars from zero.
pub(crate) fn bars(file: &str, title: &str, unit: &str, bars: &[Bar]) {
    let most = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    draw_bars(file, title, unit, bars, |value| value / most);
}

/// Bars on a logarithmic scale that begins at the power of ten below the least value.
pub(crate) fn log_bars(file: &str, title: &str, unit: &str, bars: &[Bar]) {
    let logs = || bars.iter().map(|bar| bar.value.log10());
    let (low, high) = (
        logs().fold(f64::MAX, f64::min).floor(),
        logs().fold(f64::MIN, f64::max),
    );
    draw_bars(
        file,
        &format!(
            "{title} (logarithmic from {unit_start} {unit})",
            unit_start = number(10_f64.powf(low))
        ),
        unit,
        bars,
        |value| (value.log10() - low) / (high - low).max(1e-9),
    );
}

fn draw_bars(file: &str, title: &str, unit: &str, bars: &[Bar], share: impl Fn(f64) -> f64) {
    let mut svg = open(title, TOP + ROW * bars.len() as f64 + 16.0);
    for (at, bar) in bars.iter().enumerate() {
        let (y, width) = (
            TOP + ROW * at as f64,
            (share(bar.value) * (WIDTH - NAMES - 120.0)).max(1.0),
        );
        let color = if bar.name.starts_with("okta-tower") || bar.name.starts_with("layer") {
            COLORS[0]
        } else {
            "#8c959f"
        };
        put(
            &mut svg,
            &format!(
                r#"<text x="{}" y="{}" text-anchor="end">{}</text>"#,
                NAMES - 8.0,
                y + 17.0,
                escaped(&bar.name)
            ),
        );
        put(
            &mut svg,
            &format!(
                r#"<rect x="{NAMES}" y="{}" width="{width:.1}" height="18" fill="{color}"/>"#,
                y + 4.0
            ),
        );
        put(
            &mut svg,
            &format!(
                r#"<text x="{:.1}" y="{}">{} {unit}</text>"#,
                NAMES + width + 6.0,
                y + 17.0,
                number(bar.value)
            ),
        );
    }
    close(svg, file);
}

/// Lines over a logarithmic horizontal axis; the vertical one is logarithmic too.
pub(crate) fn log_lines(file: &str, title: &str, across: &str, up: &str, lines: &[Line]) {
    let (left, right, top, bottom) = (90.0, WIDTH - 250.0, TOP + 10.0, 380.0);
    let all = || lines.iter().flat_map(|line| &line.points);
    let range = |pick: fn(&(f64, f64)) -> f64| {
        let logs = || all().map(move |point| pick(point).max(1e-9).log10());
        (
            logs().fold(f64::MAX, f64::min).floor(),
            logs().fold(f64::MIN, f64::max).ceil(),
        )
    };
    let ((x_low, x_high), (y_low, y_high)) = (range(|point| point.0), range(|point| point.1));
    let x = |value: f64| {
        left + (value.max(1e-9).log10() - x_low) / (x_high - x_low).max(1e-9) * (right - left)
    };
    let y = |value: f64| {
        bottom - (value.max(1e-9).log10() - y_low) / (y_high - y_low).max(1e-9) * (bottom - top)
    };

    let mut svg = open(title, bottom + 60.0);
    let powers = |low: f64, high: f64| (low as i32..=high as i32).map(|power| 10_f64.powi(power));
    for value in powers(y_low, y_high) {
        put(
            &mut svg,
            &format!(
                r##"<line x1="{left}" x2="{right}" y1="{0:.1}" y2="{0:.1}" stroke="#d0d7de"/>"##,
                y(value)
            ),
        );
        put(
            &mut svg,
            &format!(
                r#"<text x="{}" y="{:.1}" text-anchor="end">{}</text>"#,
                left - 6.0,
                y(value) + 4.0,
                number(value)
            ),
        );
    }
    for value in powers(x_low, x_high) {
        put(
            &mut svg,
            &format!(
                r##"<line y1="{top}" y2="{bottom}" x1="{0:.1}" x2="{0:.1}" stroke="#d0d7de"/>"##,
                x(value)
            ),
        );
        put(
            &mut svg,
            &format!(
                r#"<text x="{:.1}" y="{}" text-anchor="middle">{}</text>"#,
                x(value),
                bottom + 18.0,
                number(value)
            ),
        );
    }
    put(
        &mut svg,
        &format!(
            r#"<text x="{left}" y="{}">{}</text>"#,
            top - 8.0,
            escaped(up)
        ),
    );
    put(
        &mut svg,
        &format!(
            r#"<text x="{right}" y="{}" text-anchor="end">{}</text>"#,
            bottom + 40.0,
            escaped(across)
        ),
    );
    for (at, line) in lines.iter().enumerate() {
        let color = COLORS[at % COLORS.len()];
        let points: Vec<String> = line
            .points
            .iter()
            .map(|point| format!("{:.1},{:.1}", x(point.0), y(point.1)))
            .collect();
        put(
            &mut svg,
            &format!(
                r#"<polyline points="{}" fill="none" stroke="{color}" stroke-width="2"/>"#,
                points.join(" ")
            ),
        );
        put(
            &mut svg,
            &format!(
                r#"<text x="{}" y="{}" fill="{color}">{}</text>"#,
                right + 14.0,
                top + 18.0 * at as f64 + 12.0,
                escaped(&line.name)
            ),
        );
    }
    close(svg, file);
}

fn open(title: &str, height: f64) -> String {
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0}"
 viewBox="0 0 {WIDTH} {height:.0}" font-family="sans-serif" font-size="13" fill="#1f2328">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="16" y="24" font-size="16" font-weight="bold">{}</text>
"##,
        escaped(title)
    )
}

fn put(svg: &mut String, element: &str) {
    writeln!(svg, "{element}").expect("a string takes everything");
}

fn close(mut svg: String, file: &str) {
    if !IS_KEPT.load(Ordering::Relaxed) {
        return;
    }
    svg.push_str("</svg>\n");
    let folder = root().join("bench/plots");
    fs::create_dir_all(&folder).expect("a folder for the plots");
    fs::write(folder.join(format!("{file}.svg")), svg).expect("a plot can be written");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('`', "")
}

fn number(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{:.2}M", value / 1e6).replace(".00", ""),
        value if value >= 1e4 => format!("{:.1}k", value / 1e3).replace(".0", ""),
        value if value >= 10.0 => format!("{value:.0}"),
        value => format!("{value:.2}"),
    }
}
