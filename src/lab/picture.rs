//! The result as a picture: delay plotted against bytes, both on logarithmic scales.

use std::error::Error;
use std::time::Duration;

use plotters::coord::Shift;
use plotters::coord::combinators::LogCoord;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::lab::report::{Report, ReportRow};
use crate::lab::technique::{Overhead, Technique};

const SIZE: (u32, u32) = (760, 460);
// The colors of the web page.
const POLLING: RGBColor = RGBColor(0xB5, 0x47, 0x08);
const LONG_POLLING: RGBColor = RGBColor(0x69, 0x38, 0xEF);
const WEBSOCKET: RGBColor = RGBColor(0x06, 0x76, 0x47);
const FONT: (&str, i32) = ("sans-serif", 16);
/// The labels at the low ends of the axes, and the labels' positions in pixels.
const AXIS_LABELS: [(&str, (i32, i32)); 2] = [
    ("\u{2190} cheaper", (98, 430)),
    ("faster \u{2193}", (26, 370)),
];

/// Draws the result as SVG. Each technique has a dot at its median delay and a line up to its 99th percentile. A curve
/// shows what polling costs in theory at intervals from 50 ms to 10 s.
///
/// # Errors
/// Fails if the picture cannot be drawn.
pub fn svg(report: &Report) -> Result<String, Box<dyn Error>> {
    let mut picture = String::new();
    {
        let area = SVGBackend::with_string(&mut picture, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(to_message)?;
        draw(report, &area).map_err(|error| error.to_string())?;
        area.present().map_err(to_message)?;
    }
    Ok(picture)
}

fn to_message(error: impl Error) -> String {
    error.to_string()
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<LogCoord<f64>, LogCoord<f64>>>;

fn draw(report: &Report, area: &Area<'_>) -> Result<(), Box<dyn Error>> {
    let (bytes, delays) = ranges(report);
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .margin_right(36)
        .caption(caption(report), FONT)
        .x_label_area_size(44)
        .y_label_area_size(84)
        .build_cartesian_2d(bytes.log_scale(), delays.log_scale())
        .map_err(to_message)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .label_style(FONT)
        .x_desc("bytes per line, both directions")
        .y_desc("delay, p50 to p99")
        .x_label_formatter(&|bytes| format!("{bytes}"))
        .y_label_formatter(&|delay| tick(*delay))
        .draw()
        .map_err(to_message)?;
    let curve = polling_in_theory(report);
    let middle = curve.get(curve.len() / 2).copied().unwrap_or_default();
    chart
        .draw_series(LineSeries::new(curve, POLLING.mix(0.5)))
        .map_err(to_message)?;
    let label = FONT.into_font().color(&POLLING.mix(0.7));
    chart
        .draw_series([EmptyElement::at(middle)
            + Text::new("polling in theory, every 50 ms to 10 s", (6, -20), label)])
        .map_err(to_message)?;
    report
        .rows
        .iter()
        .try_for_each(|row| dot(row, &mut chart))?;
    for (text, place) in AXIS_LABELS {
        area.draw(&Text::new(text, place, FONT.into_font()))
            .map_err(to_message)?;
    }
    Ok(())
}

fn dot(row: &ReportRow, chart: &mut Chart<'_>) -> Result<(), Box<dyn Error>> {
    let (x, p50, p99) = (row.bytes_per_line(), at(row, 50), at(row, 99));
    let color = color(row.technique);
    let label = FONT.into_font().color(&color).pos(anchor(row.technique));
    let range = PathElement::new(vec![(x, p50), (x, p99)], color.stroke_width(2));
    chart.draw_series([range]).map_err(to_message)?;
    chart
        .draw_series([EmptyElement::at((x, p50))
            + Circle::new((0, 0), 5, color.filled())
            + Text::new(row.technique.to_string(), offset(row.technique), label)])
        .map_err(to_message)?;
    Ok(())
}

fn caption(report: &Report) -> String {
    let lines = report.conditions.lines;
    format!(
        "{lines} lines in {} s, received by five listeners",
        report.options.duration
    )
}

/// Returns a percentile of the row's delays, in milliseconds: at least 0.001, because a logarithmic axis has no 0.
fn at(row: &ReportRow, percent: usize) -> f64 {
    (row.delays.percentile(percent).as_secs_f64() * 1e3).max(0.001)
}

/// Returns the ranges of the axes. Each goes from the power of ten below all values to the power of ten above them.
fn ranges(report: &Report) -> (std::ops::Range<f64>, std::ops::Range<f64>) {
    let around = |values: Vec<f64>| {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(0.0, f64::max);
        // The range begins a little below the lower power of ten. Otherwise, rounding could omit the label of that
        // power.
        0.999 * 10_f64.powf(least.log10().floor())..10_f64.powf(most.log10().ceil())
    };
    let bytes = report.rows.iter().map(ReportRow::bytes_per_line).collect();
    let delays = report
        .rows
        .iter()
        .flat_map(|row| [at(row, 50), at(row, 99)]);
    (around(bytes), around(delays.collect()))
}

/// Returns what polling costs in theory at intervals from 50 ms to 10 s: bytes per line, and mean delay in
/// milliseconds.
fn polling_in_theory(report: &Report) -> Vec<(f64, f64)> {
    let polling = |row: &&ReportRow| matches!(row.technique, Technique::Polling(_));
    let overhead = report.rows.iter().find(polling);
    let overhead = overhead.map_or(Overhead::default(), |row| row.overhead);
    let points = (0..=46).map(|step| {
        let interval = 0.05 * 10_f64.powf(f64::from(step) / 20.0);
        let technique = Technique::Polling(Duration::from_secs_f64(interval));
        (
            technique.bytes_per_line(report.conditions, overhead),
            technique.mean_delay(report.conditions).as_secs_f64() * 1e3,
        )
    });
    points.collect()
}

fn color(technique: Technique) -> RGBColor {
    match technique {
        Technique::Polling(_) => POLLING,
        Technique::LongPolling => LONG_POLLING,
        Technique::WebSocket => WEBSOCKET,
    }
}

/// Returns where to anchor a dot's label so that it does not touch the curve.
fn anchor(technique: Technique) -> Pos {
    match technique {
        Technique::Polling(_) => Pos::new(HPos::Right, VPos::Top),
        _ => Pos::new(HPos::Left, VPos::Center),
    }
}

fn offset(technique: Technique) -> (i32, i32) {
    match technique {
        Technique::Polling(_) => (-10, 6),
        _ => (10, 0),
    }
}

fn tick(milliseconds: f64) -> String {
    if milliseconds < 1000.0 {
        format!("{milliseconds} ms")
    } else {
        format!("{} s", milliseconds / 1000.0)
    }
}
