//! Where a drawing goes, and what each of its parts is called or coloured there.

use crate::mark::Mark;
use crate::palette::{Palette, Step};

/// Where the drawing goes.
#[derive(Debug, Clone, Copy)]
pub enum Medium<'a> {
    /// Inline in a page: parts carry class names, the page's stylesheet carries the colours.
    Page,
    /// On paper, where no stylesheet applies: parts carry the palette's colours as attributes.
    Print { palette: &'a Palette, font_family: &'a str },
}

impl Medium<'_> {
    pub(crate) fn is_page(self) -> bool {
        matches!(self, Self::Page)
    }
}

/// The rules for the class names of [`Medium::Page`], over the variables of
/// [`Palette::variables`]. Without colours of its own.
pub const STYLESHEET: &str = include_str!("drawing.css");

/// What a part of a drawing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// An area of a map, without a step when it has no data.
    Area {
        step: Option<Step>,
        selected: bool,
    },
    /// The name of an area; major ones are kept on a phone.
    Label {
        step: Option<Step>,
        major: bool,
    },
    /// An area that only says where one is.
    Outline,
    /// Where something lies, and what became of it.
    Dot(Mark),
    /// The same as an area, in a legend.
    Swatch {
        step: Option<Step>,
    },
    /// Under the lines of a hatching: of no data, or of a loss.
    HatchGround {
        step: Option<Step>,
    },
    HatchLine {
        step: Option<Step>,
    },
    Axis,
    Grid,
    Bar {
        selected: bool,
    },
    Value {
        selected: bool,
    },
    /// Ticks, units and the names under bars.
    Note,
    /// A heading inside a drawing, or the text of an empty one.
    Heading,
}

impl Role {
    pub(crate) fn class(self) -> String {
        let step_class = |step: Option<Step>| step.map_or("no-data", Step::class);
        let chosen = |selected: bool| if selected { " selected" } else { "" };
        match self {
            Self::Area { step, selected } => format!("area {}{}", step_class(step), chosen(selected)),
            Self::Label { step, major } => {
                let tier = if major { "major" } else { "minor" };
                format!("label {tier} on-{}", step_class(step))
            }
            Self::Swatch { step } => format!("swatch {}", step_class(step)),
            Self::Outline => "outline".into(),
            Self::Dot(mark) => format!("dot {}", mark.class()),
            Self::HatchGround { step: None } => "hatch-ground".into(),
            Self::HatchGround { step: Some(step) } => format!("hatch-ground {}", step.class()),
            Self::HatchLine { step: None } => "hatch-line".into(),
            Self::HatchLine { step: Some(step) } => format!("hatch-{}", step.class()),
            Self::Axis => "axis".into(),
            Self::Grid => "grid".into(),
            Self::Bar { selected } => format!("bar{}", chosen(selected)),
            Self::Value { selected } => format!("value{}", chosen(selected)),
            Self::Note => "note".into(),
            Self::Heading => "heading".into(),
        }
    }

    /// Colours and line widths for print. An area that is hatched gets its fill from the pattern of its own
    /// drawing, so it has none here.
    pub(crate) fn attributes(self, palette: &Palette) -> Vec<(&'static str, &'static str)> {
        let line = |colour, width| vec![("stroke", colour), ("stroke-width", width)];
        let filled = |step: Option<Step>, mut rest: Vec<_>| {
            if let Some(step) = step.filter(|step| !step.is_loss()) {
                rest.insert(0, ("fill", palette.fill(step)));
            }
            rest
        };
        let filled_with = |colour, mut rest: Vec<_>| {
            rest.insert(0, ("fill", colour));
            rest
        };
        match self {
            // Areas are drawn in tenths of the drawing's unit.
            Self::Area { step, selected: false } => filled(step, line(palette.border, "6")),
            Self::Area { step, selected: true } => filled(step, line(palette.selected, "22")),
            Self::Swatch { step } => filled(step, line(palette.border, "0.6")),
            Self::Label { step, .. } => {
                let (text, ground) =
                    step.map_or((palette.text, palette.no_data), |step| (palette.text_on(step), palette.fill(step)));
                let mut halo = line(ground, "2.5");
                halo.extend([("fill", text), ("paint-order", "stroke"), ("stroke-linejoin", "round")]);
                halo
            }
            Self::Outline => filled_with(palette.no_data, line(palette.border, "6")),
            Self::Dot(mark) => filled_with(mark.colour(palette), line(palette.paper, "1")),
            Self::HatchGround { step } => vec![("fill", step.map_or(palette.no_data, |step| palette.fill(step)))],
            Self::HatchLine { step: None } => vec![("stroke", palette.no_data_line)],
            Self::HatchLine { step: Some(step) } => {
                vec![("stroke", palette.text_on(step)), ("stroke-opacity", "0.45")]
            }
            Self::Axis => line(palette.axis, "1"),
            Self::Grid => line(palette.grid, "0.6"),
            Self::Bar { selected: false } => vec![("fill", palette.bar)],
            Self::Bar { selected: true } => vec![("fill", palette.bar_selected)],
            Self::Value { selected: false } => vec![("fill", palette.text)],
            Self::Note => vec![("fill", palette.muted)],
            Self::Value { selected: true } | Self::Heading => vec![("fill", palette.text), ("font-weight", "700")],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::PALETTE;

    const ROLES: [Role; 16] = [
        Role::Outline,
        Role::Area { step: None, selected: false },
        Role::Area { step: None, selected: true },
        Role::Label { step: None, major: true },
        Role::Label { step: None, major: false },
        Role::Swatch { step: None },
        Role::HatchGround { step: None },
        Role::HatchLine { step: None },
        Role::Axis,
        Role::Grid,
        Role::Bar { selected: false },
        Role::Bar { selected: true },
        Role::Value { selected: false },
        Role::Value { selected: true },
        Role::Note,
        Role::Heading,
    ];

    #[test]
    fn the_stylesheet_has_a_rule_for_every_class_a_page_can_hold() {
        let sides = (0..3).flat_map(|class| [Step::loss(class, 3), Step::gain(class, 3)]);
        let steps: Vec<_> = (0..7).map(|class| Step::of(class, 7)).chain([Step::SAME]).chain(sides).map(Some).collect();
        let areas = steps.iter().map(|step| Role::Area { step: *step, selected: false });
        let labels = steps.iter().map(|step| Role::Label { step: *step, major: false });
        let losses = steps.iter().filter(|step| step.is_some_and(Step::is_loss));
        let hatches = losses.flat_map(|step| [Role::HatchGround { step: *step }, Role::HatchLine { step: *step }]);
        let dots = Mark::ALL.map(Role::Dot);
        for role in ROLES.into_iter().chain(areas).chain(labels).chain(hatches).chain(dots) {
            for class in role.class().split(' ').filter(|class| *class != "major") {
                assert!(STYLESHEET.contains(&format!(".{class}")), "no rule for .{class}");
            }
        }
    }

    #[test]
    fn the_stylesheet_uses_exactly_the_variables_of_the_palette() {
        let used: Vec<_> = STYLESHEET.split("var(").skip(1).filter_map(|rest| rest.split(')').next()).collect();
        let given: Vec<_> = PALETTE.variables().into_iter().map(|(name, _)| name).collect();
        for name in &used {
            assert!(given.contains(name), "{name} is not in the palette");
        }
        for name in given.iter().filter(|name| **name != "--map-paper") {
            assert!(used.contains(name), "{name} is never used");
        }
    }
}
