//! The catalogue, as portals of open data harvest it: DCAT-AP as JSON-LD.

use super::{FORMS, PATH, SETS, Set, TITLE};
use crate::web::{
    Site,
    error::Problem,
    page::{Asked, Page},
    root,
};
use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use samsyn_client::text::Text;
use serde_json::{Value, json};

const ABOUT: Text = Text(
    "Det som parterna i samverkan har delat med allmänheten, som filer.",
    "What the parties of the federation have shared with the public, as files.",
);
const SWEDISH: &str = "http://publications.europa.eu/resource/authority/language/SWE";
const FILE_TYPE: &str = "http://publications.europa.eu/resource/authority/file-type";

pub(super) async fn file(site: Site, asked: Asked, headers: HeaderMap) -> Result<Response, Problem> {
    let page = Page::new(&site, asked, PATH, TITLE).await?;
    let home = format!("{}{PATH}", root(&headers));
    let catalogue = catalogue(&home, &page.federation, &page.own, site.licence.as_deref());
    let headers = [(header::CONTENT_TYPE, "application/ld+json"), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, catalogue.to_string()).into_response())
}

fn catalogue(home: &str, federation: &str, own: &str, licence: Option<&str>) -> Value {
    let publisher = json!({"@id": format!("{home}#utgivare"), "@type": "foaf:Agent", "foaf:name": own});
    let mut catalogue = json!({
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
        },
        "@id": home,
        "@type": "dcat:Catalog",
        "dct:title": both(&format!("{federation}: {}", TITLE.0), &format!("{federation}: {}", TITLE.1)),
        "dct:description": both(ABOUT.0, ABOUT.1),
        "dct:publisher": publisher,
        "dct:language": {"@id": SWEDISH},
        "foaf:homepage": {"@id": home},
        "dcat:dataset": SETS.iter().map(|set| dataset(home, set, federation, licence)).collect::<Vec<_>>(),
    });
    if let Some(licence) = licence {
        catalogue["dct:license"] = json!({"@id": licence});
    }
    catalogue
}

fn dataset(home: &str, set: &Set, federation: &str, licence: Option<&str>) -> Value {
    json!({
        "@id": format!("{home}#{}", set.name),
        "@type": "dcat:Dataset",
        "dct:title": both(&format!("{}, {federation}", set.title.0), &format!("{}, {federation}", set.title.1)),
        "dct:description": both(set.about.0, set.about.1),
        "dct:publisher": {"@id": format!("{home}#utgivare")},
        "dct:language": {"@id": SWEDISH},
        "dcat:distribution": FORMS.iter().map(|form| distribution(home, set, form, licence)).collect::<Vec<_>>(),
    })
}

fn distribution(home: &str, set: &Set, (ending, label): &(&str, Text), licence: Option<&str>) -> Value {
    let address = format!("{home}/{}{ending}", set.name);
    let (kind, media) = match *ending {
        ".xlsx" => ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ".json" => ("JSON", "application/json"),
        _ => ("CSV", "text/csv"),
    };
    let mut distribution = json!({
        "@id": format!("{address}#fil"),
        "@type": "dcat:Distribution",
        "dct:title": both(label.0, label.1),
        "dcat:accessURL": {"@id": home},
        "dcat:downloadURL": {"@id": address},
        "dct:format": {"@id": format!("{FILE_TYPE}/{kind}")},
        "dcat:mediaType": {"@id": format!("http://www.iana.org/assignments/media-types/{media}")},
    });
    if *ending == ".json" {
        distribution["dct:conformsTo"] = json!({"@id": format!("{home}/schema.json")});
    }
    if let Some(licence) = licence {
        distribution["dct:license"] = json!({"@id": licence});
    }
    distribution
}

/// A text in both languages.
fn both(sv: &str, en: &str) -> Value {
    json!([{"@language": "sv", "@value": sv}, {"@language": "en", "@value": en}])
}
