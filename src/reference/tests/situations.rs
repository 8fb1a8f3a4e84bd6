//! The situation table of the contract, row by row.

use super::*;

#[tokio::test]
async fn the_code_of_each_if_match_depends_on_the_edition() {
    let row = |text: &'static str, vendor: u16, base: u16| (text, vendor, base);
    let rows = [
        row("W/\"999999\"", 409, 412),
        row("{v}", 412, 412),
        row("W/{v}", 412, 412),
        row("w/\"{v}\"", 412, 412),
        row("W/\"{v}", 412, 412),
        row("W/\"\"", 412, 412),
        row("\"\"", 412, 412),
        row("", 412, 412),
        row("garbage", 412, 412),
        row("\"{v}\"", 412, 412),
        row("W/\"888\", W/\"999\"", 412, 412),
        row("W/\"888\", W/\"{v}\"", 412, 200),
        row("*", 412, 200),
        row("W/\"{v}\"", 200, 200),
    ];
    for edition in Edition::ALL {
        let bench = Bench::new(edition).await;
        let id = bench.take(BOOKED);
        for (template, vendor, base) in rows {
            let version = bench.get(&id).await.json()["meta"]["versionId"].as_str().unwrap().to_owned();
            let tag = template.replace("{v}", &version);
            let expected = if edition.is_vendor() { vendor } else { base };
            let id = if expected == 200 { bench.take(BOOKED) } else { id.clone() };
            let reply = bench.patch_with(&id, Some(&tag), json!([set_status("arrived")])).await;
            assert_eq!(reply.status, expected, "{edition}, If-Match: {tag}: {reply:?}");
        }
        let missing = bench.patch_with(&id, None, json!([set_status("arrived")])).await;
        assert_eq!(missing.status, if edition.is_vendor() { 412 } else { 200 });
    }
}

#[tokio::test]
async fn several_if_match_lines_are_one_list() {
    let bench = Bench::new(Edition::FhirR4).await;
    let id = bench.take(BOOKED);
    let headers = [("content-type", "application/json-patch+json"), ("if-match", "W/\"77\""), ("if-match", "W/\"1\"")];
    let path = format!("/Appointment/{id}");
    let body = || json!([set_status("arrived")]).to_string();
    assert_eq!(bench.send("PATCH", &path, &headers[..2], body()).await.status, 412);
    assert_eq!(bench.send("PATCH", &path, &headers, body()).await.status, 200);
}

#[tokio::test]
async fn a_success_carries_the_next_if_match_and_the_documented_headers() {
    for edition in Edition::ALL {
        let bench = Bench::new(edition).await;
        let id = bench.take(BOOKED);
        let first = bench.patch(&id, json!([set_status("arrived")])).await;
        assert_eq!(first.status, 200);
        let read = bench.get(&id).await;
        assert_eq!((read.etag(), &read.json()["status"]), (first.etag(), &json!("arrived")));
        assert_eq!(read.etag(), format!("W/\"{}\"", read.json()["meta"]["versionId"].as_str().unwrap()));
        assert_eq!(read.header("last-modified"), first.header("last-modified"));
        assert!(read.json()["text"]["div"].as_str().unwrap().contains("arrived"));
        let date = |name: &str| httpdate::parse_http_date(first.header(name).unwrap()).unwrap();
        assert!(date("last-modified") <= date("date"));
        assert_eq!(first.headers.get_all("date").iter().count(), 1);
        assert_eq!(first.header("cache-control"), Some("no-cache"));
        assert_eq!(first.header("vary"), Some("Origin"));
        assert!(first.header("x-request-id").is_some());
        assert_eq!(first.header("x-runtime").is_some(), edition == Edition::May2019);
        assert_eq!(first.header("opc-request-id").is_some(), edition == Edition::March2024);
        if edition.is_vendor() {
            assert_eq!((first.text.as_str(), first.header("content-type")), ("", Some("text/html")));
            assert_eq!(first.header("content-length"), Some("0"));
        } else {
            assert_eq!(first.json(), read.json());
        }
        let second = bench.patch_with(&id, Some(first.etag()), json!([set_status("checked-in")])).await;
        assert_eq!(second.status, 200);
        let replay = bench.patch_with(&id, Some(first.etag()), json!([set_status("checked-in")])).await;
        assert_eq!(replay.status, if edition.is_vendor() { 409 } else { 412 });
    }
}

#[tokio::test]
async fn every_cell_of_the_transition_table_is_kept() {
    for edition in [Edition::May2019, Edition::March2024] {
        let bench = Bench::new(edition).await;
        let table = &crate::suite::contract::tables().unwrap().transitions[&edition];
        for from in AppointmentStatus::ALL {
            let mut id = bench.take(SeedKind::Status(from));
            for to in AppointmentStatus::ALL {
                let mut operations = vec![set_status(to.code())];
                if to == AppointmentStatus::Booked && edition == Edition::March2024 {
                    operations.push(json!({ "op": "add", "path": "/slot", "value": bench.slot() }));
                }
                if table.allowed().any(|pair| pair == (from, to)) {
                    assert_eq!(bench.done(&id, json!(operations)).await["status"], to.code());
                    id = bench.take(SeedKind::Status(from));
                } else {
                    bench.rejected(&id, json!(operations), 422).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn negotiation_comes_before_the_precondition_and_the_precondition_before_the_body() {
    for edition in Edition::ALL {
        let bench = Bench::new(edition).await;
        let id = bench.take(BOOKED);
        let path = format!("/Appointment/{id}");
        let stale = ("if-match", "W/\"999\"");
        let json_patch = ("content-type", "application/json-patch+json");
        let body = json!([set_status("cancelled")]).to_string();
        let unknown = bench.send("PATCH", "/Appointment/1", &[json_patch, stale], body.clone()).await;
        assert_eq!(unknown.status, 404);
        let headers = [json_patch, stale, ("accept", "application/fhir+xml")];
        let not_acceptable = bench.send("PATCH", &path, &headers, body.clone()).await;
        assert_eq!((not_acceptable.status, not_acceptable.text.is_empty()), (406, edition.is_vendor()));
        let unsupported = bench.send("PATCH", &path, &[("content-type", "application/xml"), stale], body).await;
        assert_eq!(unsupported.status, 415);
        assert_eq!(unsupported.header("accept-patch"), Some("application/json-patch+json"));
        let stale_code = if edition.is_vendor() { 409 } else { 412 };
        assert_eq!(bench.patch_with(&id, Some("W/\"999\""), "not json").await.status, stale_code);
        assert_eq!(bench.patch_with(&id, None, "not json").await.status, if edition.is_vendor() { 412 } else { 400 });
    }
}

#[tokio::test]
async fn accept_and_content_type_are_read_as_http_has_them() {
    let bench = Bench::new(Edition::March2024).await;
    let id = bench.take(BOOKED);
    let path = format!("/Appointment/{id}");
    let send = async |accept: Option<&str>, content_type: Option<&str>| {
        let mut headers = vec![("IF-MATCH", "W/\"0\"")];
        headers.extend(accept.map(|value| ("accept", value)));
        headers.extend(content_type.map(|value| ("content-type", value)));
        // The body is rejected, so that what is judged before it can be seen again and again.
        bench.send("PATCH", &path, &headers, "[]").await.status
    };
    let documented = Some("Application/JSON-Patch+JSON; charset=UTF-8");
    for accept in [
        None,
        Some("*/*"),
        Some("application/json"),
        Some("application/*;q=0.1"),
        Some("application/json+fhir"),
        Some("application/fhir+json; fhirVersion=4.0"),
        Some("application/fhir+xml, application/fhir+json;q=0.5"),
    ] {
        assert_eq!(send(accept, documented).await, 422, "{accept:?}");
    }
    for accept in ["application/fhir+xml", "text/turtle", "text/html", "application/fhir+json;q=0"] {
        assert_eq!(send(Some(accept), documented).await, 406, "{accept}");
    }
    for content_type in [
        None,
        Some("application/json"),
        Some("application/merge-patch+json"),
        Some("application/fhir+json"),
        Some("application/json-patch+json; charset=latin1"),
    ] {
        assert_eq!(send(None, content_type).await, 415, "{content_type:?}");
    }
}

#[tokio::test]
async fn what_is_no_patch_document_gets_400_in_every_edition() {
    let bodies = [
        "",
        "[{\"op\":",
        "not json",
        "{}",
        "\"x\"",
        "42",
        "null",
        "[1]",
        "[[]]",
        r#"{"op":"replace","path":"/status","value":"cancelled"}"#,
        r#"[{"path":"/status","value":"cancelled"}]"#,
        r#"[{"op":"Replace","path":"/status","value":"cancelled"}]"#,
        r#"[{"op":null,"path":"/status","value":"cancelled"}]"#,
        r#"[{"op":"replace","value":"cancelled"}]"#,
        r#"[{"op":"replace","path":1,"value":"cancelled"}]"#,
        r#"[{"op":"replace","path":"/status"}]"#,
        r#"[{"op":"replace","path":"status","value":"cancelled"}]"#,
        r##"[{"op":"replace","path":"#/status","value":"cancelled"}]"##,
        r#"[{"op":"replace","path":"/~status","value":"cancelled"}]"#,
        r#"[{"op":"replace","op":"replace","path":"/status","value":"cancelled"}]"#,
        r#"[{"op":"move","path":"/status"}]"#,
    ];
    for edition in Edition::ALL {
        let bench = Bench::new(edition).await;
        let id = bench.take(BOOKED);
        for body in bodies {
            bench.rejected(&id, body, 400).await;
        }
        for body in [
            r#"[{"op":"replace","path":"/STATUS","value":"cancelled"}]"#,
            r#"[{"op":"test","path":"/status","value":"x"}]"#,
        ] {
            bench.rejected(&id, body, 422).await;
        }
        bench.done(&id, r#"[{"op":"replace","path":"/status","value":"cancelled","foo":1,"from":"/x"}]"#).await;
    }
}

#[tokio::test]
async fn locks_and_dependencies_and_deletions_have_their_own_codes() {
    for edition in Edition::ALL {
        let bench = Bench::new(edition).await;
        let body = json!([set_status("cancelled")]);
        bench.rejected(&bench.take(SeedKind::Locked), &body, 423).await;
        bench.rejected(&bench.take(SeedKind::FailingDependency), &body, 424).await;
        let deleted = bench.take(SeedKind::Deleted);
        assert_eq!(bench.patch_with(&deleted, Some("W/\"0\""), &body).await.status, 410);
        let locked = bench.take(SeedKind::Locked);
        let stale = bench.patch_with(&locked, Some("W/\"9\""), &body).await.status;
        assert_eq!(stale, if edition.is_vendor() { 409 } else { 412 });
    }
}

#[tokio::test]
async fn other_places_and_methods_are_rejected_with_404_and_405() {
    let bench = Bench::new(Edition::May2019).await;
    let id = bench.take(BOOKED);
    for (method, path, expected) in [
        ("PATCH", "/metadata".to_owned(), 405),
        ("PATCH", "/Appointment".to_owned(), 405),
        ("PATCH", format!("/Appointment?_id={id}"), 400),
        ("PUT", format!("/Appointment/{id}"), 405),
        ("POST", format!("/Appointment/{id}?_method=patch"), 405),
        ("PATCH", format!("/appointment/{id}"), 404),
        ("GET", "/Patient/1".to_owned(), 404),
        ("GET", format!("/Appointment/{id}/_history"), 404),
    ] {
        let reply = bench.send(method, &path, &[], "").await;
        assert_eq!(reply.status, expected, "{method} {path}");
        assert_eq!(reply.header("allow").is_some(), expected == 405);
        assert_eq!(reply.json()["resourceType"], "OperationOutcome");
    }
    let head = bench.send("HEAD", &format!("/Appointment/{id}"), &[], "").await;
    assert_eq!((head.status, head.text.as_str(), head.etag()), (200, "", "W/\"0\""));
}

#[tokio::test]
async fn a_post_is_read_as_a_patch_where_the_edition_says_so() {
    let bench = Bench::new(Edition::March2024).await;
    let content_type = ("content-type", "application/json-patch+json");
    for (query, header, method) in
        [("?_method=patch", None, "arrived"), ("", Some("patch"), "checked-in"), ("", Some("PATCH"), "cancelled")]
    {
        let id = bench.take(BOOKED);
        let path = format!("/Appointment/{id}{query}");
        let mut headers = vec![content_type];
        headers.extend(header.map(|value| ("x-http-method-override", value)));
        let body = json!([set_status(method)]).to_string();
        assert_eq!(bench.send("POST", &path, &headers, body.clone()).await.status, 412);
        headers.push(("if-match", "W/\"0\""));
        assert_eq!(bench.send("POST", &path, &headers, body.clone()).await.status, 200);
        assert_eq!(bench.send("POST", &path, &headers, body).await.status, 409);
    }
}

#[tokio::test]
async fn options_names_the_patch_format_and_responds_to_a_preflight() {
    let bench = Bench::new(Edition::March2024).await;
    let path = format!("/Appointment/{}", bench.take(BOOKED));
    let headers = [
        ("origin", "http://example.com"),
        ("access-control-request-method", "PATCH"),
        ("access-control-request-headers", "authorization,if-match"),
    ];
    let reply = bench.send("OPTIONS", &path, &headers, "").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("accept-patch"), Some("application/json-patch+json"));
    assert!(reply.header("access-control-allow-methods").unwrap().contains("PATCH"));
    assert_eq!(reply.header("access-control-allow-headers"), Some("authorization,if-match"));
    let read = bench.send("GET", &path, &headers[..1], "").await;
    assert!(read.header("access-control-expose-headers").unwrap().contains("ETag"));
    assert!(bench.send("GET", &path, &[], "").await.header("access-control-expose-headers").is_none());
}

#[tokio::test]
async fn created_appointments_can_be_read_found_and_patched() {
    for edition in Edition::ALL {
        let bench = Bench::new(edition).await;
        let mut resource = json!({
            "resourceType": "Appointment", "status": "booked", "slot": bench.slot(),
            "participant": [{ "actor": { "reference": "Patient/12724066" }, "status": "accepted" }],
        });
        if edition == Edition::FhirR4 {
            resource["start"] = json!("2030-01-01T10:00:00Z");
            resource["end"] = json!("2030-01-01T10:30:00Z");
        }
        let headers = [("content-type", "application/fhir+json")];
        let created = bench.send("POST", "/Appointment", &headers, resource.to_string()).await;
        assert_eq!(created.status, 201, "{created:?}");
        let id = created.header("location").unwrap().rsplit('/').next().unwrap().to_owned();
        assert_eq!(bench.get(&id).await.etag(), created.etag());
        let found = bench.send("GET", "/Appointment?patient=12724066&status=booked", &[], "").await.json();
        let ids: Vec<_> =
            found["entry"].as_array().unwrap().iter().map(|entry| entry["resource"]["id"].clone()).collect();
        assert!(ids.contains(&json!(id)));
        bench.done(&id, json!([set_status("cancelled")])).await;
        resource["status"] = json!("fulfilled");
        resource["slot"] = bench.slot();
        let odd = bench.send("POST", "/Appointment", &headers, resource.to_string()).await;
        assert_eq!(odd.status, if edition.is_vendor() { 422 } else { 201 });
    }
}

#[tokio::test]
async fn slots_are_found_by_status() {
    let bench = Bench::new(Edition::March2024).await;
    let free = bench.send("GET", "/Slot?status=free&start=ge2020-01-01", &[], "").await.json();
    assert_eq!(free["total"], 600);
    assert_eq!(free["entry"][0]["resource"]["status"], "free");
    assert_eq!(bench.send("GET", "/Slot?_count=3", &[], "").await.json()["entry"].as_array().unwrap().len(), 3);
    assert_eq!(bench.send("GET", "/Slot?start=soon", &[], "").await.status, 400);
    assert_eq!(bench.send("GET", "/Appointment", &[], "").await.status, 400);
}

#[tokio::test]
async fn the_capability_statement_declares_patch() {
    let bench = Bench::new(Edition::FhirR4).await;
    let statement = bench.send("GET", "/metadata", &[], "").await.json();
    assert_eq!(statement["patchFormat"], json!(["application/json-patch+json"]));
    assert_eq!(statement["rest"][0]["resource"][0]["interaction"][3]["code"], "patch");
}
