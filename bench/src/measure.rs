//! What one run gives: a list of figures, each beside what it is held to.

use serde::Serialize;
use serde_json::Value;

/// A figure.
#[derive(Debug, Clone, Serialize)]
pub struct Measure {
    /// Its name, as in `--only`.
    pub name: String,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
    /// What it is held to.
    #[serde(flatten)]
    pub against: Against,
    /// Value by limit, goal or peer.
    pub ratio: f64,
    /// The ratio that is aimed at: at least this beside a peer or a goal, at most 1 beside a limit.
    pub target: f64,
    /// Whatever explains the figure.
    pub detail: Value,
}

/// What a figure is held to.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// It should not be more.
    Limit(f64),
    /// It should not be less.
    Goal(f64),
    /// Another program, measured in the same run by the same means.
    Peer {
        /// Which.
        name: &'static str,
        /// Its figure, in the same unit.
        value: f64,
    },
}

impl Measure {
    /// A figure beside a peer's, of which it should reach the part `target`.
    pub fn beside(
        name: &str,
        unit: &'static str,
        value: f64,
        peer: (&'static str, f64),
        target: f64,
    ) -> Measure {
        let against = Against::Peer { name: peer.0, value: round(peer.1) };
        Measure { target, ..Measure::new(name, unit, value, against, peer.1) }
    }

    /// A figure that should stay below a limit.
    pub fn within(name: &str, unit: &'static str, value: f64, limit: f64) -> Measure {
        Measure::new(name, unit, value, Against::Limit(round(limit)), limit)
    }

    /// A figure that should reach a goal.
    pub fn at_least(name: &str, unit: &'static str, value: f64, goal: f64) -> Measure {
        Measure::new(name, unit, value, Against::Goal(round(goal)), goal)
    }

    fn new(name: &str, unit: &'static str, value: f64, against: Against, by: f64) -> Measure {
        let ratio = round(value / by.max(f64::MIN_POSITIVE));
        Measure {
            name: name.into(),
            value: round(value),
            unit,
            against,
            ratio,
            target: 1.0,
            detail: Value::Null,
        }
    }

    /// With what explains it.
    pub fn detailed(mut self, detail: Value) -> Measure {
        self.detail = detail;
        self
    }

    /// Whether it is as it should be.
    pub fn holds(&self) -> bool {
        match self.against {
            Against::Limit(_) => self.ratio <= self.target,
            Against::Goal(_) | Against::Peer { .. } => self.ratio >= self.target,
        }
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let held_to = match &self.against {
            Against::Limit(limit) => format!("limit {limit}"),
            Against::Goal(goal) => format!("goal {goal}"),
            Against::Peer { name, value } => format!("{name} {value}"),
        };
        let word = if self.holds() { "holds" } else { "MISSED" };
        format!(
            "{:<22} {:>10} {:<12} {held_to:<32} ratio {:<6} target {:<4} {word}",
            self.name, self.value, self.unit, self.ratio, self.target
        )
    }
}

/// Prints figures: as JSON, or a line for people and one with what explains it.
pub fn show(all: &[Measure], json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(all)?);
        return Ok(());
    }
    for measure in all {
        println!("{}\n    {}", measure.line(), measure.detail);
    }
    Ok(())
}

/// Four significant digits: more are noise.
fn round(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10f64.powf(3.0 - value.abs().log10().floor());
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_held_to_what_they_should_be() {
        let fast = Measure::beside("page", "requests/s", 51_234.0, ("bare", 100_000.0), 0.5);
        assert!(fast.holds() && (fast.value, fast.ratio) == (51_230.0, 0.5123));
        assert!(!Measure::beside("page", "requests/s", 4.0, ("bare", 10.0), 0.5).holds());
        assert!(Measure::within("memory", "MB", 149.0, 150.0).holds());
        let fat = Measure::within("memory", "MB", 300.0, 150.0);
        assert!(!fat.holds() && fat.line().contains("limit 150") && fat.line().ends_with("MISSED"));
        assert!(Measure::at_least("opened", "records/s", 1.2e6, 1e6).holds());
        assert!(!Measure::at_least("opened", "records/s", 9e5, 1e6).holds());
        let json = serde_json::to_value([&fat, &fast]).unwrap();
        assert_eq!(
            (json[0]["limit"].as_f64(), json[1]["peer"]["name"].as_str()),
            (Some(150.0), Some("bare"))
        );
    }
}
