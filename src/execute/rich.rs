//! An appointment with everything that servers lose: lists in order, contained resources, extensions of values, labels.

/// A booked appointment of the base specification, as text, so that `1.10` stays what it is. Members that cases expect to be
/// missing are left out.
pub(super) const RICH: &str = r##"{
  "resourceType": "Appointment",
  "meta": {
    "profile": ["http://hl7.org/fhir/StructureDefinition/Appointment"],
    "security": [{
      "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST", "display": "test health data"
    }],
    "tag": [
      { "system": "https://patchproof.example/tags", "code": "run" },
      { "system": "https://patchproof.example/tags", "code": "second" }
    ]
  },
  "contained": [{
    "resourceType": "Patient",
    "id": "p1",
    "name": [{
      "family": "Żółć-O’Brien 東京",
      "given": ["Ana", "Zoë 🩺"],
      "_given": [null, { "extension": [{ "url": "https://patchproof.example/called", "valueBoolean": true }] }]
    }]
  }],
  "extension": [
    { "url": "https://patchproof.example/weight", "valueDecimal": 1.10 },
    { "url": "https://patchproof.example/noted", "valueDateTime": "2029-12-01T08:30:00+02:00" }
  ],
  "status": "booked",
  "description": "Nachsorge – 2. Besuch (é, é)",
  "_description": { "extension": [{ "url": "https://patchproof.example/source", "valueCode": "phone" }] },
  "start": "2030-01-07T09:00:00+02:00",
  "end": "2030-01-07T09:30:00+02:00",
  "minutesDuration": 30,
  "participant": [
    { "actor": { "reference": "#p1" }, "required": "required", "status": "accepted" },
    { "actor": { "display": "Room 7" }, "status": "tentative" },
    { "actor": { "display": "Dr. Novák" }, "required": "optional", "status": "accepted" }
  ]
}"##;
