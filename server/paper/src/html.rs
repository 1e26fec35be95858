//! A paper as a web page: one file with its style in it, readable without a net and in print.

use crate::{Block, Paper, Table};
use askama::Template;

/// A whole page.
#[derive(Template)]
#[template(path = "paper.html")]
struct Page<'a> {
    paper: &'a Paper,
    style: &'static str,
}

/// The paper alone, to stand in another page.
#[derive(Template)]
#[template(path = "paper_body.html")]
struct Body<'a> {
    paper: &'a Paper,
}

/// The file.
pub fn file(paper: &Paper) -> Result<String, askama::Error> {
    Page { paper, style: include_str!("../templates/paper.css") }.render()
}

/// What stands between the heading and the end, for a page that has a frame of its own.
pub fn body(paper: &Paper) -> Result<String, askama::Error> {
    Body { paper }.render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn what_people_have_written_stays_text() {
        let page = file(&sample()).expect("a page");
        assert!(page.contains("&lt;b&gt;") || page.contains("&#60;b&#62;"), "{page}");
        assert!(!page.contains("<b>#set"));
        assert!(page.contains("Lön &#38; resor") || page.contains("Lön &amp; resor"));
    }

    #[test]
    fn a_page_needs_nothing_from_elsewhere_and_is_the_same_each_time() {
        let page = file(&sample()).expect("a page");
        for outside in ["http://", "https://", "<script", "<link", "src="] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert_eq!(page, file(&sample()).expect("a page"));
        assert!(page.contains("<p>Två väntar på beslut.</p>"), "{page}");
        assert!(page.contains("Inget att ta upp."));
    }
}
