//! Colours. The page's CSS variables and the printed attributes both come from here.

/// How many steps the sequential ramp has, and so how many classes a map can have.
pub(crate) const STEPS: usize = 7;

/// A step of the sequential ramp, from the least (0) to the most (6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step(usize);

impl Step {
    /// The step of class `class` of `classes`, using the middle of the ramp when there are few.
    pub(crate) fn of(class: usize, classes: usize) -> Self {
        let (first, stride) = match classes {
            0 | 1 => (4, 1),
            2 => (2, 2),
            3 => (1, 2),
            4 => (0, 2),
            5 => (1, 1),
            _ => (0, 1),
        };
        Self((first + class * stride).min(STEPS - 1))
    }

    /// The CSS class of the step's fill: `c0` … `c6`. The text on it is `on-c0` … `on-c6`.
    pub fn class(self) -> &'static str {
        ["c0", "c1", "c2", "c3", "c4", "c5", "c6"][self.0]
    }

    pub(crate) fn index(self) -> usize {
        self.0
    }
}

/// The colours of a drawing, as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// The sequential ramp, least to most.
    pub ramp: [&'static str; STEPS],
    /// Text on each step, at least 4.5:1.
    pub on_ramp: [&'static str; STEPS],
    /// What lies behind the drawing.
    pub paper: &'static str,
    /// Names, values and labels.
    pub text: &'static str,
    /// Secondary text: ticks and units.
    pub muted: &'static str,
    /// Borders between areas.
    pub border: &'static str,
    /// The outline of what the reader chose.
    pub selected: &'static str,
    /// Ground of an area without data.
    pub no_data: &'static str,
    /// Hatching of an area without data.
    pub no_data_line: &'static str,
    /// The zero line.
    pub axis: &'static str,
    /// The other grid lines.
    pub grid: &'static str,
    /// A bar.
    pub bar: &'static str,
    /// The bar the reader chose.
    pub bar_selected: &'static str,
}

/// For white paper and the light page. Step 4 is the blue of gob.cl, `#0f69b4`; steps are even in
/// OKLab lightness and neighbours differ by a contrast of at least 1.3, so grey prints still read.
pub const PALETTE: Palette = Palette {
    ramp: ["#e0effd", "#b3d5f7", "#7eb6ee", "#4191da", "#0f69b4", "#0d4985", "#062e57"],
    on_ramp: ["#0a132d", "#0a132d", "#0a132d", "#0a132d", "#ffffff", "#ffffff", "#ffffff"],
    paper: "#ffffff",
    text: "#111111",
    muted: "#4a4a4a",
    border: "#52667a",
    selected: "#e22c2c",
    no_data: "#f3f3f3",
    no_data_line: "#a3a3a3",
    axis: "#4a4a4a",
    grid: "#dddddd",
    bar: "#4191da",
    bar_selected: "#0d4985",
};

/// For the dark page: more is brighter, further from the ground.
pub const PALETTE_DARK: Palette = Palette {
    ramp: ["#1b3753", "#214f7c", "#2569a8", "#3485d1", "#5da3e9", "#91c3f6", "#cbe4ff"],
    on_ramp: ["#ffffff", "#ffffff", "#ffffff", "#0a132d", "#0a132d", "#0a132d", "#0a132d"],
    paper: "#10182b",
    text: "#f2f5f9",
    muted: "#b6c2d1",
    border: "#0a132d",
    selected: "#ff8a80",
    no_data: "#262d3d",
    no_data_line: "#5d6880",
    axis: "#b6c2d1",
    grid: "#2c374d",
    bar: "#3485d1",
    bar_selected: "#cbe4ff",
};

impl Palette {
    /// Every colour under the name of its CSS variable, in a fixed order: `("--c0", "#e0effd")`, …
    pub fn variables(&self) -> Vec<(&'static str, &'static str)> {
        const RAMP: [&str; STEPS] = ["--c0", "--c1", "--c2", "--c3", "--c4", "--c5", "--c6"];
        const ON_RAMP: [&str; STEPS] = ["--on-c0", "--on-c1", "--on-c2", "--on-c3", "--on-c4", "--on-c5", "--on-c6"];
        RAMP.into_iter()
            .zip(self.ramp)
            .chain(ON_RAMP.into_iter().zip(self.on_ramp))
            .chain([
                ("--map-paper", self.paper),
                ("--map-text", self.text),
                ("--map-muted", self.muted),
                ("--map-border", self.border),
                ("--map-selected", self.selected),
                ("--no-data", self.no_data),
                ("--no-data-line", self.no_data_line),
                ("--axis", self.axis),
                ("--grid", self.grid),
                ("--bar", self.bar),
                ("--bar-selected", self.bar_selected),
            ])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let byte = u8::from_str_radix(&hex[at..at + 2], 16).expect("a hex colour");
            let c = f64::from(byte) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_on_every_colour_meets_wcag_aa() {
        for p in [PALETTE, PALETTE_DARK] {
            for (ground, text) in p.ramp.into_iter().zip(p.on_ramp) {
                assert!(contrast(ground, text) >= 4.5, "{text} on {ground}");
            }
            for (text, ground) in [(p.text, p.paper), (p.muted, p.paper), (p.text, p.no_data)] {
                assert!(contrast(ground, text) >= 4.5, "{text} on {ground}");
            }
        }
    }

    #[test]
    fn neighbouring_steps_can_be_told_apart() {
        for p in [PALETTE, PALETTE_DARK] {
            for pair in p.ramp.windows(2) {
                assert!(contrast(pair[0], pair[1]) >= 1.29, "{pair:?}");
            }
        }
    }

    #[test]
    fn the_readme_lists_the_ramp_as_it_is() {
        let (light, dark) = (PALETTE, PALETTE_DARK);
        for i in 0..STEPS {
            let cells = [light.ramp[i], light.on_ramp[i], dark.ramp[i], dark.on_ramp[i]];
            let row = format!("| `c{i}` | `{}` |", cells.join("` | `"));
            assert!(include_str!("../README.md").contains(&row), "{row}");
        }
    }

    #[test]
    fn bars_lines_and_selection_meet_the_contrast_of_graphics() {
        for p in [PALETTE, PALETTE_DARK] {
            for mark in [p.bar, p.bar_selected, p.selected, p.axis] {
                assert!(contrast(mark, p.paper) >= 3.0, "{mark} on {}", p.paper);
            }
        }
    }

    #[test]
    fn classes_take_distinct_rising_steps_whatever_their_number() {
        for classes in 1..=STEPS {
            let steps: Vec<_> = (0..classes).map(|class| Step::of(class, classes)).collect();
            assert!(steps.is_sorted_by(|a, b| a < b), "{classes}: {steps:?}");
        }
    }
}
