//! Faults are told apart by their names and name what they break; that each is noticed is shown by `patchproof selftest`.

use super::*;

#[test]
fn faults_have_names_sentences_and_known_requirements() {
    let contract = crate::suite::contract::contract().unwrap_or_else(|problems| panic!("{problems}"));
    for fault in Fault::ALL {
        assert_eq!(fault.name().parse::<Fault>(), Ok(*fault));
        assert!(fault.sentence().ends_with('.'));
        assert!(!fault.breaks().is_empty());
        for id in fault.breaks() {
            assert!(contract.requirement(&id.parse().unwrap()).is_some(), "{fault} names {id}");
        }
    }
    assert!("ignore-ifmatch".parse::<Fault>().unwrap_err().contains("did you mean `ignore-if-match`?"));
    assert!("x".parse::<Fault>().unwrap_err().contains("expected one of ignore-accept"));
}
