//! The figure for the README: a bar for each server, drawn from the report.

use super::{
    load::CONNECTIONS,
    report::{Report, Row},
    servers::Kind,
};

const WIDTH: f64 = 760.0;
const MARGIN: f64 = 24.0;
const TOP: f64 = 82.0;
const ROW: f64 = 46.0;
const BAR: f64 = 22.0;
/// The left edge of the bars, and the length of the longest.
const ZERO: f64 = 296.0;
const LONGEST: f64 = 368.0;

/// Light or dark, as the reader prefers.
const STYLE: &str = "\
text{font:14px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#1f2328}\
.title{font-size:17px;font-weight:600}.small{font-size:12px;fill:#59636e}.strong{font-weight:600}\
.card{fill:#fff;stroke:#d1d9e0}.bar{fill:#c8d0d9}.ours{fill:#4493f8}.whisker{stroke:#424a53;stroke-width:1.5}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.small{fill:#9198a1}.card{fill:#0d1117;stroke:#3d444d}\
.bar{fill:#3d444d}.ours{fill:#1f6feb}.whisker{stroke:#d1d7e0}}";

pub fn draw(report: &Report) -> String {
    // Only what one can choose: not an earlier commit.
    let rows: Vec<&Row> = report.http1.iter().filter(|row| Kind::CHOICES.contains(&row.kind)).collect();
    let most = rows.iter().map(|row| row.per_cpu_second.high).fold(0.0, f64::max);
    let height = TOP + ROW * rows.len() as f64 + 40.0;
    let how =
        format!("One signed webhook, repeated: HTTP/1.1 over loopback, {CONNECTIONS} connections, one server thread");
    let what = format!("Medians and quartiles of {} rounds. {}", report.plan.rounds, report.machine);
    let mut parts = vec![
        format!("<style>{STYLE}</style>"),
        format!(r#"<rect class="card" x=".5" y=".5" width="{}" height="{}" rx="8"/>"#, WIDTH - 1.0, height - 1.0),
        text(MARGIN, 36.0, "title", "Requests per second of the server’s CPU time"),
        text(MARGIN, 58.0, "small", &how),
    ];
    for (index, row) in rows.into_iter().enumerate() {
        let top = TOP + ROW * index as f64;
        let middle = top + ROW / 2.0;
        let [low, median, high] = [row.per_cpu_second.low, row.per_cpu_second.median, row.per_cpu_second.high]
            .map(|value| LONGEST * value / most);
        let (bar, name) = if row.kind.is_ours() { ("ours", "strong") } else { ("bar", "") };
        parts.extend([
            text(MARGIN, middle - 3.0, name, row.server),
            text(MARGIN, middle + 13.0, "small", row.does),
            format!(
                r#"<rect class="{bar}" x="{ZERO}" y="{}" width="{median:.1}" height="{BAR}" rx="3"/>"#,
                middle - BAR / 2.0
            ),
            format!(
                r#"<path class="whisker" d="M{:.1} {middle}H{:.1}m0-4v8M{:.1} {}v8"/>"#,
                ZERO + low,
                ZERO + high,
                ZERO + low,
                middle - 4.0,
            ),
            text(ZERO + high + 8.0, middle + 5.0, name, &thousands(row.per_cpu_second.median)),
        ]);
    }
    parts.push(text(MARGIN, height - 18.0, "small", &what));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         role=\"img\" aria-label=\"Requests per second of the server's CPU time\">\n{}\n</svg>\n",
        parts.join("\n")
    )
}

fn text(x: f64, y: f64, class: &str, text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!(r#"<text x="{x:.1}" y="{y}" class="{class}">{text}</text>"#)
}

/// Rounded to hundreds, as the rest is noise, with a narrow space as thousands separator.
fn thousands(value: f64) -> String {
    let rounded = (value / 100.0).round() as u64 * 100;
    format!("{}\u{202f}{:03}", rounded / 1000, rounded % 1000)
}
