//! A rate of requests as people write it: `20/s`, `90/min` or a plain number per second.

/// Requests per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RequestRate(f64);

impl RequestRate {
    /// What is accepted.
    pub const FORM: &str = "a rate such as 20/s or 90/min, from 1/min to 10000/s";

    /// Requests per second.
    pub fn per_second(self) -> f64 {
        self.0
    }
}

impl std::str::FromStr for RequestRate {
    type Err = String;

    fn from_str(text: &str) -> Result<RequestRate, String> {
        let (number, seconds) = match text.trim().split_once('/') {
            None => (text.trim(), 1.0),
            Some((number, "s")) => (number, 1.0),
            Some((number, "min")) => (number, 60.0),
            Some((number, _)) => (number, f64::NAN),
        };
        let rate = number.trim().parse::<f64>().map(|number| number / seconds);
        let rate = rate.ok().filter(|rate| (1.0 / 60.0..=10_000.0).contains(rate));
        rate.map(RequestRate).ok_or_else(|| format!("expected {}", RequestRate::FORM))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_per_second_or_per_minute() {
        let of = |text: &str| text.parse().ok().map(RequestRate::per_second);
        assert_eq!(of("20/s"), Some(20.0));
        assert_eq!(of("0.5"), Some(0.5));
        assert_eq!(of(" 90/min "), Some(1.5));
        for wrong in ["", "0", "-1", "20/h", "20/", "/s", "inf", "NaN", "1e9", "twenty", "0.001"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
