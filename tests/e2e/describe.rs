//! An authority's documents and its processing described from what its node knows, beside the running node.

use crate::releases::{RULES, bound, overseen};
use samsyn_tests::county::{County, Ran, run};
use std::fs;

async fn describe(county: &County, more: &[&str]) -> Ran {
    let config = county.node("rvn").config();
    let config = config.to_str().expect("UTF-8");
    run("samsynd", county.dir(), &[&["describe", "--config", config], more].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_authority_is_described_beside_the_running_node_and_what_is_filled_in_is_kept() {
    let mut county = overseen(RULES).await;
    bound(&county, "son-frislapper", "releaser").await;
    // The program is told where the rules are by the environment alone, as the node was.
    let rules = county.node("rvn").dir.join("rules");
    let config = county.node("rvn").config();
    let text = fs::read_to_string(&config).expect("read");
    fs::write(&config, format!("{text}\n[rules]\ndirectory = \"{}\"\n", rules.display())).expect("written");

    let shown = describe(&county, &["--authority", "ks"]).await.ok();
    for said in
        ["| Utvecklingsarbeten | alltid |", "1 egna ord", "Fylls i av myndigheten", "Noden för en granskningslogg"]
    {
        assert!(shown.says_it(said), "{said}: {shown:?}");
    }
    assert!(!shown.says_it("Solgården") && !shown.says_it("| Frisläppare |"), "{shown:?}");
    let son = describe(&county, &["--authority", "son"]).await.ok();
    assert!(son.says_it("| Frisläppare |") && !son.says_it("son-frislapper"), "{son:?}");
    let all = describe(&county, &["--json"]).await.ok().data();
    assert_eq!(all["descriptions"].as_array().map(Vec::len), Some(2), "{all}");
    let other = describe(&county, &["--authority", "bun", "--json"]).await.exits(5).error();
    assert_eq!(other["field"], "authority", "{other}");

    let out = county.dir().join("beskrivning");
    let to = ["--out", out.to_str().expect("UTF-8")];
    for _ in 0..2 {
        let done = describe(&county, &[&to[..], &["--json"]].concat()).await.ok().data();
        assert_eq!(
            (done["authorities"].as_u64(), done["files"].as_array().map(Vec::len)),
            (Some(2), Some(4)),
            "{done}"
        );
        assert!(done["blanks"].as_u64().is_some_and(|blanks| blanks > 0), "{done}");
    }
    let mut names: Vec<String> =
        fs::read_dir(&out).expect("listed").flatten().map(|f| f.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let made = ["beskrivning-ks.html", "beskrivning-ks.md", "beskrivning-son.html", "beskrivning-son.md"];
    assert_eq!(names, made);

    // What somebody has filled in by hand stays, and so does all beside it.
    let (ours, beside) = (out.join("beskrivning-son.md"), out.join("beskrivning-ks.md"));
    let filled = fs::read_to_string(&ours).expect("read").replacen("Fylls i av myndigheten", "Ifyllt", 1);
    fs::write(&ours, &filled).expect("written");
    let before = fs::read(&beside).expect("read");
    fs::write(rules.join("ks.toml"), "[release]\nmode = \"automatic\"\n[describe]\ntasks = \"Leder kommunen.\"\n")
        .expect("written");
    describe(&county, &to).await.exits(5).says("has been changed since it was made");
    assert_eq!((fs::read_to_string(&ours).expect("read"), fs::read(&beside).expect("read")), (filled, before));
    let ks = [&to[..], &["--authority", "ks"]].concat();
    describe(&county, &ks).await.ok();
    assert!(fs::read_to_string(&beside).expect("read").contains("Leder kommunen."));

    // Faulty rules describe nothing.
    fs::write(rules.join("ks.toml"), "[describe]\ncontact = \"070-123 45 67\"\n").expect("written");
    describe(&county, &["--authority", "ks"]).await.exits(3).says("[describe] contact").says("a function");
    county.converge().await;
}
