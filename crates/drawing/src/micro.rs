//! A bar inside a row of a ranking table.

use crate::paint::{Medium, Role};
use crate::palette::Step;
use crate::writer::{Writer, number};

const WIDTH: f64 = 100.0;
const HEIGHT: f64 = 8.0;

/// A bar from zero to `value` on a scale from `low` to `high` that every row shares. It stretches to its
/// cell, and is hidden from assistive technology: the figure stands beside it. One below zero has the colour of a loss on the map.
pub fn micro_bar(value: f64, (low, high): (f64, f64), medium: Medium) -> String {
    let (low, high) = (low.min(0.0), high.max(0.0));
    let place = |v: f64| {
        let share = (v.clamp(low, high) - low) / (high - low);
        if share.is_finite() { share * WIDTH } else { 0.0 }
    };
    let (from, to) = (place(value.min(0.0)), place(value.max(0.0)));

    let mut w = Writer::default();
    w.open("svg").attr("xmlns", "http://www.w3.org/2000/svg");
    w.attr("viewBox", &format!("0 0 {WIDTH} {HEIGHT}")).attr("preserveAspectRatio", "none");
    match medium {
        Medium::Page => w.attr("class", "drawing micro"),
        Medium::Print { .. } => w.num("width", WIDTH).num("height", HEIGHT),
    };
    w.attr("aria-hidden", "true");
    let role =
        if value < 0.0 { Role::HatchGround { step: Some(Step::loss(0, 1)) } } else { Role::Bar { selected: false } };
    w.open("rect").paint(medium, role);
    w.num("x", from).attr("width", &number(to - from)).num("height", HEIGHT);
    w.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_start_at_zero_on_a_scale_that_all_rows_share() {
        let bar = |value| micro_bar(value, (-50.0, 150.0), Medium::Page);
        assert!(bar(150.0).contains(r#"x="25" width="75""#), "{}", bar(150.0));
        assert!(bar(-50.0).contains(r#"x="0" width="25""#));
        assert!(bar(0.0).contains(r#"width="0""#));
        assert!(bar(-50.0).contains(r#"class="hatch-ground d1""#) && bar(150.0).contains(r#"class="bar""#));
    }

    #[test]
    fn a_scale_of_nothing_and_a_value_that_is_no_number_draw_no_bar() {
        for bar in [micro_bar(0.0, (0.0, 0.0), Medium::Page), micro_bar(f64::NAN, (0.0, 5.0), Medium::Page)] {
            assert!(bar.contains(r#"width="0""#), "{bar}");
        }
    }
}
