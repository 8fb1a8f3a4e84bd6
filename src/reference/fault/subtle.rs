//! Faults that stand beside the table: one edit of a token forgiven, an operation misread, a defect unseen on one carrier.

/// Gives a macro these faults behind those that it is given.
macro_rules! with_subtle_faults {
    ($macro:ident { $($before:tt)* }) => {
        $macro! {
            $($before)*
            TextsAreTrimmed "texts-are-trimmed"
                "White space and control characters around op, path and value are left out."
                ["APPT-TRN-15" "APPT-RFC-02" "APPT-RFC-07" "APPT-OPS-03" "APPT-OPS-04"]
                => ["APPT-RFC-04" "APPT-ERR-07" "APPT-ATOM-06"]
            LetterCaseIsIgnored "letter-case-is-ignored"
                "Op, path and value are read without regard to letter case."
                ["APPT-TRN-15" "APPT-RFC-02" "APPT-RFC-07" "APPT-OPS-03" "APPT-OPS-04" "APPT-RFC-04"]
                => ["APPT-ERR-07" "APPT-ATOM-06"]
            SeparatorsAreAlike "separators-are-alike"
                "A low line or a blank in a value is taken for a hyphen." ["APPT-TRN-15"]
                => ["APPT-ERR-07"]
            WidthIsIgnored "width-is-ignored"
                "Full-width letters are taken for those of ASCII."
                ["APPT-TRN-15" "APPT-RFC-02" "APPT-RFC-07" "APPT-OPS-03" "APPT-OPS-04" "APPT-RFC-04"]
                => ["APPT-ERR-07" "APPT-ATOM-06"]
            EscapesAreUndone "escapes-are-undone"
                "Percent-escapes in path and value are undone." ["APPT-TRN-15" "APPT-RFC-07" "APPT-OPS-03" "APPT-OPS-04"]
                => ["APPT-ERR-07" "APPT-ATOM-06"]
            WordsAreCompleted "words-are-completed"
                "The beginning of an op or of a status is taken for it." ["APPT-TRN-15" "APPT-RFC-02"]
                => ["APPT-ERR-07"]
            FirstWordIsTaken "first-word-is-taken"
                "What stands behind a period, comma or semicolon of a value, or a question mark of a path, is left out."
                ["APPT-TRN-15" "APPT-RFC-07" "APPT-OPS-03" "APPT-OPS-04"]
                => ["APPT-ERR-07" "APPT-ATOM-06"]
            JsonIsMended "json-is-mended"
                "Commas too many, comments and what stands behind the JSON of a body are left out." ["APPT-ERR-12"]
            TypeByBeginning "type-by-beginning"
                "A media type is taken for that of JSON Patch by its beginning." ["APPT-HDR-07"]
            IdReadAsNumber "id-read-as-number"
                "An id is read as a number, with zeros before it." ["APPT-ERR-08"]
            TagsComparedByEnd "tags-compared-by-end"
                "A tag that ends as the current one does passes for it." ["APPT-VER-08" "APPT-VER-09" "APPT-VER-11"]
            TestsCompareText "tests-compare-text"
                "In a plain FHIR server, a test holds where both values look the same as text, whatever their type."
                ["APPT-RFC-16"]
            TestsIgnoreCase "tests-ignore-case"
                "In a plain FHIR server, a test holds for a text in other letter case." ["APPT-RFC-16"]
            TestsIgnoreOrder "tests-ignore-order"
                "In a plain FHIR server, a test holds for a list in another order." ["APPT-RFC-16"]
            MissingIsNull "missing-is-null"
                "In a plain FHIR server, a test for null holds where the member is missing." ["APPT-RFC-16"]
            IndexesReadAsNumbers "indexes-read-as-numbers"
                "In a plain FHIR server, an index may have a sign or zeros before it." ["APPT-RFC-07" "APPT-RFC-04"]
            AppendBeyondTheEnd "append-beyond-the-end"
                "In a plain FHIR server, an index beyond the end of a list is its end." ["APPT-RFC-07" "APPT-RFC-08"]
            AddAtTheEnd "add-at-the-end"
                "In a plain FHIR server, what is added to a list comes last, whatever the index."
                ["APPT-BASE-32"] => ["APPT-RFC-08" "APPT-RFC-04"]
            MoveLeavesACopy "move-leaves-a-copy"
                "In a plain FHIR server, a move leaves behind what it moves." ["APPT-BASE-32"] => ["APPT-ATOM-02" "APPT-RFC-04"]
            MovesAreNotUndone "moves-are-not-undone"
                "In a plain FHIR server, what a rejected document moved first stays moved." ["APPT-ATOM-01" "APPT-ATOM-02"]
            RemovalsAreNotUndone "removals-are-not-undone"
                "In a plain FHIR server, what a rejected document removed first stays removed." ["APPT-ATOM-01" "APPT-ATOM-02"]
            StalePreferPasses "stale-passes-with-prefer"
                "Beside Prefer, an outdated version passes." ["APPT-VER-06" "APPT-VER-07" "APPT-VER-08" "APPT-VER-09"]
            StaleCharsetPasses "stale-passes-with-charset"
                "With a charset, an outdated version passes." ["APPT-VER-06" "APPT-VER-07" "APPT-VER-08" "APPT-VER-09"]
            StaleQueryPasses "stale-passes-with-query"
                "With a query, an outdated version passes."
                ["APPT-VER-06" "APPT-VER-07" "APPT-VER-08" "APPT-VER-09"] => ["APPT-HDR-13"]
            StaleAcceptPasses "stale-passes-with-accept"
                "Where FHIR JSON is not asked for by its name, an outdated version passes."
                ["APPT-VER-06" "APPT-VER-07" "APPT-VER-08" "APPT-VER-09"]
            StaleTimePasses "stale-passes-with-time"
                "Beside If-Unmodified-Since, an outdated version passes."
                ["APPT-VER-06" "APPT-VER-07" "APPT-VER-08" "APPT-VER-09"]
            StaleCompanyPasses "stale-passes-with-company"
                "With a document of several operations, an outdated version passes."
                ["APPT-VER-08" "APPT-VER-09"]
                => ["APPT-VER-06" "APPT-VER-07" "APPT-VER-11" "APPT-CONC-02" "APPT-CONC-03"]
            UntaggedPreferPasses "untagged-passes-with-prefer"
                "Beside Prefer, a missing If-Match passes." ["APPT-VER-04"]
            UntaggedCharsetPasses "untagged-passes-with-charset"
                "With a charset, a missing If-Match passes." ["APPT-VER-04"]
            UntaggedQueryPasses "untagged-passes-with-query"
                "With a query, a missing If-Match passes." ["APPT-VER-04"] => ["APPT-HDR-13"]
            UntaggedTimePasses "untagged-passes-with-time"
                "Beside If-Unmodified-Since, a missing If-Match passes." ["APPT-VER-04"]
        }
    };
}

pub(super) use with_subtle_faults;
