use super::*;

#[test]
fn names_of_this_machine_are_told_from_others() {
    for own in ["localhost", "localhost:7002", "LOCALHOST:7002", "127.0.0.1:7002", "127.0.0.1", "[::1]:7002", "[::1]"] {
        assert!(names_loopback(own), "{own}");
    }
    for other in ["example.org", "localhost.example.org:80", "10.0.0.1:7002", "127.0.0.1.example.org", "", ":7002"] {
        assert!(!names_loopback(other), "{other}");
    }
}
