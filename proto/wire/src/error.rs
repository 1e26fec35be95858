//! Errors as they travel to clients: a stable code, a sentence, the remedy and the field, never our internal text.

use samsyn_core::code::Code;
use tonic::{
    Status,
    metadata::{MetadataMap, MetadataValue},
};

/// The stable code, ASCII.
const CODE_KEY: &str = "samsyn-code";
/// What to do about it, UTF-8 bytes.
const REMEDY_KEY: &str = "samsyn-remedy-bin";
/// The field of the request, or the path of the work, that is wrong; ASCII.
const FIELD_KEY: &str = "samsyn-field";

/// An error for a client. Empty `remedy` and absent `field` are left out. `field` must be ASCII (a field name or a
/// path); anything else is left out rather than spoil the answer.
pub fn status(code: Code, message: &str, remedy: &str, field: Option<&str>) -> Status {
    let mut metadata = MetadataMap::new();
    metadata.insert(CODE_KEY, MetadataValue::from_static(code.as_str()));
    if !remedy.is_empty() {
        metadata.insert_bin(REMEDY_KEY, MetadataValue::from_bytes(remedy.as_bytes()));
    }
    if let Some(field) = field.and_then(|f| f.parse().ok()) {
        metadata.insert(FIELD_KEY, field);
    }
    Status::with_metadata(grpc_code(code), message, metadata)
}

/// What a client reads from an error: code (absent if the error is not samsyn's own), remedy (may be empty), field.
pub fn parse_status(status: &Status) -> (Option<Code>, String, Option<String>) {
    let metadata = status.metadata();
    let text = |key| metadata.get(key).and_then(|v| v.to_str().ok());
    let remedy = metadata.get_bin(REMEDY_KEY).and_then(|v| v.to_bytes().ok());
    let remedy = remedy.map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
    (text(CODE_KEY).and_then(|c| c.parse().ok()), remedy, text(FIELD_KEY).map(str::to_owned))
}

/// The gRPC code for generic clients. Ours is the finer one.
pub fn grpc_code(code: Code) -> tonic::Code {
    use tonic::Code as Grpc;
    match code {
        Code::InputNotFound => Grpc::NotFound,
        Code::InputNotOwner | Code::RoleForbidden | Code::DeviceRevoked => Grpc::PermissionDenied,
        Code::DeviceUnknown | Code::TlsUnpinned | Code::TlsCertificate | Code::TlsAlpn => Grpc::Unauthenticated,
        Code::InputAmbiguous | Code::InputNothing | Code::InputConflict | Code::InUse => Grpc::FailedPrecondition,
        Code::CommitTooLarge
        | Code::StoreFull
        | Code::PeerSlow
        | Code::PeerTooMany
        | Code::DeviceBusy
        | Code::InputPushSize
        | Code::InputCopySize
        | Code::SpaceTooMany
        | Code::InputDrafts => Grpc::ResourceExhausted,
        Code::StoreReadOnly
        | Code::StoreFailed
        | Code::StoreUnreachable
        | Code::AuditUnwritable
        | Code::SignInProvider
        | Code::SignInRevocationList
        | Code::Stopping
        | Code::Unreachable => Grpc::Unavailable,
        Code::StoreDamaged | Code::StoreDiffers | Code::AuditBroken => Grpc::DataLoss,
        Code::Failed => Grpc::Internal,
        _ => match code.as_str().split('.').next() {
            Some("input" | "usage" | "commit" | "peer") => Grpc::InvalidArgument,
            Some("chain" | "effect" | "pending" | "charter" | "config" | "store" | "key" | "state" | "secrecy") => {
                Grpc::FailedPrecondition
            }
            Some("release" | "register" | "pack" | "space" | "decision") => Grpc::FailedPrecondition,
            Some("sign_in") => Grpc::PermissionDenied,
            Some("value") => Grpc::NotFound,
            _ => Grpc::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_read_as_it_was_written() {
        let sent = status(Code::InputDate, "'i höst' är inget datum", "skriv ett år, 2023", Some("/facts/start"));
        assert_eq!(sent.code(), tonic::Code::InvalidArgument);
        let (code, remedy, field) = parse_status(&sent);
        assert_eq!((code, remedy.as_str()), (Some(Code::InputDate), "skriv ett år, 2023"));
        assert_eq!(field.as_deref(), Some("/facts/start"));
    }

    #[test]
    fn errors_of_others_have_no_code() {
        assert_eq!(parse_status(&Status::unavailable("gone")), (None, String::new(), None));
    }

    #[test]
    fn every_code_has_a_grpc_code() {
        for code in Code::ALL {
            assert!(!matches!(grpc_code(*code), tonic::Code::Ok | tonic::Code::Unknown), "{code}");
        }
    }
}
