//! What is not let in.

use crate::house::{House, page};
use gate::Rate;
use std::net::IpAddr;

const CARD: &str = "4242424242424242";
const WIDE: &str = "４２４２　４２４２　４２４２　４２４２";
/// An event of the processor's.
const EVENT: &[u8] = b"{\"id\":\"evt_1\",\"type\":\"charge.refunded\",\"data\":{\"object\":{}}}";
const ADD: &str = "_t=abc&variant=0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77&quantity=1";

#[test]
fn a_good_form_reaches_web_as_it_was_typed() {
    let house = House::new();
    assert_eq!(house.form("/cart/add", ADD).status, 200);
    let seen = house.web.last();
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str(), seen.body.as_slice()),
        ("POST", "/cart/add", ADD.as_bytes())
    );
}

#[test]
fn the_longest_form_reaches_web_whole() {
    use site::backoffice::{BODY_CHARS_MAX, LEAD_CHARS_MAX, PRODUCT_NAME_CHARS_MAX, VARIANTS_MAX};
    let house = House::new();
    let long = |chars: usize| "%E6%A0%97".repeat(chars);
    let (name, lead, text) = (long(PRODUCT_NAME_CHARS_MAX), long(LEAD_CHARS_MAX), long(BODY_CHARS_MAX));
    let mut form = format!(
        "_t=abc&name_ja={name}&name_en={name}&lead_ja={lead}&lead_en={lead}&body_ja={text}&body_en={text}&status=active"
    );
    for _ in 0..VARIANTS_MAX {
        form += &format!(
            "&variant=0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77&variant_name_ja={name}&variant_name_en={name}\
             &price=1080&variant_status=active"
        );
    }
    let answer = house.form("/admin/products/0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77", &form);
    assert_eq!((answer.status, house.web.last().body.len()), (200, form.len()));
}

#[test]
fn forms_that_do_not_fit_are_refused_by_name() {
    let house = House::new();
    for (body, said) in [
        (format!("{ADD}&quantity=2"), "「数量」"),
        (format!("{ADD}&price=1"), "「価格」"),
        (format!("{ADD}&is_admin=1"), "項目「is_admin」"),
        (format!("{ADD}&%3Cscript%3E=1"), "入力項目"),
        (ADD.replace("quantity=1", "quantity=100"), "1から99まで"),
        (ADD.replace("quantity=1", "quantity=%zz"), "「数量」"),
        (ADD.replace("variant=", "variant='"), "「商品」"),
        (ADD.replace("_t=abc&", ""), "画面の確認用の値"),
    ] {
        let answer = house.form("/cart/add", &body);
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.body.contains(said) && answer.body.contains("受付番号"), "{body}: {}", answer.body);
        assert!(!answer.body.contains("<script"));
    }
    assert_eq!(house.web.count(), 0, "web saw nothing of it");
}

#[test]
fn a_refusal_leads_back_to_where_the_visitor_was() {
    let house = House::new();
    let long = format!("/search?q={}", "a".repeat(81));
    let card = format!("_t=a&name=x&email=a%40b.jp&message=my+card+{CARD}");
    for (answer, status, back) in [
        (house.get(&long), 400, "/search"),
        (house.form("/contact", &card), 422, "/contact"),
        (house.form("/cart/add", "variant=x"), 400, "/cart"),
    ] {
        assert_eq!(answer.status, status);
        assert!(answer.body.contains(&format!("{back}\"")), "{}", answer.body);
    }
    assert_eq!(house.get("/order/zzz").status, 404, "no such order, rather than a bad form");
}

#[test]
fn card_numbers_are_refused_and_not_repeated() {
    let mut house = House::new();
    let form = &[("content-type", "application/x-www-form-urlencoded")][..];
    let json = &[("content-type", "application/json")][..];
    let percent: String = WIDE.bytes().map(|b| format!("%{b:02X}")).collect();
    let all = [
        house.form("/contact", &format!("_t=a&name=x&email=a%40b.jp&message=my+card+{CARD}")),
        house.form("/contact", &format!("_t=a&name=x&email=a%40b.jp&message={percent}")),
        house.form("/contact", &format!("_t=a&name=x&email=a%40b.jp&message={WIDE}")),
        house.form("/checkout", &format!("card_number={CARD}&exp=12%2F30&cvc=123")),
        house.ask("POST", "/checkout", json, format!("{{\"card\":{{\"number\":\"{CARD}\"}}}}").as_bytes()),
        house.ask("POST", "/checkout/place", json, format!("{{\"number\":{CARD}}}").as_bytes()),
        house.ask("POST", "/api/anything", json, format!("{{\"number\":\"{WIDE}\"}}").as_bytes()),
        house.ask("POST", "/", form, format!("x={CARD}").as_bytes()),
        house.ask(
            "POST",
            "/contact",
            &[("content-type", "multipart/form-data; boundary=b")],
            CARD.as_bytes(),
        ),
        house.ask("POST", "/contact", &[], CARD.as_bytes()),
        house.get(&format!("/search?q={CARD}")),
        house.get("/?card=4242-4242-4242-4242"),
        house.get(&format!("/p/{CARD}")),
        house.get(&format!("/{CARD}")),
        house.ask("GET", "/", &[("x-card", CARD)], b""),
        house.ask("GET", "/", &[("cookie", "visit=abc; card=4242%204242%204242%204242")], b""),
    ];
    for (at, answer) in all.iter().enumerate() {
        assert_eq!(answer.status, 422, "case {at}: {}", answer.head);
        assert!(
            answer.body.contains("決済会社の画面") && answer.body.contains("never takes card numbers"),
            "case {at}"
        );
        assert!(
            !answer.body.contains("4242")
                && !answer.body.contains("４２４２")
                && !answer.head.contains("4242")
        );
    }
    assert_eq!(house.web.count(), 0);
    house.stop();
    let journal = std::fs::read_to_string(house.journal_path()).unwrap();
    assert_eq!(journal.matches("\"refused\":\"card\"").count(), all.len());
    assert!(!journal.contains("4242"));
    assert!(
        house.metrics().contains(&format!("dozo_gate_refused_card_total{{process=\"gate\"}} {}", all.len()))
    );
}

#[test]
fn only_the_shops_own_name_is_answered() {
    let house = House::new();
    let raw = |head: &str| house.raw(format!("{head}\r\nconnection: close\r\n\r\n").as_bytes());
    let host = house.host();
    for head in [
        "GET / HTTP/1.1\r\nhost: evil.example".to_owned(),
        format!("GET / HTTP/1.1\r\nhost: {}", house.address),
        "GET / HTTP/1.1".to_owned(),
        format!("GET / HTTP/1.1\r\nhost: {host}\r\nhost: evil.example"),
        format!("GET http://evil.example/ HTTP/1.1\r\nhost: {host}"),
        "GET / HTTP/1.0".to_owned(),
    ] {
        let answer = raw(&head);
        assert!(answer.starts_with("HTTP/1.1 421") || answer.starts_with("HTTP/1.0 421"), "{head}: {answer}");
        assert!(answer.contains(&format!("http://{host}/")), "shows the way to the entrance");
    }
    assert!(raw(&format!("GET / HTTP/1.1\r\nhost: {}", host.to_uppercase())).starts_with("HTTP/1.1 200"));
    assert_eq!(house.web.count(), 1);
}

#[test]
fn methods_and_paths_outside_the_map() {
    let house = House::new();
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"] {
        let target = if method == "CONNECT" { house.host() } else { "/".to_owned() };
        let answer = house.ask(method, &target, &[], b"");
        assert_eq!(answer.status, 405, "{method}");
    }
    assert_eq!(house.form("/", "_t=a").status, 405);
    assert_eq!(house.get("/cart/add").header("allow"), Some("GET, HEAD, POST"));
    for path in [
        "/wp-login.php",
        "/p/a/b",
        "/.env",
        "/p/%2e%2e",
        "/admin/",
        "/p/a%00",
        "//",
        "/gate/",
        "/gate/../etc",
    ] {
        let answer = house.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.contains("見つかりませんでした"));
    }
    assert_eq!(house.get(&format!("/search?q={}", "a".repeat(3_000))).status, 414);
    assert_eq!(house.web.count(), 0);
}

#[test]
fn bodies_of_other_types_or_sizes() {
    let house = House::with(|l| (l.body_bytes_max, l.drain_bytes_max) = (1_000, 2_000), |_| page("x"));
    for kind in ["application/json", "multipart/form-data; boundary=x", "text/plain", "application/xml"] {
        assert_eq!(house.ask("POST", "/cart/add", &[("content-type", kind)], b"{}").status, 415, "{kind}");
    }
    assert_eq!(house.ask("POST", "/cart/add", &[], b"a=1").status, 415);
    for bytes in [1_001, 2_900, 50_000] {
        let answer = house.form("/cart/add", &format!("_t={}", "a".repeat(bytes)));
        assert_eq!(answer.status, 413, "{bytes}");
        assert!(answer.body.contains("大きすぎます"));
    }
    assert_eq!(house.web.count(), 0);
}

#[test]
fn requests_that_two_servers_could_read_differently() {
    let house = House::new();
    let host = house.host();
    let form = "content-type: application/x-www-form-urlencoded";
    for (head, body) in [
        ("content-length: 5\r\ntransfer-encoding: chunked", "0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n"),
        ("transfer-encoding: chunked\r\ncontent-length: 5", "0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n"),
        ("transfer-encoding: chunked", "0\r\n\r\n"),
        ("transfer-encoding: xchunked", "0\r\n\r\n"),
        ("transfer-encoding: chunked, identity", "0\r\n\r\n"),
        ("transfer-encoding : chunked", "0\r\n\r\n"),
        ("content-length: 4\r\ncontent-length: 5", "_t=abc"),
        ("content-length: 4, 5", "_t=abc"),
        ("content-length: +4", "_t=a"),
        ("content-length: -1", ""),
        ("content-length: 0x4", "_t=a"),
        ("x: a\r\n b: c\r\ncontent-length: 4", "_t=a"),
        ("x\0y: a\r\ncontent-length: 4", "_t=a"),
    ] {
        let answer = house.raw(
            format!("POST /cart/add HTTP/1.1\r\nhost: {host}\r\n{form}\r\n{head}\r\n\r\n{body}").as_bytes(),
        );
        assert!(answer.starts_with("HTTP/1.1 400"), "{head}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{head}: what follows is not read as a request");
    }
    let get =
        house.raw(format!("GET / HTTP/1.1\r\nhost: {host}\r\ncontent-length: 4\r\n\r\nGET ").as_bytes());
    assert!(get.starts_with("HTTP/1.1 400"), "a GET with a body");
    assert_eq!(house.web.count(), 0);
    // A whole form that is refused for nothing but its chunks.
    let typed = "_t=a&email=a%40b.jp&password=x";
    let sent = |head: &str, body: &str| {
        house.raw(format!("POST /sign-in HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\n{form}\r\nconnection: close\r\n{head}\r\n\r\n{body}").as_bytes())
    };
    let chunks = sent("transfer-encoding: chunked", &format!("{:x}\r\n{typed}\r\n0\r\n\r\n", typed.len()));
    assert!(chunks.starts_with("HTTP/1.1 400"), "{chunks}");
    assert_eq!(house.web.count(), 0);
    let stated = sent(&format!("content-length: {}", typed.len()), typed);
    assert!(stated.starts_with("HTTP/1.1 200"), "{stated}");
}

#[test]
fn too_fast() {
    let house = House::with(
        |l| {
            l.ordinary = Some(Rate { burst: 8.0, per_s: 0.001 });
            l.strict = Some(Rate { burst: 2.0, per_s: 0.001 });
        },
        |_| page("x"),
    );
    let sign_in = "_t=a&email=a%40b.jp&password=x";
    let statuses: Vec<u16> = (0..4).map(|_| house.form("/sign-in", sign_in).status).collect();
    assert_eq!(statuses, [200, 200, 429, 429], "the strict pace");
    let statuses: Vec<u16> = (0..6).map(|_| house.get("/").status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 429, 429], "the ordinary one counts all requests");
    let answer = house.get("/");
    assert!(answer.header("retry-after").is_some() && answer.body.contains("お待ちください"));
    let health = house.get("/gate/health");
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"), "not measured");
}

#[test]
fn behind_a_proxy_each_client_has_his_own_pace_and_nobody_speaks_for_another() {
    let paced = |proxies: &[&str]| {
        let proxies: Vec<IpAddr> = proxies.iter().map(|at| at.parse().unwrap()).collect();
        House::told(
            move |config| {
                // Others are one connection after the other here, and the one before may not be gone yet.
                config.limits.connections_per_address_max =
                    if proxies.iter().any(IpAddr::is_loopback) { 1 } else { 4 };
                config.proxies = proxies;
                config.limits.ordinary = Some(Rate { burst: 2.0, per_s: 0.001 });
            },
            |_| page("x"),
        )
    };
    let of = |house: &House, clients: [&str; 4]| {
        clients.map(|client| house.ask("GET", "/", &[("x-forwarded-for", client)], b"").status)
    };
    // The test itself calls from the proxy's address, and keeps a connection open.
    let house = paced(&["127.0.0.1"]);
    let kept = house.connect();
    let forged = ["198.51.100.1", "1.1.1.1, 198.51.100.1", "2.2.2.2, 198.51.100.1", "198.51.100.2"];
    assert_eq!(of(&house, forged), [200, 200, 429, 200]);
    assert!(house.web.last().header("x-forwarded-for").is_none(), "nobody behind the gate needs it");
    drop(kept);
    let house = paced(&["10.0.0.1"]);
    let all = ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4"];
    assert_eq!(of(&house, all), [200, 200, 429, 429], "who is no proxy speaks for himself");
}

#[test]
fn webhooks_have_a_pace_of_their_own() {
    let house = House::with(
        |l| {
            l.ordinary = Some(Rate { burst: 1.0, per_s: 0.001 });
            l.webhook = Some(Rate { burst: 3.0, per_s: 0.001 });
        },
        |_| page("x"),
    );
    let json = [("content-type", "application/json")];
    let webhook = || house.ask("POST", "/webhooks/processor", &json, EVENT).status;
    assert_eq!([0; 4].map(|_| webhook()), [200, 200, 200, 429]);
    assert_eq!([0; 2].map(|_| house.get("/").status), [200, 429], "nor do they take the visitors'");
}

#[test]
fn webhooks_have_a_shape() {
    let house = House::new();
    let ask = |kind: &str, body: &[u8]| {
        house.ask("POST", "/webhooks/processor", &[("content-type", kind)], body).status
    };
    assert_eq!(ask("application/json; charset=utf-8", EVENT), 200);
    for body in [
        &b"{}"[..],
        b"[]",
        b"{\"id\":1,\"type\":\"a\",\"data\":{}}",
        b"{\"id\":\"\",\"type\":\"a\",\"data\":{}}",
        b"{\"id\":\"evt_1\",\"type\":\"a\",\"data\":[]}",
        b"{\"id\":\"evt_1\",\"type\":\"a\",\"data\":{}} {}",
        b"{\"id\":\"evt_\xff\",\"type\":\"a\",\"data\":{}}",
        b"id=evt_1&type=a",
    ] {
        assert_eq!(ask("application/json", body), 400, "{}", String::from_utf8_lossy(body));
    }
    let deep = format!("{{\"id\":\"a\",\"type\":\"a\",\"data\":{{\"a\":{}", "[".repeat(100_000));
    assert_eq!(ask("application/json", deep.as_bytes()), 400, "nobody falls from the stack");
    assert_eq!(ask("text/plain", EVENT), 415);
    assert_eq!(house.hook.count(), 1);
}

#[test]
fn what_is_too_fast_is_counted_and_does_not_fill_the_journal() {
    let few = |l: &mut gate::Limits| {
        l.ordinary = Some(Rate { burst: 1.0, per_s: 0.001 });
        l.paced_lines = Rate { burst: 5.0, per_s: 0.001 };
    };
    let mut house = House::with(few, |_| page("x"));
    let statuses: Vec<u16> = (0..40).map(|_| house.get("/").status).collect();
    assert_eq!(statuses.iter().filter(|s| **s == 429).count(), 39);
    assert!(house.metrics().contains("dozo_gate_refused_pace_total{process=\"gate\"} 39"));
    house.stop();
    let journal = std::fs::read_to_string(house.journal_path()).unwrap();
    assert_eq!(journal.matches("\"refused\":\"pace\"").count(), 5);
}

#[test]
fn one_account_has_a_pace_from_wherever_it_is_tried() {
    let few = |l: &mut gate::Limits| l.account = Some(Rate { burst: 2.0, per_s: 0.001 });
    let house = House::with(few, |_| page("x"));
    let tries = |mail: &str| house.form("/sign-in", &format!("_t=a&email={mail}&password=x"));
    assert_eq!([tries("a%40b.jp").status, tries("A%40b.jp").status], [200, 200]);
    let refused = tries("+a%40b.jp+");
    assert!(refused.status == 429 && refused.body.contains("受付番号"), "{}", refused.body);
    assert!(refused.header("retry-after").is_some());
    assert_eq!(tries("c%40b.jp").status, 200);
}

#[test]
fn heads_that_are_too_large() {
    let house = House::new();
    let many: Vec<(String, String)> = (0..80).map(|n| (format!("x-{n}"), "1".to_owned())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(house.ask("GET", "/", &many, b"").status, 431);
    assert_eq!(house.ask("GET", "/", &[("x-long", &"a".repeat(40_000))], b"").status, 431);
    assert_eq!(house.web.count(), 0);
}
