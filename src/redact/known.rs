//! Words that are known to be about no person: those of FHIR and HTTP.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::suite::contract::contract;
use crate::words::fhir::{ISSUE_CODES, ISSUE_SEVERITIES};

/// Codes and words of FHIR R4 and HTTP that servers write, beside the codes of the contract's tables.
const WORDS: &str = "
    booked pending arrived fulfilled cancelled noshow proposed waitlist checked-in entered-in-error accepted declined
    tentative needs-action busy free busy-unavailable busy-tentative generated extensions additional empty
    required optional information-only usual official temp nickname anonymous old maiden secondary home work mobile billing
    phone fax email pager url sms other postal physical both replaces replaced-by refer seealso
    self first last previous next searchset collection document message transaction transaction-response batch
    batch-response history match include outcome subject-data
    get head post put patch delete options trace connect read vread update history-instance history-type history-system
    create search-type search-system instance capability requirements server client no-version versioned versioned-update
    not-supported modified-since full-support single multiple literal logical resolves enforced local draft active retired
    unknown add remove replace move copy test example preferred extensible
    male female true false null
    accept-patch application audio charset fhir fhirversion fhir-version form-data html image javascript json json-patch+json
    json+fhir fhir+json fhir+xml fhir+turtle xml xml+fhir multipart octet-stream plain text utf-8 utf8 us-ascii iso-8859-1 video
    x-www-form-urlencoded application/json application/fhir+json application/fhir+xml application/json-patch+json
    application/xml application/json+fhir application/xml+fhir application/merge-patch+json application/xml-patch+xml
    application/problem+json application/octet-stream application/x-www-form-urlencoded text/html text/plain text/xml
    boundary quality profile
    bearer basic digest negotiate realm scope error error_description error_uri invalid_token invalid_request
    insufficient_scope algorithm md5 sha-256 nonce opaque qop auth stale authorization_uri resource_metadata client_id
    user system patient launch openid fhiruser offline_access online_access
    max-age no-cache no-store no-transform must-revalidate proxy-revalidate must-understand private public immutable
    s-maxage stale-while-revalidate stale-if-error includesubdomains preload nosniff deny sameorigin allow-from
    keep-alive close upgrade timeout max h2 h2c http/1.1 http/1.0 gzip br deflate zstd identity compress chunked trailers bytes none
    ok created accepted not found bad request unauthorized forbidden conflict gone precondition failed unprocessable entity
    internal error content moved permanently see modified temporary redirect method allowed acceptable unsupported media
    type locked dependency many requests implemented gateway service unavailable
    return minimal representation operationoutcome respond-async handling strict lenient
    en en-us en-gb de fr es it nl pt
    id meta versionid lastupdated profile security tag language implicitrules contained extension modifierextension
    resourcetype where resolve as ofType is exists issue severity code details diagnostics expression location entry resource
    fullurl total link relation search mode rest interaction kind status patchformat format fhirVersion software version
    name r1 r2 r3 r4 r4b r5 dstu2 stu3 fhir baser4 base api rest v1 v2 v3 hapi ehr sandbox tenant metadata _history _search
    $everything $validate";

/// Resource types that stand in references, paths and listings.
const TYPES: &str =
    "Account Appointment AppointmentResponse Binary Bundle CapabilityStatement CareTeam CodeSystem Coding Communication
    Condition Coverage Device Encounter Endpoint Group HealthcareService Immunization Location Medication Observation
    OperationDefinition OperationOutcome Organization Parameters Patient Person Practitioner PractitionerRole Procedure
    Provenance Questionnaire QuestionnaireResponse RelatedPerson Resource Schedule SearchParameter ServiceRequest Slot
    StructureDefinition Subscription Task ValueSet";

fn words() -> &'static BTreeSet<String> {
    static KNOWN: OnceLock<BTreeSet<String>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let mut words: BTreeSet<String> =
            WORDS.split_whitespace().chain(TYPES.split_whitespace()).map(str::to_ascii_lowercase).collect();
        words.extend(ISSUE_CODES.iter().chain(&ISSUE_SEVERITIES).map(|code| (*code).to_owned()));
        if let Ok(contract) = contract() {
            let resources = &contract.tables.resources;
            let named = resources.members().chain(resources.types()).chain(resources.codes());
            words.extend(named.map(str::to_ascii_lowercase));
        }
        words
    })
}

/// Whether a word, in lower case, is known.
pub(super) fn is_word(lower: &str) -> bool {
    words().contains(lower)
}

/// Whether a text is the name of a resource type.
pub(super) fn is_type(text: &str) -> bool {
    static KNOWN: OnceLock<BTreeSet<&str>> = OnceLock::new();
    KNOWN.get_or_init(|| TYPES.split_whitespace().collect()).contains(text)
}
