//! Nothing a client sends gets a 5xx, and nothing takes the server down.

use super::*;

#[tokio::test]
async fn hostile_documents_are_rejected() {
    for edition in Edition::ALL {
        let bench = Bench::new(edition).await;
        let id = bench.take(BOOKED);
        let deep =
            format!("[{{\"op\":\"add\",\"path\":\"/comment\",\"value\":{}1{}}}]", "[".repeat(5000), "]".repeat(5000));
        bench.rejected(&id, deep, 400).await;
        bench.rejected(&id, format!("[{}]", vec!["{}"; 100_000].join(",")), 400).await;
        let doubling = json!({ "op": "copy", "from": "", "path": "/contained/-" });
        let mut bomb = vec![json!({ "op": "add", "path": "/contained", "value": [] })];
        bomb.extend(std::iter::repeat_n(doubling, 60));
        bench.rejected(&id, json!(bomb), 422).await;
        let path = "/a".repeat(2000);
        bench.rejected(&id, json!([{ "op": "add", "path": path, "value": 1 }]), 422).await;
        let chain = (1..60)
            .map(|depth| json!({ "op": "add", "path": "/extension".to_owned() + &"/a".repeat(depth), "value": {} }));
        bench.rejected(&id, json!(chain.collect::<Vec<_>>()), 422).await;
        let many = vec![set_status("arrived"); 10_000];
        let reply = bench.patch(&id, json!(many)).await;
        assert_eq!(reply.status, if edition.is_vendor() { 422 } else { 200 });
        assert_eq!(bench.patch(&id, "x".repeat(3 * 1024 * 1024)).await.status, 413);
        assert_eq!(bench.patch(&id, "\u{feff}[]").await.status, 400);
    }
}

#[tokio::test]
async fn bytes_that_are_not_utf_8_are_rejected() {
    let bench = Bench::new(Edition::May2019).await;
    let id = bench.take(BOOKED);
    let headers = [("content-type", "application/json-patch+json"), ("if-match", "W/\"0\"")];
    let body = b"[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"\xff\"}]".to_vec();
    assert_eq!(bench.send("PATCH", &format!("/Appointment/{id}"), &headers, body).await.status, 400);
    assert_eq!(bench.send("GET", "/Appointment/%ff%00?_id=%ff", &[], "").await.status, 404);
}

#[tokio::test]
async fn of_simultaneous_patches_with_one_version_exactly_one_wins() {
    for edition in Edition::ALL {
        let bench = Bench::new(edition).await;
        let id = bench.take(BOOKED);
        let tag = bench.get(&id).await.etag().to_owned();
        let one = || bench.patch_with(&id, Some(&tag), json!([set_status("cancelled")]));
        let replies = futures_util::future::join_all((0..16).map(|_| one())).await;
        let won = replies.iter().filter(|reply| reply.status == 200).count();
        let lost = replies.iter().filter(|reply| reply.status == if edition.is_vendor() { 409 } else { 412 }).count();
        assert_eq!((won, lost), (1, 15));
    }
}

#[tokio::test]
async fn fixtures_are_the_same_at_every_start_and_planted_quickly() {
    let (first, second) = (Bench::new(Edition::March2024).await, Bench::new(Edition::March2024).await);
    assert_eq!(first.server.fixtures(), second.server.fixtures());
    let (store, seed) = crate::reference::seed::plant(Edition::FhirR4, crate::reference::choice::Style::default());
    assert_eq!((seed.appointments.len(), seed.slots.len(), store.appointments.len()), (486, 600, 486));
    for fixture in seed.appointments.iter().filter(|fixture| fixture.kind != SeedKind::Deleted) {
        let read = first.get(&fixture.id).await.json();
        assert_eq!(read["status"], fixture.kind.status().code());
        crate::reference::validate::appointment(&read).unwrap();
    }
}

#[tokio::test]
async fn a_dropped_server_takes_no_more_requests() {
    let bench = Bench::new(Edition::May2019).await;
    let url = format!("{}/metadata", bench.server.base_url());
    assert!(bench.client.get(&url).send().await.unwrap().status().is_success());
    bench.server.stop().await;
    assert!(bench.client.get(&url).send().await.is_err());
}
