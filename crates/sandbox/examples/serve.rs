//! Runs the sandbox alone: `cargo run -p sandbox --example serve -- [port] [folder]`.
//!
//! Its key is `sk_test_example`, webhooks go to the discard port; open `http://pay.localhost:<port>/dashboard`.

use sandbox::Config;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let port: u16 = args.next().unwrap_or_else(|| "8081".into()).parse()?;
    let data_dir = args.next().map_or_else(|| std::env::temp_dir().join("dozo-sandbox-example"), Into::into);
    telemetry::start_logging("sandbox")?;
    let cfg = Config {
        listen: ([127, 0, 0, 1], port).into(),
        data_dir,
        api_key: outbound::Secret::new("sk_test_example"),
        webhook_secret: outbound::Secret::new("whsec_example"),
        webhook_url: "http://localhost:9/webhooks/processor".into(),
        webhook_trust: None,
        webhook_events: &[],
        pay_origin: format!("http://pay.localhost:{port}"),
        acs_origin: format!("http://acs.localhost:{port}"),
        shop_name_ja: "栗鼠堂".into(),
        shop_name_en: "Risudo".into(),
    };
    sandbox::run(cfg, telemetry::Life::of_test("sandbox", &std::env::temp_dir()))
}
