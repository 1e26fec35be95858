//! What anybody may take and use: all that is public and nothing else, in files that other programs read.

use crate::{
    clients::python,
    pages::{start_all, with_pages},
};
use samsyn_core::entry::DocumentKind;
use samsyn_tests::county::{
    County,
    browser::{ask, get},
    finish, path, prose, reference, text,
};
use samsyn_wire::v1::Audience;
use serde_json::{Value, json};
use tokio::process::Command;

const LICENCE: &str = "https://creativecommons.org/publicdomain/zero/1.0/";

/// What another program reads in a file for Excel.
const READ_WORKBOOK: &str = "
import io,json,sys,urllib.request,openpyxl
b=openpyxl.load_workbook(io.BytesIO(urllib.request.urlopen(sys.argv[1]).read()))
s=b.worksheets[0]
print(json.dumps({'sheets':b.sheetnames,'rows':[[str(c.value) for c in r] for r in s.iter_rows()]}))
";

/// ```text
///   rvn shares a work and measures with the public, and more with the parties ──► files at timra, whose pages show all
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i4_open_data_is_all_that_is_public_and_nothing_else_wherever_it_is_asked_for() {
    let mut county = County::stopped(&["rvn", "timra"]).await;
    let pages = with_pages(&mut county, "timra", "released");
    let licence = ("SAMSYN__WEB__OPEN_DATA_LICENCE".to_owned(), LICENCE.to_owned());
    county.node_mut("timra").environment.push(licence);
    start_all(&mut county).await;
    let mut open = county.desk("rvn").await;
    open.edit(|d| {
        d.set(path("/facts/title"), text("=HYPERLINK(\"x\") & öppet"));
        d.set(path("/facts/stage"), reference("stage:ongoing"));
    });
    open.push().await;
    let open_id = open.publish_to(Audience::Public).await;
    open.set("/note", prose("Bara för parterna.")).await;
    open.publish().await;
    let closed = county.publish("rvn", "Slutet arbete").await;
    let mut measures = county.desk_of("rvn", DocumentKind::Indicators).await;
    measures.set("/definitions/title", text("Slutna mått")).await;
    measures.publish().await;
    county.converge().await;

    let schema: Value = serde_json::from_str(&get(pages, "/oppna-data/schema.json").await.page()).expect("JSON");
    let file: Value = serde_json::from_str(&get(pages, "/oppna-data/arbeten.json").await.page()).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let faults: Vec<String> = validator.iter_errors(&file).map(|e| format!("{} {e}", e.instance_path)).collect();
    assert_eq!(faults, Vec::<String>::new(), "{file}");
    assert!(!validator.is_valid(&json!({"schema": 1, "data": {"kind": "work", "as_of": "", "documents": [{}]}})));
    let documents = file["data"]["documents"].as_array().expect("a list");
    assert_eq!((documents.len(), &documents[0]["document_id"]), (1, &json!(open_id)), "{file}");
    let statements = documents[0]["statements"].as_array().expect("a list");
    let stage = statements.iter().find(|said| said["path"] == "/facts/stage").expect("it is stated");
    assert_eq!((&stage["value"]["value"], &stage["stated_by"]), (&json!("stage:ongoing"), &json!("rvn")), "{stage}");

    let commas = get(pages, "/oppna-data/arbeten-komma.csv").await.page();
    assert!(commas.starts_with("title,owner,label,value,stated_by,stated,differs,path,document_id\r\n"), "{commas}");
    assert!(commas.contains(",stage:ongoing,rvn,20"), "{commas}");
    let semicolons = get(pages, "/oppna-data/arbeten.csv").await.page();
    assert!(
        semicolons.starts_with("\u{feff}Rubrik;Ägare;Uppgift;Värde;") && semicolons.contains(";pågående;"),
        "{semicolons}"
    );
    assert!(semicolons.contains("'=HYPERLINK"), "a spreadsheet does not reckon with it: {semicolons}");
    let mut reads = Command::new(python().await);
    reads.args(["-c", READ_WORKBOOK, &format!("http://{pages}/oppna-data/arbeten.xlsx")]);
    let read: Value = serde_json::from_str(&finish(reads).await.ok().out).expect("JSON");
    assert_eq!(read["sheets"], json!(["arbeten", "Läs mig"]));
    assert_eq!(
        (&read["rows"][0][3], read["rows"].as_array().map(Vec::len)),
        (&json!("Värde"), Some(statements.len() + 1))
    );

    // Other kinds are empty: a page says so, and a file of nothing is none.
    let page = get(pages, "/oppna-data").await.page();
    assert!(page.contains("/oppna-data/arbeten.json") && !page.contains("/oppna-data/indikatorer.json"), "{page}");
    assert!(page.contains("Inget är delat med allmänheten.") && page.contains(LICENCE), "{page}");
    for none in
        ["/oppna-data/indikatorer.json", "/oppna-data/beslut.xlsx", "/oppna-data/arbeten.exe", "/oppna-data/x.csv"]
    {
        assert_eq!(get(pages, none).await.status, 404, "{none}");
    }
    let catalogue: Value = serde_json::from_str(&get(pages, "/oppna-data/katalog.jsonld").await.page()).expect("JSON");
    assert_eq!(catalogue["@type"], "dcat:Catalog", "{catalogue}");
    let sets = catalogue["dcat:dataset"].as_array().expect("a list");
    let json_of = |set: &Value| set["dcat:distribution"][3].clone();
    let address = format!("http://{pages}/oppna-data/arbeten.json");
    assert_eq!(json_of(&sets[0])["dcat:downloadURL"]["@id"], json!(address), "{catalogue}");
    assert_eq!(json_of(&sets[0])["dct:license"]["@id"], LICENCE);
    for secret in ["Bara för parterna", "Slutet arbete", "Slutna mått", &closed] {
        for shown in [&file.to_string(), &commas, &semicolons, &read.to_string(), &page, &catalogue.to_string()] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
    }
    // Any page of the web may read it; pages of people it may not.
    let from = async |path: &str| {
        let head = format!("GET {path} HTTP/1.1\r\nHost: {pages}\r\nOrigin: https://a.example\r\n");
        ask(pages, &head).await.head
    };
    let allowed = "access-control-allow-origin: *";
    assert!(from("/oppna-data/arbeten.json").await.contains(allowed));
    assert!(!from("/portfolj").await.contains(allowed) && !from("/api/v1/works").await.contains(allowed));
    county.stop_and_verify().await;
}
