//! Documents of documented commands: complete, at the edge of their values, and in bad company.

use proptest::prelude::any;
use proptest::sample::{Index, select};
use proptest::strategy::{BoxedStrategy, Strategy};
use serde_json::{Value, json};

use super::palette::{Palette, operation};
use crate::suite::contract::{CommandName, Held, PatchCommand, ValueShape};
use crate::words::fhir::AppointmentStatus;

/// The change to one of the ten statuses as it is documented; supported ones are drawn more often.
pub(super) fn status(palette: Palette<'_>) -> BoxedStrategy<Value> {
    let supported = palette.tables.transitions.get(&palette.edition).map(|table| table.supported().to_vec());
    let mut supported = supported.filter(|list| !list.is_empty()).unwrap_or_else(|| AppointmentStatus::ALL.to_vec());
    // What ends a life comes last and seldom, so that lives have several writes.
    supported.sort_by_key(|status| *status == AppointmentStatus::Cancelled);
    let living: Vec<_> = supported.iter().copied().filter(|status| *status != AppointmentStatus::Cancelled).collect();
    let books = commands(palette).iter().any(|command| command.name == CommandName::BookSlot);
    // The first status of most lives is drawn more often than the others: a life that begins again is a classic mistake.
    let mut any_status = AppointmentStatus::ALL.to_vec();
    any_status.extend([AppointmentStatus::Booked; 4]);
    proptest::prop_oneof![4 => select(living), 2 => select(supported), 2 => select(any_status)]
        .prop_map(move |status| {
            let mut operations = vec![operation("replace", "/status", Value::from(status.code()))];
            if books && status == AppointmentStatus::Booked {
                operations.push(operation("add", "/slot", json!([{ "reference": "$slot" }])));
            }
            Value::from(operations)
        })
        .boxed()
}

/// A command with everything that must come with it.
pub(super) fn complete(palette: Palette<'_>) -> BoxedStrategy<Value> {
    let commands = commands(palette).to_vec();
    if commands.is_empty() {
        return status(palette);
    }
    (any::<Index>(), any::<Index>())
        .prop_map(move |(which, how)| {
            let list: Vec<Value> = set(&commands, which, how).iter().map(|asked| rendered(asked, None)).collect();
            Value::from(list)
        })
        .boxed()
}

/// A complete document in which one value is at the edge of what is allowed, or just beyond.
pub(super) fn boundary(palette: Palette<'_>) -> BoxedStrategy<Value> {
    let commands = commands(palette).to_vec();
    (any::<Index>(), any::<Index>(), any::<Index>(), any::<Index>())
        .prop_map(move |(which, how, where_, what)| {
            let asked = set(&commands, which, how);
            let place = if asked.is_empty() { 0 } else { where_.index(asked.len()) };
            let list = asked.iter().enumerate().map(|(index, request)| {
                let edges = edges(&request.0.value);
                let edge = (index == place).then(|| what.get(&edges).clone());
                rendered(request, edge)
            });
            Value::from(list.collect::<Vec<_>>())
        })
        .boxed()
}

/// A complete document in which one command is missing, given twice, or joined by another one.
pub(super) fn company(palette: Palette<'_>) -> BoxedStrategy<Value> {
    let all = commands(palette).to_vec();
    (any::<Index>(), any::<Index>(), any::<Index>(), 0..3_u8)
        .prop_map(move |(which, how, other, what)| {
            let mut list: Vec<Value> = set(&all, which, how).iter().map(|asked| rendered(asked, None)).collect();
            match what {
                0 if list.len() > 1 => {
                    list.remove(other.index(list.len()));
                }
                1 if !list.is_empty() => {
                    let again = other.index(list.len());
                    list.push(list[again].clone());
                }
                _ => {
                    list.extend(all.get(other.index(all.len().max(1))).map(|command| rendered(&(command, None), None)))
                }
            }
            Value::from(list)
        })
        .boxed()
}

/// A command and the status it has to carry, where its company asks for one.
type Asked<'a> = (&'a PatchCommand, Option<AppointmentStatus>);

fn commands<'a>(palette: Palette<'a>) -> &'a [PatchCommand] {
    palette.tables.commands.get(&palette.edition).map(Vec::as_slice).unwrap_or_default()
}

/// A command, and the first sets of companions its own rules and theirs ask for.
fn set(commands: &[PatchCommand], which: Index, how: Index) -> Vec<Asked<'_>> {
    let Some(first) = commands.get(which.index(commands.len().max(1))) else { return Vec::new() };
    let mut asked: Vec<Asked<'_>> = vec![(first, first_status(first, how))];
    let mut place = 0;
    // Every command is added once, so the list ends.
    while let Some((command, status)) = asked.get(place).copied() {
        place += 1;
        // The links of a video visit come all four together, although the table names one companion at a time.
        let family = family(command);
        for other in commands.iter().filter(|other| family.is_some() && self::family(other) == family) {
            push(&mut asked, other, None);
        }
        for need in &command.needs {
            let applies = need.when.is_none_or(|when| status == Some(when));
            if !applies || family.is_some() || need.one_of.is_empty() {
                continue;
            }
            for companion in &need.one_of[how.index(need.one_of.len())] {
                if let Some(other) = commands.iter().find(|other| other.name == companion.command) {
                    push(&mut asked, other, companion.value);
                }
            }
        }
    }
    asked
}

fn push<'a>(asked: &mut Vec<Asked<'a>>, command: &'a PatchCommand, status: Option<AppointmentStatus>) {
    if !asked.iter().any(|(known, _)| known.name == command.name) {
        asked.push((command, status));
    }
}

fn first_status(command: &PatchCommand, how: Index) -> Option<AppointmentStatus> {
    (command.name == CommandName::SetStatus).then(|| AppointmentStatus::ALL[how.index(AppointmentStatus::ALL.len())])
}

/// The video operations of one kind.
fn family(command: &PatchCommand) -> Option<crate::suite::contract::PatchOp> {
    command.path.starts_with("/contained/").then_some(command.op)
}

fn rendered((command, status): &Asked<'_>, edge: Option<Value>) -> Value {
    let value = match (edge, status) {
        (Some(edge), _) => edge,
        (None, Some(status)) => Value::from(status.code()),
        (None, None) => valid(command),
    };
    operation(command.op.name(), &command.path, value)
}

/// A value that the command takes.
fn valid(command: &PatchCommand) -> Value {
    match &command.value {
        ValueShape::AppointmentStatus => Value::from("arrived"),
        ValueShape::ParticipantStatus { among } => Value::from(among.first().cloned().unwrap_or_default()),
        ValueShape::SlotReferences { .. } => json!([{ "reference": "$slot" }]),
        ValueShape::TextConcepts { .. } => json!([{ "text": "Follow-up after the last visit" }]),
        ValueShape::CodedConcept { standard_system, standard_codes, .. } => {
            json!({ "coding": [{ "system": standard_system, "code": standard_codes.first() }] })
        }
        ValueShape::Link { .. } => Value::from("https://video.example.org/room/1"),
        ValueShape::DateTime { not_after: Some(_) } => Value::from("2030-01-07T09:00:00Z"),
        ValueShape::DateTime { not_after: None } => Value::from("2030-01-07T09:30:00Z"),
        ValueShape::Extension { url, holds } => json!([extension(url, *holds)]),
        ValueShape::Text => Value::from("Please bring the referral"),
    }
}

fn extension(url: &str, holds: Held) -> Value {
    match holds {
        Held::String => json!({ "url": url, "valueString": "called the patient" }),
        Held::CodeableConcept => json!({ "url": url, "valueCodeableConcept": { "text": "Weather" } }),
    }
}

/// Values at the edge of what a command takes, the documented one first.
fn edges(shape: &ValueShape) -> Vec<Value> {
    let slot = json!({ "reference": "$slot" });
    let values = match shape {
        ValueShape::AppointmentStatus => vec![json!("Arrived"), json!("canceled"), json!(""), json!(["arrived"])],
        ValueShape::ParticipantStatus { .. } => vec![json!("declined"), json!("Accepted"), json!("needs-action")],
        ValueShape::SlotReferences { .. } => vec![
            json!([]),
            json!([slot, slot]),
            json!([{ "reference": "Slot/none-such" }]),
            json!([{ "reference": "Patient/1" }]),
            slot,
        ],
        ValueShape::TextConcepts { .. } => vec![
            json!([]),
            json!([{ "text": "one" }, { "text": "two" }]),
            json!([{ "text": "" }]),
            json!([{ "coding": [{ "code": "x" }] }]),
            json!([{ "text": "é".repeat(300) }]),
        ],
        ValueShape::CodedConcept { standard_system, standard_codes, .. } => {
            let coding = json!({ "system": standard_system, "code": standard_codes.last() });
            vec![
                json!({ "coding": [] }),
                json!({ "coding": [coding, coding] }),
                json!({ "coding": [coding], "text": "ignored" }),
                json!({ "coding": [{ "system": standard_system, "code": "none-such" }] }),
                json!({ "text": "no coding" }),
            ]
        }
        ValueShape::Link { at_most } => {
            let link = |length: usize| format!("https://v.example.org/{}", "a".repeat(length.saturating_sub(22)));
            vec![json!(link(*at_most)), json!(link(at_most + 1)), json!("none"), json!(""), json!("https://ü.example/")]
        }
        ValueShape::DateTime { .. } => vec![
            json!("2030-01-07T09:00:00+02:00"),
            json!("2030-01-07"),
            json!("2031-01-07T09:00:00Z"),
            json!("2029-01-07T09:00:00Z"),
            json!("tomorrow"),
        ],
        ValueShape::Extension { url, holds } => {
            let one = extension(url, *holds);
            vec![json!([]), json!([one, one]), one, json!([{ "url": "https://example.org/other", "valueString": "x" }])]
        }
        ValueShape::Text => vec![json!(""), json!("x".repeat(5000)), json!(" ")],
    };
    values.into_iter().chain([Value::Null, json!(7), json!({}), json!(true)]).collect()
}
