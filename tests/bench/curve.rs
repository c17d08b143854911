//! Plots the CPU time per delivered line against the number of clients.

use plotters::prelude::*;

use crate::experiment::Experiment;

const SIZE: (u32, u32) = (760, 420);
const FONT: (&str, i32) = ("sans-serif", 16);
const COLORS: [RGBColor; 5] = [
    RGBColor(0x66, 0x66, 0x66),
    RGBColor(0xB0, 0xB0, 0xB0),
    RGBColor(0x06, 0x76, 0x47),
    RGBColor(0x69, 0x38, 0xEF),
    RGBColor(0xB5, 0x47, 0x08),
];

/// Draws one curve per server as SVG. Each experiment with a value in [`Experiment::clients`] adds one point to each
/// curve: the median.
pub fn svg(experiments: &[Experiment]) -> String {
    let mut curves: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    for experiment in experiments {
        let Some(clients) = experiment.clients else {
            continue;
        };
        for (name, median) in experiment.medians() {
            let point = (clients as f64, median);
            match curves.iter_mut().find(|(known, _)| *known == name) {
                Some((_, points)) => points.push(point),
                None => curves.push((name, vec![point])),
            }
        }
    }
    let mut picture = String::new();
    draw(&curves, &mut picture).expect("drawing into memory cannot fail");
    picture
}

fn draw(
    curves: &[(String, Vec<(f64, f64)>)],
    picture: &mut String,
) -> Result<(), Box<dyn std::error::Error>> {
    let points = || curves.iter().flat_map(|(_, points)| points);
    let max = |values: &dyn Fn(&(f64, f64)) -> f64| points().map(values).fold(1.0, f64::max);
    let (clients, micros) = (max(&|point| point.0), max(&|point| point.1));
    let area = SVGBackend::with_string(picture, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(14)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(
            (0.9..clients * 1.1).log_scale(),
            (1.0..micros * 1.1).log_scale(),
        )?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .label_style(FONT)
        .x_desc("clients that receive a line")
        .y_desc("µs of CPU per client")
        .draw()?;
    for ((name, points), color) in curves.iter().zip(COLORS.iter().cycle()) {
        let line = LineSeries::new(points.iter().copied(), color.stroke_width(2));
        let legend = *color;
        chart
            .draw_series(line)?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], legend.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .label_font(FONT)
        .border_style(BLACK)
        .background_style(WHITE)
        .draw()?;
    area.present()?;
    Ok(())
}
