//! Colours. The page's CSS variables and the printed attributes both come from here.

/// How many steps each ramp has, and so how many classes a map can have.
pub(crate) const STEPS: usize = 7;

/// How many steps a diverging ramp has on each side of its middle.
pub(crate) const SIDE: usize = 3;

/// A step of a ramp: of the sequential one from the least to the most, or of the diverging one from the
/// greatest loss over what stays the same to the greatest gain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    ramp: Ramp,
    index: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ramp {
    Sequential,
    Diverging,
}

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
        Self { ramp: Ramp::Sequential, index: (first + class * stride).min(STEPS - 1) }
    }

    /// What stays the same.
    pub(crate) const SAME: Self = Self { ramp: Ramp::Diverging, index: SIDE };

    /// The step of a gain: `class` of `classes` from the smallest.
    pub(crate) fn gain(class: usize, classes: usize) -> Self {
        let distance = match classes {
            0 | 1 => 2,
            2 => 1 + 2 * class,
            _ => 1 + class,
        };
        Self { ramp: Ramp::Diverging, index: SIDE + distance.min(SIDE) }
    }

    /// The step of a loss as large as a gain of that class.
    pub(crate) fn loss(class: usize, classes: usize) -> Self {
        Self { ramp: Ramp::Diverging, index: 2 * SIDE - Self::gain(class, classes).index }
    }

    /// The CSS class of the step's fill: `c0` … `c6`, or `d0` … `d6`. The text on it is `on-c0` … `on-d6`.
    pub fn class(self) -> &'static str {
        let classes = match self.ramp {
            Ramp::Sequential => ["c0", "c1", "c2", "c3", "c4", "c5", "c6"],
            Ramp::Diverging => ["d0", "d1", "d2", "d3", "d4", "d5", "d6"],
        };
        classes[self.index]
    }

    /// Losses are hatched, so that they are known from gains without seeing colours.
    pub(crate) fn is_loss(self) -> bool {
        self.ramp == Ramp::Diverging && self.index < SIDE
    }
}

/// The colours of a drawing, as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// The sequential ramp, least to most.
    pub ramp: [&'static str; STEPS],
    /// Text on each step, at least 4.5:1.
    pub on_ramp: [&'static str; STEPS],
    /// The diverging ramp: greatest loss, what stays the same in the middle, greatest gain.
    pub diverging: [&'static str; STEPS],
    /// Text on each step of it, at least 4.5:1, and the hatching of losses.
    pub on_diverging: [&'static str; STEPS],
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
    diverging: ["#8c4400", "#d9832b", "#f7d3a6", "#f6f6f6", "#b3d5f7", "#4191da", "#0d4985"],
    on_diverging: ["#ffffff", "#0a132d", "#0a132d", "#0a132d", "#0a132d", "#0a132d", "#ffffff"],
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
    diverging: ["#ffc27a", "#d08a3c", "#7a4a12", "#262d3d", "#214f7c", "#3485d1", "#91c3f6"],
    on_diverging: ["#0a132d", "#0a132d", "#ffffff", "#ffffff", "#ffffff", "#0a132d", "#0a132d"],
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
    /// The colour of a step.
    pub(crate) fn fill(&self, step: Step) -> &'static str {
        match step.ramp {
            Ramp::Sequential => self.ramp[step.index],
            Ramp::Diverging => self.diverging[step.index],
        }
    }

    /// The text on a step.
    pub(crate) fn text_on(&self, step: Step) -> &'static str {
        match step.ramp {
            Ramp::Sequential => self.on_ramp[step.index],
            Ramp::Diverging => self.on_diverging[step.index],
        }
    }

    /// A gain, where only its side is told.
    pub(crate) fn gain(&self) -> &'static str {
        self.diverging[STEPS - 1]
    }

    /// A loss, where only its side is told.
    pub(crate) fn loss(&self) -> &'static str {
        self.diverging[0]
    }

    /// Every colour under the name of its CSS variable, in a fixed order: `("--c0", "#e0effd")`, …
    pub fn variables(&self) -> Vec<(&'static str, &'static str)> {
        const RAMP: [&str; STEPS] = ["--c0", "--c1", "--c2", "--c3", "--c4", "--c5", "--c6"];
        const ON_RAMP: [&str; STEPS] = ["--on-c0", "--on-c1", "--on-c2", "--on-c3", "--on-c4", "--on-c5", "--on-c6"];
        const DIVERGING: [&str; STEPS] = ["--d0", "--d1", "--d2", "--d3", "--d4", "--d5", "--d6"];
        const ON_DIVERGING: [&str; STEPS] =
            ["--on-d0", "--on-d1", "--on-d2", "--on-d3", "--on-d4", "--on-d5", "--on-d6"];
        RAMP.into_iter()
            .zip(self.ramp)
            .chain(ON_RAMP.into_iter().zip(self.on_ramp))
            .chain(DIVERGING.into_iter().zip(self.diverging))
            .chain(ON_DIVERGING.into_iter().zip(self.on_diverging))
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
            let ramps = p.ramp.into_iter().zip(p.on_ramp).chain(p.diverging.into_iter().zip(p.on_diverging));
            for (ground, text) in ramps {
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
            for pair in p.ramp.windows(2).chain(p.diverging.windows(2)) {
                assert!(contrast(pair[0], pair[1]) >= 1.29, "{pair:?}");
            }
        }
    }

    #[test]
    fn the_readme_lists_the_ramp_as_it_is() {
        let (light, dark) = (PALETTE, PALETTE_DARK);
        for i in 0..STEPS {
            for (name, cells) in [
                ("c", [light.ramp[i], light.on_ramp[i], dark.ramp[i], dark.on_ramp[i]]),
                ("d", [light.diverging[i], light.on_diverging[i], dark.diverging[i], dark.on_diverging[i]]),
            ] {
                let row = format!("| `{name}{i}` | `{}` |", cells.join("` | `"));
                assert!(include_str!("../README.md").contains(&row), "{row}");
            }
        }
    }

    #[test]
    fn bars_lines_and_selection_meet_the_contrast_of_graphics() {
        for p in [PALETTE, PALETTE_DARK] {
            for mark in [p.bar, p.bar_selected, p.selected, p.axis, p.gain(), p.loss()] {
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

    #[test]
    fn losses_mirror_gains_around_what_stays_the_same() {
        for classes in 1..=SIDE {
            let gains: Vec<_> = (0..classes).map(|class| Step::gain(class, classes)).collect();
            let losses: Vec<_> = (0..classes).rev().map(|class| Step::loss(class, classes)).collect();
            assert!(gains.is_sorted_by(|a, b| a < b) && losses.is_sorted_by(|a, b| a < b), "{classes}");
            assert!(gains.iter().all(|step| *step > Step::SAME && !step.is_loss()));
            assert!(losses.iter().all(|step| *step < Step::SAME && step.is_loss()));
        }
        assert!(!Step::SAME.is_loss() && !Step::of(0, 7).is_loss());
    }
}
