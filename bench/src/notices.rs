//! How many notices go out in an hour: `bench notices`. A campaign as the shop sends it, from the database's rows to Debian's
//! `smtp-sink`: opened by a real vault with its ledger on a real disk, written, signed (DKIM, RSA of 2,048 bits), begun and
//! settled in the database. Beside it the messages of lettre through a pool of as many connections, unsigned and with
//! nothing written down.

use crate::{
    disk,
    measure::{Measure, show},
    processes::{Cpu, with_allocator},
    vault::Server,
};
use ::campaign::{digest, places};
use anyhow::{Context, Result, bail, ensure};
use domain::{
    Locale,
    notice::{CampaignEvent, NoticeState},
};
use lettre::{Message, SmtpTransport, Transport, transport::smtp::PoolConfig};
use post::{
    Address, PerLocale, Schedule,
    campaign::{Ended, Pace, Runner, Sender},
    smtp,
};
use serde_json::json;
use std::{
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use store::{
    Sealed, Store, Url,
    campaign::{self, Campaign, Text},
    imported::{self, Event, ImportedFile, Party},
    notice::{self, NewNotice, Source},
};
use testkit::Authenticator;
use uuid::Uuid;
use vault_api::{Approver, Client, Column, LinkToken, NoticePlan, Place, Plain, Role, SealItem, Secret};

/// Notices an hour that are aimed at.
const PER_HOUR_MIN: f64 = 5_000_000.0;
/// Persons sealed and planned at a time.
const PART: usize = 250;
/// How long the peer sends.
const PEER_TIME: Duration = Duration::from_secs(8);
const LOGIN: &str = "owner";
const PASSWORD: &str = "kuri no ki no shita de 7";

/// What is wanted.
struct Options {
    notices: usize,
    lines: usize,
    dir: PathBuf,
    json: bool,
}

/// Runs it.
///
/// # Errors
/// Where something does not start or a notice is not accepted.
pub fn run(args: &[String]) -> Result<()> {
    with_allocator(|| {
        let options = options(args)?;
        std::fs::create_dir_all(&options.dir)?;
        disk::refuse_memory(&options.dir)?;
        let folder = options.dir.join(format!("notices-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let done = measure(&options, &folder);
        std::fs::remove_dir_all(&folder)?;
        show(&[done?], options.json)
    })
}

fn measure(options: &Options, folder: &Path) -> Result<Measure> {
    let vault = Server::start(folder)?;
    let sink = Sink::start()?;
    let store = Store::open(&Url::Sqlite(folder.join("shop.db")))?;
    let owner = Client::connect(vault.socket(), Role::Owner)?;
    let found = plan(&store, &owner, options.notices)?;
    let web = Client::connect(vault.socket(), Role::Web)?;
    let invitation = owner.staff_invite(Uuid::now_v7(), Secret::new(LOGIN))?;
    approve(&owner, (found, &web), (LOGIN, &invitation))?;
    let found = store.write_blocking(move |tx| campaign::step(tx, found, CampaignEvent::Send, 2))?;
    let peer = peer(sink.port, options.lines)?;
    let sender = sender(sink.port, options.lines)?;
    let post = Client::connect(vault.socket(), Role::Post)?;
    let pids = [vault.pid(), std::process::id(), sink.child.id()];
    let (before, begun) = (Cpu::of(&pids), Instant::now());
    let runner = Runner {
        store: &store,
        opener: &post,
        sender: &sender,
        now_ms: &now_ms,
        stopping: &|| false,
        told: &|_| {},
    };
    let ended = runner.run(&found, &mut Pace::default());
    let (took, spent) = (begun.elapsed().as_secs_f64(), Cpu::of(&pids).since(&before));
    let counts = store.read_blocking(|tx| notice::counts(tx, found.id))?;
    ensure!(
        ended == Ended::Done && counts == [(NoticeState::Accepted, options.notices as u64)],
        "{ended:?}: {counts:?}"
    );
    let rate = options.notices as f64 / took;
    let detail = json!({
        "notices": options.notices, "lines": options.lines, "seconds": took, "a_second": rate.round(),
        "cpu_us_a_notice": (spent.sum_s() * 1e6 / options.notices as f64).round(),
        "lettre_pool_an_hour": (peer * 3_600.0).round(), "lettre_pool_a_second": peer.round(),
        "mail": "one part, text of 1.9 kB, DKIM rsa-sha256",
    });
    vault.stop()?;
    Ok(Measure::at_least("notices", "notices/h", rate * 3_600.0, PER_HOUR_MIN).detailed(detail))
}

/// Seals so many persons, and plans a campaign to them; gives its id.
///
/// # Errors
/// Where vault or database refuse.
pub fn plan(store: &Store, owner: &Client, count: usize) -> Result<Uuid> {
    let text = text();
    let id = Uuid::now_v7();
    let texts = digest(std::slice::from_ref(&text), "{}");
    let campaign = Campaign::planning(id, "bench", texts, now_ms());
    owner.campaign_begin(None, id, campaign.texts)?;
    let (file, event) = (file(), event());
    store.write_blocking(move |tx| -> Result<(), store::Error> {
        imported::begin(tx, &file)?;
        imported::add_event(tx, &event)?;
        campaign::begin(tx, &campaign, std::slice::from_ref(&text))
    })?;
    for first in (0..count).step_by(PART) {
        part(store, owner, id, first..(first + PART).min(count))?;
    }
    owner.campaign_settle(None, id)?;
    store.write_blocking(move |tx| campaign::step(tx, id, CampaignEvent::Settle, 1))?;
    Ok(id)
}

fn part(store: &Store, owner: &Client, campaign: Uuid, part: std::ops::Range<usize>) -> Result<()> {
    let persons: Vec<(usize, Uuid, Uuid)> = part.map(|n| (n, Uuid::now_v7(), Uuid::now_v7())).collect();
    let item = |column, row, person, text: String| SealItem {
        place: Place::new(column, row, person),
        plaintext: Plain::new(text),
        create_person: true,
        index: Vec::new(),
    };
    let items = persons.iter().flat_map(|(n, row, person)| {
        let mail = format!("buyer-{n}@mail-{}.example", n % 50);
        [
            item(Column::ImportedMail, *row, *person, mail),
            item(Column::ImportedName, *row, *person, "山野 栗子".into()),
        ]
    });
    let sealed = owner.import_seal(items.collect())?;
    let plans = persons.iter().map(|(_, row, person)| NoticePlan {
        notice: *row,
        text: 0,
        places: places(Source::Imported, *row, *person, true),
    });
    let grants = owner.campaign_add(None, campaign, plans.collect())?;
    let party = |((n, row, person), sealed): (&(usize, Uuid, Uuid), &[vault_api::SealedItem])| Party {
        id: *row,
        event: EVENT,
        position: u32::try_from(*n).unwrap_or_default(),
        person: *person,
        kind: None,
        system: "bench".into(),
        member: None,
        mail: Some(Sealed(sealed[0].sealed.as_bytes().to_vec())),
        name: Some(Sealed(sealed[1].sealed.as_bytes().to_vec())),
        phone: None,
        address: None,
        mail_index: None,
        name_index: None,
        phone_index: None,
    };
    let parties: Vec<Party> = persons.iter().zip(sealed.chunks(2)).map(party).collect();
    let notices: Vec<NewNotice> = persons
        .iter()
        .zip(grants)
        .map(|((_, row, person), grant)| NewNotice {
            id: *row,
            person: *person,
            text: 0,
            address: Some((Source::Imported, *row, grant)),
        })
        .collect();
    store.write_blocking(move |tx| -> Result<(), store::Error> {
        parties.iter().try_for_each(|party| imported::add_party(tx, party))?;
        notice::add(tx, campaign, &notices, 0)
    })?;
    Ok(())
}

/// Approves a campaign as its one owner, who sets himself up by his invitation.
///
/// # Errors
/// Where the vault refuses.
pub fn approve(
    owner: &Client,
    (campaign, web): (Uuid, &Client),
    (login, invitation): (&str, &LinkToken),
) -> Result<()> {
    let cap = web.staff_redeem(invitation)?;
    web.staff_set_password(&cap, Secret::new(PASSWORD))?;
    let mut app = Authenticator::told(web.staff_enroll_totp(&cap)?.secret.reveal());
    web.staff_confirm_totp(&cap, Secret::new(app.code()))?;
    let by = Approver {
        login: Secret::new(login),
        password: Secret::new(PASSWORD),
        code: Secret::new(app.code()),
    };
    let hash = owner.campaign(campaign)?.hash;
    ensure!(owner.campaign_approve(campaign, hash, by)?.is_approved(), "one owner alone approves alone");
    Ok(())
}

const EVENT: Uuid = Uuid::from_u128(2);

fn file() -> ImportedFile {
    ImportedFile {
        id: Uuid::from_u128(1),
        digest: [0; 32],
        system: "bench".into(),
        kind: "plain".into(),
        bytes: 0,
        rows: 0,
        records: 0,
        refused: 0,
        mended_by: None,
        created_at: 0,
        finished_at: None,
    }
}

fn event() -> Event {
    Event {
        id: EVENT,
        file: Uuid::from_u128(1),
        system: "bench".into(),
        event: "order".into(),
        source_id: "1".into(),
        happened: None,
        until: None,
        fields: "{}".into(),
    }
}

/// What the notices say.
pub fn text() -> Text {
    let paragraph = "お客様がお買い物をされた期間に、お支払いの画面に入力された情報が外に出た可能性があることが分かりました。\n";
    let body = format!(
        "{} 様\n\n{}\nこのお知らせの番号は {} です。\n",
        ::campaign::NAME,
        paragraph.repeat(12),
        ::campaign::CODE
    );
    Text {
        number: 0,
        locale: Locale::Ja,
        subject: "【栗鼠堂】お客様の情報が漏えいした可能性についてのお知らせ".into(),
        body,
        concerns: paragraph.into(),
    }
}

fn sender(port: u16, lines: usize) -> Result<Sender> {
    let key = dkim::SigningKey::from_pem(&dkim::SigningKey::generate_pem()?)?;
    Ok(Sender {
        server: smtp::Server { host: "127.0.0.1".into(), port, login: None },
        from: Address::parse("shop@risudo.example")?,
        name: PerLocale { ja: "栗鼠堂".into(), en: "Risudo".into() },
        email: String::new(),
        returns: Some(post::Returns::new("bounces@risudo.example", &[7; 32])?),
        signer: Some(dkim::Signer::new("risudo.example", "s2026", key)?),
        lines,
        limits: smtp::Limits::default(),
        schedule: Schedule::default(),
    })
}

/// Messages that lettre sends in a second over a pool of so many connections.
fn peer(port: u16, lines: usize) -> Result<f64> {
    let pool = PoolConfig::new().max_size(u32::try_from(lines)?);
    let transport = SmtpTransport::builder_dangerous("127.0.0.1").port(port).pool_config(pool).build();
    let text = text();
    let sent = AtomicU64::new(0);
    let begun = Instant::now();
    std::thread::scope(|scope| -> Result<()> {
        let threads: Vec<_> = (0..lines)
            .map(|line| {
                let (transport, text, sent) = (&transport, &text, &sent);
                scope.spawn(move || -> Result<()> {
                    while begun.elapsed() < PEER_TIME {
                        let message = Message::builder()
                            .from("Risudo <shop@risudo.example>".parse()?)
                            .to(format!("buyer-{line}@mail.example").parse()?)
                            .subject(text.subject.clone())
                            .body(text.body.clone())?;
                        transport.send(&message)?;
                        sent.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|t| t.join().map_err(|_| anyhow::anyhow!("a thread died"))?)
    })?;
    Ok(sent.into_inner() as f64 / begun.elapsed().as_secs_f64())
}

/// Debian's `smtp-sink`, which takes all mail and keeps none.
struct Sink {
    child: Child,
    port: u16,
}

impl Sink {
    fn start() -> Result<Sink> {
        let program =
            ["/usr/sbin/smtp-sink", "/usr/local/sbin/smtp-sink"].into_iter().find(|p| Path::new(p).exists());
        let program = program.context("smtp-sink is not installed: it is in Debian's package postfix")?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(program);
        if rustix::process::geteuid().is_root() {
            command.args(["-u", "nobody"]);
        }
        let child = command.arg(format!("127.0.0.1:{port}")).arg("1000").stderr(Stdio::null()).spawn()?;
        let sink = Sink { child, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if begun.elapsed() > Duration::from_secs(10) {
                bail!("smtp-sink does not start");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(sink)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn options(args: &[String]) -> Result<Options> {
    let dir = std::env::current_dir()?.join("target/bench");
    let mut options = Options { notices: 60_000, lines: 64, dir, json: false };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} takes a value"));
        match arg.as_str() {
            "--notices" => options.notices = value()?.parse()?,
            "--lines" => options.lines = value()?.parse()?,
            "--dir" => options.dir = value()?.into(),
            "--json" => options.json = true,
            other => bail!("unknown option {other}: --notices N, --lines N, --dir FOLDER, --json"),
        }
    }
    ensure!(options.notices > 0 && options.lines > 0, "at least one notice and one line");
    Ok(options)
}
