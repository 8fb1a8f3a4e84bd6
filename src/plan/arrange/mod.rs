//! Arranges cases on lanes: few appointments, every rejection before a step that controls it, everything in a fixed order.

mod arranger;
mod attach;
mod build;
mod choose;
mod demand;
mod lead_on;
mod plain_first;
mod round_trips;
mod wildcards;

pub use arranger::needs_earlier_version;

use std::collections::BTreeMap;

use super::case::Case;
use super::lanes::Plan;
use super::routes::Routes;
use super::settle::settle;
use super::supply::Supply;
use crate::suite::contract::Edition;

use arranger::Arranger;

/// Arranges the selected cases and the controls they need.
pub fn arrange(edition: Edition, cases: Vec<Case>, routes: Routes, supply: &Supply) -> Plan {
    let mut plan = Plan {
        edition,
        narrowed: false,
        not_applicable: None,
        declared: supply.without.values().chain(supply.without_features.values()).cloned().collect(),
        cases,
        lanes: Vec::new(),
        loose: Vec::new(),
        unplanned: BTreeMap::new(),
        routes,
    };
    let mut arranger = Arranger::new(&mut plan, supply);
    arranger.choose();
    arranger.demand_controls();
    arranger.lead_on();
    arranger.build();
    arranger.build_wildcards();
    arranger.round_trips();
    arranger.stays();
    arranger.plain_first();
    arranger.attach();
    arranger.finish();
    settle(&mut plan);
    plan
}

#[cfg(test)]
mod tests;
