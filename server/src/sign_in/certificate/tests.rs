use super::*;
use crate::{
    config::RoleRule,
    sign_in::{Grant, Role},
};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, DnValue, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SanType, SerialNumber, date_time_ymd,
};
use tempfile::TempDir;

const PERSON: &str = "SE2120000001-A123";
const UPN: [u64; 10] = [1, 3, 6, 1, 4, 1, 311, 20, 2, 3];

/// An issuer of people's certificates.
struct Ca(Issuer<'static, KeyPair>, String);

impl Ca {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self(Issuer::new(params, key), pem)
    }

    /// A person's certificate as a card has it, with what a test wants otherwise.
    fn card(&self, change: impl FnOnce(&mut CertificateParams)) -> Shown {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Registrator");
        params.distinguished_name.push(
            DnType::CustomDnType(vec![2, 5, 4, 5]),
            DnValue::PrintableString(PERSON.try_into().expect("printable")),
        );
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.serial_number = Some(SerialNumber::from(7u64));
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Shown::of(Some(&[certificate.der().clone()]))
    }

    fn revoked(&self, serials: &[u64], next: i32) -> String {
        let revoked = |serial: &u64| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: date_time_ymd(2026, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(next, 1, 1),
            crl_number: SerialNumber::from(1u64),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.0).expect("a list").pem().expect("text")
    }
}

fn open(dir: &TempDir, ca: &str, crl: Option<&str>, is: PersonIs, value: &str) -> Result<Certificates, Failure> {
    let at = |name: &str, text: &str| {
        let file = dir.path().join(name);
        fs::write(&file, text).expect("written");
        file
    };
    let grant = Grant { role: Role::Registrar, authority: None };
    Certificates::open(ClientCertificates {
        ca_file: at("ca.pem", ca),
        crl_file: crl.map(|crl| at("ca.crl", crl)),
        person_is: is,
        people: vec![RoleRule { value: value.to_owned(), grant }],
    })
}

fn asked(certificates: &Certificates, shown: &Shown) -> Result<Person, (Code, bool)> {
    certificates.person(shown, SystemTime::now()).map_err(|refusal| (refusal.failure.code, refusal.person.is_some()))
}

fn by_number(ca: &Ca, crl: Option<&str>) -> Certificates {
    open(&tempfile::tempdir().expect("a directory"), &ca.1, crl, PersonIs::SerialNumber, PERSON).expect("read")
}

#[test]
fn a_person_is_known_by_the_number_of_the_certificate() {
    let ca = Ca::new("Utfärdare");
    let certificates = by_number(&ca, None);
    let person = asked(&certificates, &ca.card(|_| {})).expect("let in");
    assert_eq!((person.subject.as_str(), person.name.as_str()), ("certificate:SE2120000001-A123", "Registrator"));
    assert_eq!(person.grants.len(), 1);
    let printed = format!("{person:?} {certificates:?}");
    assert!(!printed.contains(PERSON) && !printed.contains("Registrator\""), "{printed}");
}

#[test]
fn what_is_not_good_is_refused_by_name_of_the_reason_and_nothing_unvouched_is_believed() {
    let (ca, other, twin) = (Ca::new("Utfärdare"), Ca::new("Annan"), Ca::new("Utfärdare"));
    let certificates = by_number(&ca, None);
    let past = |p: &mut CertificateParams| {
        (p.not_before, p.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    };
    let future = |p: &mut CertificateParams| {
        (p.not_before, p.not_after) = (date_time_ymd(2090, 1, 1), date_time_ymd(2091, 1, 1));
    };
    let number = |p: &mut CertificateParams, value: &str| {
        p.distinguished_name.push(DnType::CustomDnType(vec![2, 5, 4, 5]), value);
    };
    for (what, shown, refused) in [
        ("none", Shown::default(), (Code::SignInNoCertificate, false)),
        ("expired", ca.card(past), (Code::SignInCertificateExpired, true)),
        ("not yet valid", ca.card(future), (Code::SignInCertificateExpired, true)),
        ("another's", other.card(|_| {}), (Code::SignInCertificateUnknown, false)),
        ("of another with the same name", twin.card(|_| {}), (Code::SignInCertificateUnknown, false)),
        ("another's, expired", other.card(past), (Code::SignInCertificateUnknown, false)),
        ("another's, not yet valid", twin.card(future), (Code::SignInCertificateUnknown, false)),
        (
            "a server's",
            ca.card(|p| p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]),
            (Code::SignInCertificateUnknown, false),
        ),
        ("somebody else's", ca.card(|p| number(p, "SE2120000001-B1")), (Code::SignInCertificateUnmapped, true)),
        ("in other letters", ca.card(|p| number(p, &PERSON.to_lowercase())), (Code::SignInCertificateUnmapped, true)),
        (
            "without number",
            ca.card(|p| {
                p.distinguished_name.remove(DnType::CustomDnType(vec![2, 5, 4, 5]));
            }),
            (Code::SignInCertificateUnmapped, false),
        ),
        ("with an empty number", ca.card(|p| number(p, " ")), (Code::SignInCertificateUnmapped, false)),
        ("rubbish", Shown::of(Some(&[vec![0x30, 0x00].into()])), (Code::SignInCertificateUnknown, false)),
    ] {
        assert_eq!(asked(&certificates, &shown).expect_err(what), refused, "{what}");
    }
}

#[test]
fn a_list_of_revoked_certificates_is_asked_and_one_that_says_nothing_lets_nobody_in() {
    let (ca, other) = (Ca::new("Utfärdare"), Ca::new("Annan"));
    let (card, next) = (ca.card(|_| {}), ca.card(|p| p.serial_number = Some(SerialNumber::from(8u64))));
    let told = |crl: &str| {
        let certificates = by_number(&ca, Some(crl));
        (asked(&certificates, &card).map(|_| ()), asked(&certificates, &next).map(|_| ()))
    };
    assert_eq!(told(&ca.revoked(&[], 2099)), (Ok(()), Ok(())));
    assert_eq!(told(&ca.revoked(&[7], 2099)), (Err((Code::SignInCertificateRevoked, true)), Ok(())));
    let unsure = || Err((Code::SignInRevocationList, true));
    assert_eq!(told(&ca.revoked(&[], 2021)), (unsure(), unsure()), "too old");
    assert_eq!(told(&other.revoked(&[], 2099)), (unsure(), unsure()), "of another issuer");
    // Revoked and expired: what is over is over, and its holder is known all the same.
    let old = ca.card(|p| (p.not_before, p.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1)));
    let certificates = by_number(&ca, Some(&ca.revoked(&[7], 2099)));
    assert_eq!(asked(&certificates, &old).expect_err("refused"), (Code::SignInCertificateExpired, true));
}

#[test]
fn a_person_is_known_by_the_principal_name_in_any_letters() {
    let ca = Ca::new("Utfärdare");
    let dir = tempfile::tempdir().expect("a directory");
    let certificates = open(&dir, &ca.1, None, PersonIs::Upn, "Handlaggare@Timra.example").expect("read");
    let named = |names: &[&str]| {
        let names = names.iter().map(|name| SanType::OtherName((UPN.to_vec(), (*name).into()))).collect();
        ca.card(|p: &mut CertificateParams| p.subject_alt_names = names)
    };
    let person = asked(&certificates, &named(&["HANDLAGGARE@timra.example"])).expect("let in");
    assert_eq!(person.subject, "certificate:handlaggare@timra.example");
    for names in [&[][..], &["handlaggare@timra.example", "chef@timra.example"]] {
        let refused = asked(&certificates, &named(names)).expect_err("refused");
        assert_eq!(refused, (Code::SignInCertificateUnmapped, false), "{names:?}");
    }
}

#[test]
fn files_that_cannot_be_used_are_named_and_what_was_read_before_goes_on() {
    let ca = Ca::new("Utfärdare");
    let dir = tempfile::tempdir().expect("a directory");
    for (ca_text, crl, field) in [
        ("", None, "sign_in.certificates.ca_file"),
        ("-----BEGIN CERTIFICATE-----\nelak\n-----END CERTIFICATE-----\n", None, "sign_in.certificates.ca_file"),
        (
            ca.1.as_str(),
            Some("-----BEGIN X509 CRL-----\nelak\n-----END X509 CRL-----\n"),
            "sign_in.certificates.crl_file",
        ),
        (ca.1.as_str(), Some("elak"), "sign_in.certificates.crl_file"),
        (ca.1.as_str(), Some(ca.1.as_str()), "sign_in.certificates.crl_file"),
    ] {
        let failure = open(&dir, ca_text, crl, PersonIs::SerialNumber, PERSON).expect_err("refused");
        assert_eq!(failure.field.as_deref(), Some(field), "{failure}");
        assert!(failure.exit_code() == 3, "{failure}");
    }
    let certificates = open(&dir, &ca.1, Some(&ca.revoked(&[], 2099)), PersonIs::SerialNumber, PERSON).expect("read");
    let card = ca.card(|_| {});
    fs::write(dir.path().join("ca.crl"), "elak").expect("written");
    certificates.read_again().expect_err("refused");
    asked(&certificates, &card).expect("as before");
    fs::write(dir.path().join("ca.crl"), ca.revoked(&[7], 2099)).expect("written");
    certificates.read_again().expect("read");
    assert_eq!(asked(&certificates, &card).expect_err("revoked"), (Code::SignInCertificateRevoked, true));
    assert!(!certificates.still_good(&card, SystemTime::now()));
}
