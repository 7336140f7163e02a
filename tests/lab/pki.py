"""Certificates of every kind the scenarios need, made with openssl."""

import subprocess
from pathlib import Path

import plan

EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
RSA1024 = ["-newkey", "rsa:1024"]
# Of the peers; a wildcard right below a top-level domain matches nothing.
WILD = "DNS:*.mx.lab,DNS:t-mx-missing.test,DNS:t-mx-missing-six.test"

# name: (subject alternative names, days, key)
LEAVES = {
    **{f"ok{i}": (f"DNS:ok{i}.mx.lab", 90, EC) for i in range(1, 5)},
    "postfix": ("DNS:postfix.mx.lab", 90, EC),
    "wild": (WILD, 90, EC),
    "tls10": ("DNS:tls10.mx.lab", 90, EC),
    "tls11": ("DNS:tls11.mx.lab", 90, EC),
    "wrongname": ("DNS:elsewhere.lab", 90, EC),
    "expiring": ("DNS:expiring.mx.lab", 5, EC),
    "weak": ("DNS:weak.mx.lab", 90, RSA1024),
    "doh": ("DNS:doh.lab," + f"IP:{plan.VANTAGES['doh']}", 90, EC),
}

# `openssl ca` alone can make a certificate that is expired at birth.
CA_CONF = """
[ca]
default_ca = lab
[lab]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
[any]
commonName = supplied
"""


def openssl(where, *words):
    done = subprocess.run(["openssl", *words], cwd=where, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(words)}: {done.stdout}")


def make_authorities(where):
    for name, title, signer in (("ca", "Lab Root", []),
                                ("int", "Lab Intermediate",
                                 ["-CA", "ca.pem", "-CAkey", "ca.key"])):
        openssl(where, "req", "-x509", *signer, *EC, "-nodes", "-keyout",
                f"{name}.key", "-out", f"{name}.pem", "-subj",
                f"/CN={title}", "-days", "3000",
                "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")


def make_leaf(where, name, names, days, key):
    openssl(where, "req", "-x509", "-CA", "int.pem", "-CAkey", "int.key",
            *key, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.leaf",
            "-subj", f"/CN={name}", "-days", str(days),
            "-addext", "subjectAltName=" + names,
            "-addext", "basicConstraints=critical,CA:FALSE",
            "-addext", "extendedKeyUsage=serverAuth")


def make_expired(where):
    (where / "ca.cnf").write_text(CA_CONF)
    (where / "index").write_text("")
    (where / "serial").write_text("1001\n")
    (where / "ext").write_text("subjectAltName=DNS:expired.mx.lab\n")
    openssl(where, "req", *EC, "-nodes", "-keyout", "expired.key", "-out",
            "expired.csr", "-subj", "/CN=expired")
    openssl(where, "ca", "-batch", "-config", "ca.cnf", "-cert", "int.pem",
            "-keyfile", "int.key", "-in", "expired.csr", "-out",
            "expired.leaf", "-startdate", "20240101000000Z", "-enddate",
            "20240201000000Z", "-extfile", "ext", "-notext")


def make_selfsigned(where):
    openssl(where, "req", "-x509", *EC, "-nodes", "-keyout",
            "selfsigned.key", "-out", "selfsigned.pem", "-subj",
            "/CN=selfsigned.mx.lab", "-days", "90",
            "-addext", "subjectAltName=DNS:selfsigned.mx.lab")


def build(where: Path):
    """Make everything in where: NAME.pem (with its chain) and NAME.key."""
    where.mkdir(parents=True, exist_ok=True)
    make_authorities(where)
    for name, about in LEAVES.items():
        make_leaf(where, name, *about)
    make_expired(where)
    make_selfsigned(where)
    chain = (where / "int.pem").read_text()
    for leaf in where.glob("*.leaf"):
        leaf.with_suffix(".pem").write_text(leaf.read_text() + chain)
