//! Where each variant acts on the clean path, and what it does there.

use std::time::Duration;

use super::{Variant, dress, outcome, stranger};
use crate::reference::choice::{Compressed, IfMatchForms};
use crate::reference::clause::{Clause, Issue, Stage, ValueClause};
use crate::reference::failure::{self, Breakdown};
use crate::reference::fault::{aftermath, outcome as faulty};
use crate::reference::gate::Gate;
use crate::reference::operation::DocumentOperation;
use crate::reference::rejection::Rejection;
use crate::reference::store::{Draft, Store, StoredAppointment};
use crate::reference::tag::TagShape;
use crate::reference::terms::{Hook, Interlude, Occasion, Terms};
use crate::reference::{call::Call, command, precondition};
use crate::suite::contract::{Cell, PatchOp};
use crate::words::fhir::{EntityTag, LEGACY_FHIR_JSON};
use serde_json::Value;

macro_rules! hooks {
    ($($variant:ident [$($hook:expr),* $(,)?])*) => {
        impl Variant {
            /// Where it acts, and what it does there.
            pub(in crate::reference) fn hooks(self) -> Vec<Hook> {
                match self { $(Variant::$variant => vec![$($hook),*],)* }
            }
        }
    };
}

hooks! {
    OpaqueTags [Hook::Choice(|choices| choices.style.tags = TagShape::Opaque)]
    LongTags [Hook::Choice(|choices| choices.style.tags = TagShape::Long)]
    JumpingTags [Hook::Choice(|choices| choices.style.tags = TagShape::Jumping)]
    DottedTags [Hook::Choice(|choices| choices.style.tags = TagShape::Dotted)]
    StrongTags [
        Hook::Headers(dress::strengthen_tag),
        Hook::Claim(|tags, _| {
            tags.retain(|tag| !tag.is_weak());
            *tags = tags.iter().filter_map(|tag| EntityTag::weak(tag.opaque())).collect();
        }),
    ]
    BodyOnSuccess [Hook::Choice(|choices| choices.returns_appointment = true)]
    EmptySuccess [Hook::Choice(|choices| choices.returns_appointment = false)]
    NoContent [
        Hook::Choice(|choices| choices.returns_appointment = false),
        Hook::Response(|response, _| dress::say_no_content(response)),
    ]
    RefusalsWithoutBody [Hook::Response(|response, _| faulty::leave_out(response))]
    RefusalsInText [Hook::Response(|response, _| outcome::as_text(response))]
    SparseOutcomes [Hook::Response(|response, _| outcome::sparse(response))]
    RichOutcomes [Hook::Response(|response, _| outcome::rich(response))]
    LegacyMediaType [Hook::Response(|response, _| faulty::label(response, LEGACY_FHIR_JSON))]
    Charset [Hook::Headers(dress::name_charset)]
    NoNarrative [Hook::Choice(|choices| choices.style.narrative = false)]
    ReversedMembers [Hook::Choice(|choices| choices.body.reversed = true)]
    ExtraMembers [Hook::Choice(|choices| choices.style.extra_members = true)]
    MovingExtension [Hook::Response(|response, _| dress::say_when_read(response))]
    IndentedJson [Hook::Choice(|choices| choices.body.indented = true)]
    OtherHeaders [Hook::Headers(dress::add_other_headers)]
    FewHeaders [Hook::Headers(dress::drop_observed_headers)]
    CapitalHeaders [Hook::Choice(|choices| choices.wire.capitals = true)]
    Slow [Hook::Choice(|choices| choices.jitter = Some(Duration::from_millis(5)))]
    Chunked [Hook::Choice(|choices| choices.body.chunked = true)]
    ByteByByte [Hook::Choice(|choices| choices.wire.byte_by_byte = true)]
    HintsFirst [Hook::Choice(|choices| choices.wire.hints = true)]
    ClosesConnections [Hook::Headers(dress::close_connection)]
    ClosesSilently [Hook::Choice(|choices| choices.wire.one_request = true)]
    FailsNowAndThen [Hook::Breakdown(|call, store| failure::now_and_then(call, store, Breakdown::ServerError))]
    FailsAfterwards [Hook::Breakdown(|call, store| failure::now_and_then(call, store, Breakdown::FailsAfterwards))]
    HangsUpNowAndThen [Hook::Breakdown(|call, store| failure::now_and_then(call, store, Breakdown::HangsUp))]
    LosesResponses [Hook::Breakdown(|call, store| failure::now_and_then(call, store, Breakdown::HangsUpAfterwards))]
    DeniesNowAndThen [Hook::Breakdown(failure::denies_now_and_then)]
    SomeoneElseWrites [Hook::Read(stranger::writes_now_and_then)]
    SettlesLate [Hook::Written(aftermath::fall_behind), Hook::Read(aftermath::show_replaced)]
    Gzip [Hook::Choice(|choices| choices.body.compressed = Some(Compressed::Gzip))]
    Deflate [Hook::Choice(|choices| choices.body.compressed = Some(Compressed::Deflate))]
    BareDeflate [Hook::Choice(|choices| choices.body.compressed = Some(Compressed::BareDeflate))]
    Zstd [Hook::Choice(|choices| choices.body.compressed = Some(Compressed::Zstd))]
    TwoCodings [Hook::Choice(|choices| choices.body.compressed = Some(Compressed::DeflateThenGzip))]
    OffersHttp2 [Hook::Headers(dress::offer_http2)]
    LockedLoser [
        Hook::Before(Interlude::Linger),
        Hook::During(Occasion::Met, const { &Hook::Rejected(lock_out_loser) }),
    ]
    StaleAnswers409 [Hook::Rejection(|rejection| {
        if rejection.clause == Clause::VersionCurrent {
            rejection.status = 409;
        }
    })]
    InferredCodes400 [Hook::Rejection(|rejection| {
        if rejection.status == 422 && !rejection.clause.is_stated() {
            rejection.status = 400;
        }
    })]
    IfMatchFirst [Hook::Order(|gates, is_known| {
        if is_known {
            gates.insert(0, Gate::Precondition);
        }
    })]
    BodyFirst [Hook::Order(|gates, _| {
        let before = gates.iter().position(|gate| *gate == Gate::Precondition);
        gates.insert(before.unwrap_or_default(), Gate::Values);
    })]
    LenientIfMatch [Hook::Choice(|choices| choices.if_match_forms = IfMatchForms::All)]
    StrictIfMatch [Hook::Choice(|choices| {
        choices.needs_if_match = true;
        choices.if_match_forms = IfMatchForms::OneWeakTag;
    })]
    SameStatusAccepted [Hook::Tolerate(|clause| {
        matches!(clause, Clause::TransitionListed { cell: Cell::SelfTransition, .. })
    })]
    EmptyDocumentAccepted [Hook::Tolerate(|clause| clause == Clause::DocumentNotEmpty)]
    AddStatusAccepted [Hook::Judgement(take_add_for_replace)]
    DeletedIsUnknown [Hook::Rejection(deny_deleted)]
    AnyLink [Hook::Tolerate(|clause| clause == Clause::CommandValue(ValueClause::LinkIsUrl))]
}

/// A PATCH that lost against one under way meets a lock.
fn lock_out_loser(
    terms: &Terms,
    store: &mut Store,
    id: &str,
    call: &Call,
    rejection: Rejection,
) -> Result<(), Rejection> {
    let is_outdated = |stored: &StoredAppointment| precondition::is_outdated(terms, &call.if_match(), stored);
    let lost = rejection.clause.stage() == Stage::Precondition && store.appointments.get(id).is_some_and(is_outdated);
    let locked = || terms.reject(Clause::Unlocked, "The appointment is being modified by someone else.".to_owned());
    Err(if lost { locked() } else { rejection })
}

/// Adding `/status` is read as replacing it.
fn take_add_for_replace(
    terms: &Terms,
    store: &Store,
    before: &Value,
    operations: &[DocumentOperation],
) -> Option<Result<Draft, Rejection>> {
    let read = |operation: &DocumentOperation| {
        let is_alias = operation.op == PatchOp::Add && operation.path == "/status";
        DocumentOperation { op: if is_alias { PatchOp::Replace } else { operation.op }, ..operation.clone() }
    };
    let operations: Vec<_> = operations.iter().map(read).collect();
    terms.promises.takes_commands.then(|| command::judge(terms, store, before, &operations))
}

/// A deleted appointment is as unknown as one that never existed.
fn deny_deleted(rejection: &mut Rejection) {
    if rejection.clause == Clause::NotDeleted {
        (rejection.status, rejection.issue) = (404, Issue::NotFound);
        let name = rejection.message.trim_end_matches(" was deleted.");
        rejection.message = format!("There is no {name}.");
    }
}
