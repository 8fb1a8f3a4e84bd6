//! The reference server as a target: its URL and its seeded fixtures.

use std::collections::BTreeMap;

use crate::plan::Supply;
use crate::reference::{SeedFixtures, SeedKind};
use crate::suite::contract::Edition;
use crate::suite::scenario::{Feature, Fixture};
use crate::sut::Profile;

/// The profile of a reference server: its URL and its seeded fixtures.
pub fn reference_profile(base_url: &str, edition: Edition, seed: &SeedFixtures) -> Profile {
    Profile {
        edition: Some(edition),
        fixtures: fixtures(seed),
        slots: seed.slots.clone(),
        create: true,
        ..Profile::of_url(base_url.to_owned())
    }
}

/// What a reference server that asks for a token can supply: it knows that one, and no kinds of it.
pub(super) fn reference_supply(profile: &Profile, edition: Edition) -> Supply {
    let unknown = [
        (Feature::UserToken, "the reference server knows one token and no kinds of it"),
        (Feature::SystemToken, "the reference server knows one token and no kinds of it"),
        (Feature::ReadOnlyToken, "the reference server knows no scopes"),
        (Feature::PatientToken, "the reference server knows one token and no kinds of it"),
        (Feature::WriteOnlyToken, "the reference server knows no scopes"),
        (Feature::OpenEndpoint, "the reference server has no open endpoint"),
        (Feature::Tenant, "the reference server has one tenant"),
    ];
    let mut supply = profile.supply(edition);
    supply.lacks.extend(unknown.map(|(feature, why)| (feature, why.to_owned())));
    supply
}

/// Seeded appointments by the fixture they are.
pub fn fixtures(seed: &SeedFixtures) -> BTreeMap<Fixture, Vec<String>> {
    let mut fixtures: BTreeMap<Fixture, Vec<String>> = BTreeMap::new();
    for appointment in &seed.appointments {
        let fixture = match appointment.kind {
            SeedKind::Status(status) => Fixture::of(status),
            SeedKind::ProposedWithReason => Fixture::ProposedWithReason,
            SeedKind::Tentative => Fixture::Tentative,
            SeedKind::VideoUnlinked => Fixture::VideoUnlinked,
            SeedKind::VideoLinked => Fixture::VideoLinked,
            SeedKind::Locked => Fixture::Locked,
            SeedKind::FailingDependency => Fixture::FailingDependency,
            SeedKind::Deleted => Fixture::Deleted,
            SeedKind::NotCancelable => Fixture::NotCancelable,
        };
        fixtures.entry(fixture).or_default().push(appointment.id.clone());
    }
    fixtures
}
