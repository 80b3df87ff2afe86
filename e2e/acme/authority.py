"""An authority on loopback: acme2certifier, an ACME server that others wrote (RFC 8555), with an authority of openssl.

Usage: authority.py FOLDER PORT PROOF_PORT

FOLDER holds ca.pem, ca.key, server.pem and server.key. It answers by https on PORT, and looks for proofs of every name
on PROOF_PORT of this machine, where the real ones look on port 80. What FOLDER/life_s says is the life of certificates in
seconds (30 days without), and what FOLDER/advice_percent says is after how much of it their renewal is advised (RFC 9773;
no advice without). Nothing else of it is changed: requests, nonces and signatures are checked, and the proof is fetched.
"""

import datetime
import os
import sys

folder, port, proof_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
config = os.path.join(folder, "acme_srv.cfg")
# It wants a list of what it took back: nothing; and a place for what it signed.
os.makedirs(os.path.join(folder, "certificates"), exist_ok=True)
open(os.path.join(folder, "ca.crl"), "a", encoding="utf-8").close()
with open(config, "w", encoding="utf-8") as file:
    file.write(
        f"""[DEFAULT]
debug: False
[Nonce]
nonce_check_disable: False
[CAhandler]
handler_module: acme2certifier.cahandlers.openssl_ca_handler
issuing_ca_key: {folder}/ca.key
issuing_ca_cert: {folder}/ca.pem
issuing_ca_crl: {folder}/ca.crl
cert_save_path: {folder}/certificates
cert_validity_days: 30
[DBhandler]
handler_module: acme2certifier.dbhandlers.wsgi_handler
dbfile: {folder}/acme_srv.db
[Challenge]
challenge_validation_timeout: 5
[Renewalinfo]
renewal_window_duration: 1
[Directory]
tos_url: https://authority.example/terms
"""
    )
os.environ["ACME_SRV_CONFIGFILE"] = config
os.environ["ACME_SRV_DB_HANDLER"] = "wsgi"

from acme2certifier.acme_srv import helper  # noqa: E402
from acme2certifier.acme_srv.helpers import network  # noqa: E402

# Names under .localhost stand in no zone of the network.
helper.fqdn_resolve = lambda *_args, **_named: (["127.0.0.1"], False, None)
# The one place where it says which port: none, so that it is 80.
network._http_url_host = lambda host: f"{host}:{proof_port}" if host == "127.0.0.1" else host



def told(name):
    """What is said there now, if anything."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as said:
            return float(said.read())
    except (OSError, ValueError):
        return None


from acme2certifier.acme_srv.renewalinfo import Renewalinfo  # noqa: E402
from acme2certifier.cahandlers.openssl_ca_handler import CAhandler  # noqa: E402

ends, configured = CAhandler._certexpiry_date_default, Renewalinfo._load_configuration


def ends_as_told(handler):
    life_s = told("life_s")
    if life_s is None:
        return ends(handler)
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=life_s)


def advises_as_told(info):
    configured(info)
    percent = told("advice_percent")
    info.config.renewalinfo_disable = percent is None
    info.config.renewalthreshold_pctg = percent or 0


CAhandler._certexpiry_date_default = ends_as_told
Renewalinfo._load_configuration = advises_as_told

from acme2certifier.share.acme2certifier_wsgi import application  # noqa: E402
from werkzeug.serving import run_simple  # noqa: E402

paths = os.path.join(folder, "server.pem"), os.path.join(folder, "server.key")
run_simple("127.0.0.1", port, application, ssl_context=paths, threaded=True)
