//! Each kind of call, by each kind of caller.

use grpc_tonic::pb::{Balance, Entry, GetBalanceRequest};
use okta_tower_test::TokenBuilder;
use scaffold::demo;
use tokio_stream::iter;
use tonic::{Code, Request};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::world::{PATIENCE, World, with};

fn checking() -> GetBalanceRequest {
    let account = "checking".to_owned();
    GetBalanceRequest { account }
}

fn entry(cents: i64) -> Entry {
    let account = "checking".to_owned();
    Entry { account, cents }
}

fn believed(cents: i64) -> Balance {
    let account = "checking".to_owned();
    Balance { account, cents }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_method_admits_only_callers_that_its_rule_allows() {
    let world = World::start().await;
    let mut ledger = world.ledger().await;
    let service = demo::service(&world.issuer, "0oaService");
    let expired = demo::expired(&world.issuer);
    let nobody = demo::nobody(&world.issuer);
    let callers: [(&str, TokenBuilder, [Code; 4]); 5] = {
        use Code::{Ok, PermissionDenied as Denied, Unauthenticated as Unknown};
        [
            ("admin", world.admin(), [Ok, Ok, Ok, Ok]),
            ("viewer", world.viewer(), [Ok, Ok, Denied, Denied]),
            ("nobody", nobody, [Ok, Ok, Denied, Denied]),
            ("service", service, [Ok, Ok, Denied, Ok]),
            ("expired", expired, [Unknown; 4]),
        ]
    };
    for (who, token, expected) in callers {
        let balance = ledger.get_balance(with(&token, checking())).await;
        let watch = ledger.watch(with(&token, checking())).await;
        let post = ledger.post(with(&token, iter([entry(1)]))).await;
        let reconcile = ledger.reconcile(with(&token, iter([believed(1)]))).await;
        let codes = [code(&balance), code(&watch), code(&post), code(&reconcile)];
        assert_eq!(codes, expected, "{who}");
    }
}

fn code<T>(answer: &Result<T, tonic::Status>) -> Code {
    (answer.as_ref().err()).map_or(Code::Ok, tonic::Status::code)
}

#[tokio::test(flavor = "multi_thread")]
async fn anonymous_call_is_unauthenticated_for_each_method() {
    let world = World::start().await;
    let mut ledger = world.ledger().await;
    let codes = [
        code(&ledger.get_balance(checking()).await),
        code(&ledger.watch(checking()).await),
        code(&ledger.post(iter([entry(1)])).await),
        code(&ledger.reconcile(iter([believed(1)])).await),
    ];
    assert_eq!(codes, [Code::Unauthenticated; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_call_changes_nothing() {
    let world = World::start().await;
    let mut ledger = world.ledger().await;
    let balance = async || {
        let mut ledger = world.ledger().await;
        let answer = ledger.get_balance(with(&world.viewer(), checking())).await;
        answer.unwrap().into_inner().cents
    };
    assert!(
        ledger
            .post(with(&world.viewer(), iter([entry(5)])))
            .await
            .is_err()
    );
    assert_eq!(balance().await, 10_000);
    assert!(
        ledger
            .post(with(&world.admin(), iter([entry(5)])))
            .await
            .is_ok()
    );
    assert_eq!(balance().await, 10_005);
}

#[tokio::test(flavor = "multi_thread")]
async fn handler_gets_the_caller_with_custom_claims() {
    let world = World::start().await;
    let mut ledger = world.ledger().await;
    let uid = "00u1234567890ABCDEFG";
    let token = world.admin().uid(uid).claim("department", "audit");
    let entries = iter([entry(2), entry(-3)]);
    let posted = ledger
        .post(with(&token, entries))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (posted.entries, &*posted.by, &*posted.department),
        (2, uid, "audit")
    );
    // A claim of the wrong type makes the token unreadable. The claim does not count as absent.
    let odd = world.admin().claim("department", 7);
    let refused = ledger.post(with(&odd, iter([entry(1)]))).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_work_in_both_directions() {
    let world = World::start().await;
    let mut ledger = world.ledger().await;
    let watch = ledger.watch(with(&world.viewer(), checking())).await;
    let mut watch = watch.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap(), Some(believed(10_000)));
    ledger
        .post(with(&world.admin(), iter([entry(500)])))
        .await
        .unwrap();
    assert_eq!(watch.message().await.unwrap(), Some(believed(10_500)));

    let beliefs = iter([believed(10_500), believed(10_000)]);
    let answers = ledger.reconcile(with(&world.admin(), beliefs)).await;
    let mut answers = answers.unwrap().into_inner();
    let mut differences = Vec::new();
    while let Some(difference) = answers.message().await.unwrap() {
        differences.push(difference.cents);
    }
    assert_eq!(differences, [0, 500]);
}

#[tokio::test(flavor = "multi_thread")]
async fn method_without_rule_is_denied_and_unknown_unimplemented() {
    let world = World::start().await;
    for (path, code) in [
        ("/bank.v1.Ledger/Close", Code::PermissionDenied),
        ("/bank.v1.Vault/Open", Code::PermissionDenied),
        ("/grpc.health.v1.Health/Missing", Code::Unimplemented),
    ] {
        let mut client = tonic::client::Grpc::new(world.channel().await);
        client.ready().await.unwrap();
        let codec = tonic_prost::ProstCodec::<GetBalanceRequest, Balance>::default();
        let request = with(&world.admin(), checking());
        let answer = client.unary(request, path.parse().unwrap(), codec).await;
        assert_eq!(answer.unwrap_err().code(), code, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_reflection_need_no_token() {
    let world = World::start().await;
    let mut health = HealthClient::new(world.channel().await);
    let service = "bank.v1.Ledger".to_owned();
    let check = tokio::time::timeout(PATIENCE, async {
        // The service is unknown until the reporter's first check.
        loop {
            let service = service.clone();
            match health.check(HealthCheckRequest { service }).await {
                Ok(answer) => break answer.into_inner().status().as_str_name(),
                Err(status) => assert_eq!(status.code(), Code::NotFound),
            }
        }
    });
    assert_eq!(check.await.unwrap(), "SERVING");

    let mut reflection = ServerReflectionClient::new(world.channel().await);
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let answers = reflection.server_reflection_info(Request::new(iter([question])));
    let answer = answers.await.unwrap().into_inner().message().await.unwrap();
    let Some(MessageResponse::ListServicesResponse(services)) = answer.unwrap().message_response
    else {
        panic!("no list of services");
    };
    assert!(services.service.iter().any(|known| known.name == service));
}
