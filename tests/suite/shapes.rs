//! Files as crawlers, archives and interfaces write them, each read without a flag: articles, outlets, days, titles, texts.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use proptest::prelude::*;

use newstance::corpus::{Article, Corpus, CorpusOptions, Place, Record, RejectedKind};

/// Reads one file of this name and content.
fn read(name: &str, content: impl AsRef<[u8]>) -> Vec<Record> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    read_path(&path)
}

fn read_path(path: &Path) -> Vec<Record> {
    let inputs = [path.display().to_string()];
    Corpus::open(&inputs, CorpusOptions::default())
        .unwrap()
        .collect()
}

/// What an article is known by: outlet, day, headline, and its text without the headline.
fn known(article: &Article) -> [String; 4] {
    let date = article.published.map(|it| it.date().to_string());
    let body = article.text.replacen(article.headline(), "", 1);
    [
        article.source.clone(),
        date.unwrap_or_default(),
        article.title.clone(),
        body.trim().to_owned(),
    ]
}

/// Checks the articles of a file; nothing else may be told of it.
fn check(name: &str, content: impl AsRef<[u8]>, expected: &[[&str; 4]]) {
    let records = read(name, content);
    let articles: Vec<[String; 4]> = records
        .iter()
        .map(|record| {
            known(
                record
                    .as_ref()
                    .unwrap_or_else(|rejected| panic!("{name}: {}", rejected.reason)),
            )
        })
        .collect();
    assert_eq!(articles, expected, "{name}");
}

const MEETING: &str = "Merz met Tusk in Warsaw on Friday.";
const TREATY: &str = "They signed a treaty, officials said.";

#[test]
fn news_please() {
    let article = format!(
        r#"{{"authors": [], "date_download": "2024-09-09 08:00:00", "date_modify": "None", "date_publish": "2024-09-05 17:03:00", "description": "Not the text",
        "language": "en", "maintext": "{MEETING}", "source_domain": "www.herald.example", "text": null, "title": "Leaders meet", "title_rss": "None", "url": "https://www.herald.example/1"}}"#
    );
    check(
        "1.json",
        article,
        &[["herald.example", "2024-09-05", "Leaders meet", MEETING]],
    );
}

#[test]
fn newspaper4k() {
    let article = format!(
        "{{\n    \"url\": \"https://herald.example/1\",\n    \"title\": \"Leaders meet\",\n    \"authors\": [],\n    \"publish_date\": \"2024-09-05T10:00:00+00:00\",\n    \"text\": \"{MEETING}\",\n    \"summary\": \"\",\n    \"meta_site_name\": \"The Herald\",\n    \"canonical_link\": \"https://herald.example/1\"\n}}"
    );
    check(
        "a.json",
        &article,
        &[["The Herald", "2024-09-05", "Leaders meet", MEETING]],
    );
}

#[test]
fn fundus() {
    let article = r#"[{"title": "Leaders meet", "authors": ["A"], "publishing_date": "2024-09-05 10:00:00+02:00", "topics": [], "publisher": "Herald",
        "body": {"summary": ["A summary."], "sections": [{"headline": ["Warsaw"], "paragraphs": ["One.", "Two."]}]}}]"#;
    check(
        "a.json",
        article,
        &[[
            "Herald",
            "2024-09-05",
            "Leaders meet",
            "A summary.\n\nWarsaw\n\nOne.\n\nTwo.",
        ]],
    );
}

#[test]
fn trafilatura() {
    let article = format!(
        r#"{{"title": "Leaders meet", "author": null, "hostname": "herald.example", "date": "2024-09-05", "fingerprint": "x", "id": null, "raw_text": "Leaders meet {MEETING}",
        "text": "{MEETING}", "source": "https://herald.example/1", "source-hostname": "The Herald", "excerpt": "", "tags": "a;b"}}"#
    ).replace('\n', " ");
    let records = read("a.jsonl", article);
    let article = records[0].as_ref().unwrap();
    assert_eq!(
        known(article),
        ["herald.example", "2024-09-05", "Leaders meet", MEETING]
    );
    assert_eq!(article.id, "https://herald.example/1");
}

#[test]
fn newsapi_is_cut() {
    let answer = format!(
        r#"{{"status": "ok", "totalResults": 1, "articles": [{{"source": {{"id": null, "name": "Herald"}}, "author": "A", "title": "Leaders meet", "description": "Not the text",
        "url": "https://herald.example/1", "urlToImage": null, "publishedAt": "2024-09-05T10:00:00Z", "content": "{MEETING}… [+1602 chars]"}}]}}"#
    );
    let records = read("a.json", answer);
    assert_eq!(
        known(records[0].as_ref().unwrap()),
        ["Herald", "2024-09-05", "Leaders meet", MEETING]
    );
    let told = records[1].as_ref().unwrap_err();
    assert_eq!(
        (records.len(), told.kind, told.place),
        (2, RejectedKind::Cut, Place::Record(1))
    );
}

#[test]
fn guardian() {
    let answer = r#"{"response": {"status": "ok", "total": 1, "tags": [{"id": "x"}], "results": [{"id": "world/2024/sep/05/leaders", "type": "article", "webTitle": "Leaders meet", "webUrl": "https://www.herald.example/1",
        "webPublicationDate": "2024-09-05T10:00:00Z", "fields": {"headline": "Leaders meet", "body": "<p>Merz met <a href=\"/x\">Tusk</a> in Warsaw on Friday.</p><p>They signed.</p>", "byline": "A"}}]}}"#;
    check(
        "a.json",
        answer,
        &[[
            "herald.example",
            "2024-09-05",
            "Leaders meet",
            "Merz met Tusk in Warsaw on Friday.\n\nThey signed.",
        ]],
    );
}

#[test]
fn new_york_times_has_no_text() {
    let answer = r#"{"response": {"docs": [{"_id": "1", "web_url": "https://herald.example/1", "abstract": "A", "lead_paragraph": "L", "headline": {"main": "Leaders meet"}, "pub_date": "2024-09-05T10:00:00+0000"}], "meta": {"hits": 1}}}"#;
    let records = read("a.json", answer);
    let told = records[0].as_ref().unwrap_err();
    assert_eq!((records.len(), told.kind), (1, RejectedKind::NoText));
    assert!(told.reason.contains("lead_paragraph"), "{}", told.reason);
}

#[test]
fn event_registry() {
    let answer = format!(
        r#"{{"articles": {{"page": 1, "totalResults": 1, "results": [{{"uri": "81", "lang": "eng", "isDuplicate": false, "date": "2024-09-06", "time": "00:10:00", "dateTime": "2024-09-06T00:10:00Z",
        "dateTimePub": "2024-09-05T23:50:00Z", "url": "https://herald.example/1", "title": "Leaders meet", "body": "{MEETING}", "source": {{"uri": "herald.example", "title": "Herald"}}, "sentiment": 0.1}}]}}}}"#
    );
    check(
        "a.json",
        answer,
        &[["Herald", "2024-09-05", "Leaders meet", MEETING]],
    );
}

#[test]
fn ninjs() {
    let item = r#"{"uri": "urn:1", "type": "text", "versioncreated": "2024-09-05T10:00:00Z", "headline": "Leaders meet", "body_xhtml": "<p>One.</p><p>Two.</p>", "associations": {"main": {"uri": "urn:2", "type": "picture", "headline": "A picture"}}}"#;
    check(
        "a.json",
        item,
        &[["", "2024-09-05", "Leaders meet", "One.\n\nTwo."]],
    );
}

#[test]
fn search_engines_wrap_records() {
    let line = format!(
        r#"{{"_index": "news", "_id": "7", "_source": {{"title": "Leaders meet", "outlet": "Herald", "date": "2024-09-05", "content": "{MEETING}"}}}}"#
    );
    check(
        "a.ndjson",
        format!("{line}\n"),
        &[["Herald", "2024-09-05", "Leaders meet", MEETING]],
    );
}

#[test]
fn comma_tab_and_bar_separated() {
    for (name, mark) in [
        ("a.csv", ","),
        ("a.tsv", "\t"),
        ("b.csv", ";"),
        ("c.csv", "|"),
    ] {
        let rows = [
            [
                "Article ID",
                "Source Name",
                "Published At",
                "Headline",
                "Full Text",
            ],
            ["7", "Herald", "9/25/2024", "Leaders meet", MEETING],
            ["8", "Post", "3/4/2024", "A treaty", "None"],
        ];
        let content: String = rows
            .iter()
            .map(|row| format!("{}\n", row.join(mark)))
            .collect();
        let records = read(name, content);
        assert_eq!(
            known(records[0].as_ref().unwrap()),
            ["Herald", "2024-09-25", "Leaders meet", MEETING],
            "{name}"
        );
        assert!(
            records[1]
                .as_ref()
                .unwrap_err()
                .reason
                .contains("Full Text holds none"),
            "{name}"
        );
    }
}

#[test]
fn lists_of_links_have_no_texts() {
    for (content, told) in [
        (
            "stories_id,publish_date,title,url,language,media_id,media_name\n1,2024-09-05,T,https://a.example/1,en,2,A\n",
            "a list of links without texts",
        ),
        (
            "20240905120000-0\t20240905120000\t1\ta.example\thttps://a.example/0\t\t\tLEADER;\t\t\t\tx\t\n",
            "GDELT",
        ),
    ] {
        let records = read("a.csv", content);
        let reason = &records[0].as_ref().unwrap_err().reason;
        assert!(records.len() == 1 && reason.contains(told), "{reason}");
    }
}

#[test]
fn nexis_text() {
    let export = format!(
        "\u{feff}\n\nTerms: Merz and Tusk\n\n\n                               1 of 2 DOCUMENTS\n\n\n                                 The Herald (London)\n\n                           September 5, 2024 Thursday\n                                 Final Edition\n\nLeaders meet\n\nBYLINE: A. Writer\n\nSECTION: NEWS; Pg. 1\n\nLENGTH: 40 words\n\n{MEETING}\n\n{TREATY}\n\nLOAD-DATE: September 6, 2024\n\nLANGUAGE: ENGLISH\n\n                      Copyright 2024 Herald Europe Ltd\n\n\n                               2 of 2 DOCUMENTS\n\n\n                                   Daily Post\n\n                      September 7, 2024 Saturday 3:15 PM GMT\n\nHEADLINE: A treaty\n\nLENGTH: 7 words\n\nMERZ: It is done.\n\nGRAPHIC: A picture\n"
    );
    check(
        "export.TXT",
        export,
        &[
            [
                "The Herald (London)",
                "2024-09-05",
                "Leaders meet",
                &format!("{MEETING}\n\n{TREATY}"),
            ],
            ["Daily Post", "2024-09-07", "A treaty", "MERZ: It is done."],
        ],
    );
}

/// An export of Nexis Uni as lines.
fn nexis_uni() -> Vec<String> {
    let article = |title: &str, outlet: &str, date: &str, text: &str| {
        format!(
            "{title}\n{outlet}\n{date}\n\nCopyright 2024 {outlet} All Rights Reserved\nSection: NEWS\nLength: 40 words\nByline:\u{a0}A. Writer\nBody\n\n{text}\n\nLoad-Date: September 6, 2024\n\nClassification\nLanguage: ENGLISH\nEnd of Document"
        )
    };
    let cover =
        "User Name: a\nDate and Time: Friday, September 6, 2024\nDocuments (2)\n1. Leaders meet\n";
    let lines = [
        cover.to_owned(),
        article(
            "Leaders meet",
            "The Herald",
            "September 5, 2024 Thursday",
            MEETING,
        ),
        article(
            "A treaty",
            "Daily Post",
            "September 7, 2024 Saturday",
            TREATY,
        ),
    ]
    .join("\n");
    lines.lines().map(str::to_owned).collect()
}

const UNI: [[&str; 4]; 2] = [
    ["The Herald", "2024-09-05", "Leaders meet", MEETING],
    ["Daily Post", "2024-09-07", "A treaty", TREATY],
];

/// An export of Nexis Uni as a Word document.
fn word_document() -> Vec<u8> {
    let paragraphs: String = nexis_uni().iter().map(|line| format!("<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t xml:space=\"preserve\">{line}</w:t></w:r></w:p>")).collect();
    let document = format!(
        "<?xml version=\"1.0\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{paragraphs}</w:body></w:document>"
    );
    let mut file = zip::ZipWriter::new(Cursor::new(Vec::new()));
    file.start_file(
        "word/document.xml",
        zip::write::SimpleFileOptions::default(),
    )
    .unwrap();
    file.write_all(document.as_bytes()).unwrap();
    file.finish().unwrap().into_inner()
}

#[test]
fn nexis_word_documents() {
    check("export.DOCX", word_document(), &UNI);
    let records = read("a.docx", "no document");
    assert!(
        records[0]
            .as_ref()
            .unwrap_err()
            .reason
            .contains("no Word document")
    );
}

#[test]
fn nexis_rich_text_and_text() {
    let lines: Vec<String> = nexis_uni()
        .iter()
        .map(|line| line.replace('\u{a0}', "\\~"))
        .collect();
    let rtf = format!(
        "{{\\rtf1\\ansi\\deff0 {{\\fonttbl{{\\f0 Arial;}}}}\\f0\\fs20 {}\\par}}",
        lines.join("\\par\n")
    );
    check("export.rtf", rtf, &UNI);
    check("export.txt", nexis_uni().join("\n"), &UNI);
}

#[test]
fn factiva_pages_and_rich_text() {
    let page = format!(
        "<html><head><title>Factiva</title></head><body><div class=\"article enArticle\"><div>World News</div><div id=\"hd\"><span class='enHeadline'>Leaders meet</span></div><div class=\"author\">By A. Writer</div><div>341 words</div><div>5 September 2024</div><div>12:24</div><div>The Herald</div><div>HRLD</div><div>English</div><div>Copyright 2024, Herald Europe Ltd.</div><p class=\"articleParagraph enarticleParagraph\">{MEETING}</p><p class=\"articleParagraph enarticleParagraph\">{TREATY}</p><p>Document HRLD000020240905ek9500001</p></div></body></html>"
    );
    let both = format!("{MEETING}\n\n{TREATY}");
    check(
        "export.html",
        page,
        &[["The Herald", "2024-09-05", "Leaders meet", &both]],
    );
    let coded = format!(
        "<html><body><div class=\"article enArticle\"><table><tr><td><b>HD</b></td><td>Leaders meet</td></tr><tr><td><b>WC</b></td><td>341 words</td></tr><tr><td><b>PD</b></td><td>5 September 2024</td></tr><tr><td><b>SN</b></td><td>The Herald</td></tr><tr><td><b>LP</b></td><td><p class=\"articleParagraph\">{MEETING}</p></td></tr><tr><td><b>TD</b></td><td><p class=\"articleParagraph\">{TREATY}</p></td></tr><tr><td><b>AN</b></td><td>Document HRLD000020240905ek9500001</td></tr></table></div></body></html>"
    );
    check(
        "export.htm",
        coded,
        &[["The Herald", "2024-09-05", "Leaders meet", &both]],
    );
    let rtf = format!(
        "{{\\rtf1\\ansi Leaders meet\\par By A. Writer\\par 341 words\\par 5 September 2024\\par The Herald\\par HRLD\\par English\\par (c) 2024, Herald Ltd.\\par {MEETING}\\par {TREATY}\\par Document HRLD000020240905ek9500001\\par}}"
    );
    check(
        "export.rtf",
        rtf,
        &[["The Herald", "2024-09-05", "Leaders meet", &both]],
    );
}

#[test]
fn proquest() {
    let rule = "_".repeat(60);
    let document = |title: &str, date: &str, text: &str| {
        format!(
            "{title}\n\nAuthor: Writer, A\n\nPublication info: The Herald ; London (UK) [London (UK)]. {date}: 1.\n\nAbstract: None available.\n\nFull text: {text}\nHe said: it is done.\n\nSubject: Treaties;\n\nTitle: {title}\n\nPublication title: The Herald; London (UK)\n\nPublication date: {date}\n\nDocument URL: https://www.example.com/{}\n",
            title.len()
        )
    };
    let export = format!(
        "{rule}\nReport Information from ProQuest\n{rule}\n\n{}{rule}\n\n{}{rule}\nContact us\n",
        document("Leaders meet", "Sep 5, 2024", MEETING),
        document("A treaty", "Sep 7, 2024", TREATY)
    );
    check(
        "export.txt",
        export,
        &[
            [
                "The Herald",
                "2024-09-05",
                "Leaders meet",
                &format!("{MEETING}\nHe said: it is done."),
            ],
            [
                "The Herald",
                "2024-09-07",
                "A treaty",
                &format!("{TREATY}\nHe said: it is done."),
            ],
        ],
    );
}

#[test]
fn nitf() {
    let item = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!DOCTYPE nitf SYSTEM \"nitf.dtd\"><nitf><head><title>Leaders</title><docdata><doc-id id-string=\"77\"/><date.issue norm=\"20240905T230000-0400\"/></docdata><pubdata name=\"The Herald\" ex-ref=\"https://herald.example/77\"/></head><body><body.head><hedline><hl1>Leaders meet</hl1></hedline><byline>By A</byline></body.head><body.content><block class=\"lead_paragraph\"><p>{MEETING}</p></block><block class=\"full_text\"><p>{MEETING}</p><p>{TREATY}</p><media><media-caption><p>A picture.</p></media-caption></media></block><block class=\"correction_text\"><p>A correction.</p></block></body.content></body></nitf>"
    );
    check(
        "a.xml",
        item,
        &[[
            "The Herald",
            "2024-09-05",
            "Leaders meet",
            &format!("{MEETING}\n\n{TREATY}"),
        ]],
    );
}

#[test]
fn newsml() {
    let item = |version: u8, text: &str| {
        format!(
            "<newsItem guid=\"urn:1\" version=\"{version}\"><itemMeta><provider literal=\"Herald\"/><versionCreated>2024-09-05T11:00:00Z</versionCreated></itemMeta><contentMeta><contentCreated>2024-09-05T10:00:00Z</contentCreated><headline>Leaders meet</headline></contentMeta><contentSet><inlineXML><html xmlns=\"http://www.w3.org/1999/xhtml\"><body><p>{text}</p></body></html></inlineXML></contentSet></newsItem>"
        )
    };
    let message = format!(
        "<newsMessage xmlns=\"http://iptc.org/std/nar/2006-10-01/\"><itemSet>{}{}</itemSet></newsMessage>",
        item(1, "Merz will meet Tusk."),
        item(2, MEETING)
    );
    let records = read("a.xml", message);
    assert_eq!(
        records[0].as_ref().unwrap_err().kind,
        RejectedKind::Duplicate
    );
    assert_eq!(
        known(records[1].as_ref().unwrap()),
        ["Herald", "2024-09-05", "Leaders meet", MEETING]
    );
}

#[test]
fn feeds() {
    let rss = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>Herald</title><link>https://herald.example</link><description>d</description><item><title>Leaders meet</title><link>https://herald.example/1</link><pubDate>Thu, 05 Sep 2024 10:00:00 GMT</pubDate><description>Short.</description><content:encoded><![CDATA[<p>{MEETING}</p>]]></content:encoded></item></channel></rss>"
    );
    check(
        "a.rss",
        rss,
        &[["Herald", "2024-09-05", "Leaders meet", MEETING]],
    );
    let atom = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Herald</title><id>x</id><updated>2024-09-06T10:00:00Z</updated><entry><title>Leaders meet</title><id>urn:1</id><link href=\"https://herald.example/1\"/><published>2024-09-05T10:00:00Z</published><updated>2024-09-06T10:00:00Z</updated><content type=\"html\">&lt;p&gt;{MEETING}&lt;/p&gt;</content></entry></feed>"
    );
    check(
        "a.xml",
        atom,
        &[["Herald", "2024-09-05", "Leaders meet", MEETING]],
    );
}

/// A page as newspapers lay them out, with all that is no article.
fn page() -> String {
    let story: String = ["Chancellor Merz met Prime Minister Tusk in Warsaw on Friday, and both said that the talks had been long, open and hard.", "They will meet again before the summer, officials said, to sign a treaty on trade that has been in the making for four years.", "“It is done,” Tusk told reporters, who had waited for him in the rain, in front of the palace, since the early morning."].iter().map(|text| format!("<p>{text}</p>")).collect();
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Leaders meet | Herald</title><link rel=\"canonical\" href=\"https://herald.example/1\"><meta property=\"og:site_name\" content=\"The Herald\"><script type=\"application/ld+json\">{{\"@context\": \"https://schema.org\", \"@graph\": [{{\"@type\": \"WebSite\"}}, {{\"@type\": [\"NewsArticle\"], \"headline\": \"Leaders meet\", \"datePublished\": \"2024-09-05T10:00:00+02:00\", \"publisher\": {{\"@type\": \"Organization\", \"name\": \"The Herald\"}}}}]}}</script></head><body><header><nav><a href=\"/\">Home</a><a href=\"/world\">World</a></nav></header><div class=\"cookie-banner\">We use cookies. Accept all cookies</div><main><article><h1>Leaders meet</h1><figure><img src=\"a.jpg\"><figcaption>Image caption, Putin in 2019</figcaption></figure><div class=\"story-body\">{story}<p>Read more: <a href=\"/2\">Why Putin is winning</a></p></div></article><aside><h2>Related articles</h2><ul><li><a href=\"/3\">Trump slams Europe</a></li></ul></aside></main><footer>© 2024 Herald Europe Ltd</footer></body></html>"
    )
}

fn check_page(article: &Article) {
    let [source, date, title, text] = known(article);
    assert_eq!(
        [&*source, &*date, &*title],
        ["The Herald", "2024-09-05", "Leaders meet"]
    );
    assert!(
        text.starts_with("Chancellor Merz met") && text.ends_with("early morning."),
        "{text}"
    );
    for other in ["cookies", "Putin", "Trump", "Europe", "Home"] {
        assert!(!text.contains(other), "{other}: {text}");
    }
    assert_eq!(article.url, "https://herald.example/1");
}

#[test]
fn web_pages() {
    check_page(read("a.html", page())[0].as_ref().unwrap());
    let latin: Vec<u8> = page()
        .replace("utf-8", "iso-8859-1")
        .replace("Tusk told", "Túsk told")
        .chars()
        .map(|char| u8::try_from(u32::from(char)).unwrap_or(b'"'))
        .collect();
    let records = read("a.htm", latin);
    assert!(records[0].as_ref().unwrap().text.contains("Túsk told"));
    let records = read("a.html", "<html><body><nav>Home</nav></body></html>");
    assert_eq!(records[0].as_ref().unwrap_err().kind, RejectedKind::NoText);
}

/// Ten layouts of one story (tests/pages): its six sentences name Trump, and all that is no story names Putin.
#[test]
fn pages_in_ten_layouts_have_their_story_alone() {
    let inputs = ["tests/pages".to_owned()];
    let records: Vec<Record> = Corpus::open(&inputs, CorpusOptions::default())
        .unwrap()
        .collect();
    assert_eq!(records.len(), 10);
    for record in records {
        let article = record.unwrap();
        let count = |name: &str| article.text.matches(name).count();
        assert_eq!(
            (count("Trump"), count("Putin")),
            (6, 0),
            "{}: {}",
            article.id,
            article.text
        );
        assert!(article.title.starts_with("Leaders meet in Berlin"));
    }
}

#[test]
fn web_archives() {
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let record = |kind: &str, length: usize, content: &[u8]| {
        let head = format!(
            "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: https://herald.example/x\r\nWARC-Date: 2025-01-01T00:00:00Z\r\nContent-Length: {length}\r\n\r\n"
        );
        [head.as_bytes(), content, b"\r\n\r\n"].concat()
    };
    let page = page();
    let chunked = {
        let (first, second) = page.as_bytes().split_at(1000);
        let body = [
            format!("{:x}\r\n", first.len()).as_bytes(),
            first,
            b"\r\n",
            format!("{:X}\r\n", second.len()).as_bytes(),
            second,
            b"\r\n0\r\n\r\n",
        ]
        .concat();
        [b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n" as &[u8], &body].concat()
    };
    let packed = [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n" as &[u8],
        &gzip(
            page.replace("herald.example/1", "herald.example/2")
                .as_bytes(),
        ),
    ]
    .concat();
    let picture = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nPNG";
    let gone = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<p>No such page is here, try another.</p>";
    let records = [
        record("warcinfo", 4, b"a: b"),
        record("response", chunked.len(), &chunked),
        record("response", picture.len(), picture),
        // Lengths of some archives are short by two.
        record("response", gone.len() - 2, gone),
        record("response", packed.len(), &packed),
    ];
    let whole = records.concat();
    // A member of gzip for each record.
    let members: Vec<u8> = records.iter().flat_map(|record| gzip(record)).collect();
    for (name, content) in [("a.warc", whole.clone()), ("a.warc.gz", members)] {
        let found = read(name, content);
        assert_eq!(found.len(), 2, "{name}");
        check_page(found[0].as_ref().unwrap());
        assert_eq!(found[1].as_ref().unwrap().url, "https://herald.example/2");
    }
    let cut = read("a.warc", &whole[..whole.len() - 20]);
    assert!(
        cut[1]
            .as_ref()
            .unwrap_err()
            .reason
            .contains("cannot be read from here on")
    );
}

/// Two articles in Parquet.
fn parquet_file() -> Vec<u8> {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, RecordBatch, StringArray, StructArray, TimestampMicrosecondArray};
    use arrow_schema::{DataType, Field};

    let text = |values: Vec<Option<&str>>| -> ArrayRef { Arc::new(StringArray::from(values)) };
    let domain = Arc::new(Field::new("name", DataType::Utf8, true));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("title", text(vec![Some("Leaders meet"), None])),
        ("text", text(vec![Some(MEETING), Some(TREATY)])),
        (
            "source",
            Arc::new(StructArray::from(vec![(
                domain,
                text(vec![Some("Herald"), None]),
            )])),
        ),
        (
            "date",
            Arc::new(TimestampMicrosecondArray::from(vec![
                Some(1_725_530_400_000_000),
                None,
            ])),
        ),
        ("image_url", text(vec![None, None])),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns
            .into_iter()
            .map(|(name, column)| (name, column, true)),
    )
    .unwrap();
    let mut file = Vec::new();
    let mut writer =
        ::parquet::arrow::ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

#[test]
fn parquet() {
    let file = parquet_file();
    check(
        "a.parquet",
        &file,
        &[
            ["Herald", "2024-09-05", "Leaders meet", MEETING],
            ["", "", "", TREATY],
        ],
    );
    let packed = zstd::encode_all(&*file, 3).unwrap();
    assert_eq!(read("a.parquet.zst", packed).len(), 2);
    assert!(
        read("a.parquet", &file[..40])[0]
            .as_ref()
            .unwrap_err()
            .reason
            .contains("no Parquet")
    );
}

/// Rows without an id have one each, over batches.
#[test]
fn parquet_of_many_rows() {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, RecordBatch, StringArray};

    let texts: Vec<String> = (0..200)
        .map(|row| format!("{MEETING} It was the meeting number {row}."))
        .collect();
    let column: ArrayRef = Arc::new(StringArray::from(texts));
    let batch = RecordBatch::try_from_iter([("content", column)]).unwrap();
    let mut file = Vec::new();
    let mut writer =
        ::parquet::arrow::ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let records = read("a.parquet", file);
    assert!(records.iter().all(Result::is_ok));
    let last = records[199].as_ref().unwrap();
    assert!(
        records.len() == 200 && last.id.ends_with("a.parquet:200"),
        "{}",
        last.id
    );
}

#[test]
fn packed_folders() {
    let files = [
        (
            "herald/2024-09-05-meeting.txt",
            format!("Leaders meet\n\n{MEETING}"),
        ),
        (
            "b/rows.csv",
            format!(
                "id,outlet,date,text\n1,Post,2024-09-07,\"{TREATY}\"\n2,Post,soon,\"{TREATY}x\"\n"
            ),
        ),
        ("b/readme.md", "No article.".to_owned()),
        ("__MACOSX/x.txt", "No article.".to_owned()),
    ];
    let mut zipped = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut tarred = tar::Builder::new(flate2::write::GzEncoder::new(
        Vec::new(),
        flate2::Compression::fast(),
    ));
    for (name, content) in &files {
        zipped
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zipped.write_all(content.as_bytes()).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tarred
            .append_data(&mut header, name, content.as_bytes())
            .unwrap();
    }
    for (name, content) in [
        ("a.zip", zipped.finish().unwrap().into_inner()),
        ("a.tar.gz", tarred.into_inner().unwrap().finish().unwrap()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let mut corpus =
            Corpus::open(&[path.display().to_string()], CorpusOptions::default()).unwrap();
        let records: Vec<Record> = corpus.by_ref().collect();
        let mut articles: Vec<[String; 4]> = records
            .iter()
            .filter_map(|it| it.as_ref().ok())
            .map(known)
            .collect();
        articles.sort();
        assert_eq!(
            articles,
            [
                ["Post", "", "", &format!("{TREATY}x")],
                ["Post", "2024-09-07", "", TREATY],
                ["herald", "2024-09-05", "Leaders meet", MEETING]
            ],
            "{name}"
        );
        let told = records.iter().find_map(|it| it.as_ref().err()).unwrap();
        assert!(
            told.input.ends_with(&format!("{name}/b/rows.csv")),
            "{}",
            told.input
        );
        assert_eq!(
            (told.kind, told.place),
            (RejectedKind::Date, Place::Line(3))
        );
        assert_eq!(corpus.skipped().files, 1, "{name}");
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(read_path(&path).iter().any(Result::is_err), "{name} cut");
    }
}

#[test]
fn other_encodings() {
    let content =
        format!("id,source,date,text\n1,Herald,2024-09-05,\"“Café,” said Merz. {MEETING}\"\n");
    let utf16: Vec<u8> = content.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let windows: Vec<u8> = content
        .chars()
        .map(|char| match char {
            '“' => 0x93,
            '”' => 0x94,
            other => u8::try_from(u32::from(other)).unwrap(),
        })
        .collect();
    for bytes in [utf16, windows] {
        let text = format!("“Café,” said Merz. {MEETING}");
        check("a.csv", bytes, &[["Herald", "2024-09-05", "", &text]]);
    }
}

#[test]
fn titles_in_their_field_are_headlines_once() {
    let lines = [
        ("1", "Leaders meet", MEETING.to_owned()),
        ("2", "Leaders meet", format!("LEADERS MEET\n\n{MEETING}")),
        ("3", "", MEETING.to_owned()),
    ];
    let content: String = lines
        .iter()
        .map(|(id, title, text)| {
            format!(
                "{}\n",
                serde_json::json!({"id": id, "title": title, "text": text})
            )
        })
        .collect();
    let headlines: Vec<String> = read("a.jsonl", content)
        .into_iter()
        .map(|it| it.unwrap().headline().to_owned())
        .collect();
    assert_eq!(headlines, ["Leaders meet", "LEADERS MEET", ""]);
}

/// What people's files have beside that: each is one article of one day and outlet.
#[test]
fn what_programs_do_to_them() {
    let one = [
        "Herald",
        "2024-09-05",
        "Leaders meet",
        "Merz met Tusk.\n\nThey signed.",
    ];
    let rss = "<rss version=\"2.0\"><channel><title>Herald</title><item><title>Leaders meet</title><pubDate>Thu, 05 Sep 2024 01:00:00 +0300</pubDate><description>&lt;p&gt;Merz met Tusk.&lt;/p&gt;&lt;p&gt;They signed.&lt;/p&gt;</description></item></channel></rss>";
    check("a.rss", rss, &[one]);
    let escaped = r#"{"source": "{'id': None, 'name': 'Herald'}", "date": {"$date": "2024-09-05T12:24:00Z"}, "title": "Leaders meet", "body": "&lt;p&gt;Merz met Tusk.&lt;/p&gt;&lt;figure&gt;&lt;figcaption&gt;A. Photograph: B&lt;/figcaption&gt;&lt;/figure&gt;&lt;p&gt;They signed.&lt;/p&gt;"}"#;
    check("a.json", escaped, &[one]);
    let keyed = r#"{"https://a.example/1": {"publication_name": "Herald", "datum": "Donnerstag, 5. September 2024", "titel": "Leaders meet", "paragraphs": ["Merz met Tusk.", "They signed."]}}"#;
    check("b.json", keyed, &[one]);
    let table = "source\tdate\ttitle\ttext\r\nHerald\t05-Sep-24\tLeaders meet\t\"Merz met Tusk.\n\nThey signed.\"\r\n";
    let utf16: Vec<u8> = [0xfeff]
        .into_iter()
        .chain(table.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    check("unicode text.txt", utf16, &[one]);
    let excel = "sep=;\r\nQuelle;Datum;Titel;Text\r\nHerald;5.9.2024;Leaders meet;\"Merz met Tusk.\n\nThey signed.\"\r\n";
    check("a.csv", excel, &[one]);
    let quoted = [
        "Herald",
        "2024-09-05",
        "",
        "“I met \"Tusk\",” Merz said.\n\nThey signed.",
    ];
    let mysql = "source,date,text\nHerald,2024-09-05,\"“I met \\\"Tusk\\\",” Merz said.\\n\\nThey signed.\"\n";
    check("b.csv", mysql, &[quoted]);
    let removed = r#"{"articles": [{"source": {"name": "[Removed]"}, "title": "[Removed]", "content": "[Removed]", "publishedAt": "1970-01-01T00:00:00Z"}]}"#;
    assert_eq!(
        read("c.json", removed)[0].as_ref().unwrap_err().kind,
        RejectedKind::NoText
    );
}

/// Files of formats that other crates read, in part or as a whole.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let mut zipped = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zipped
        .start_file("a.txt", zip::write::SimpleFileOptions::default())
        .unwrap();
    zipped.write_all(MEETING.as_bytes()).unwrap();
    let mut tarred = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(MEETING.len() as u64);
    tarred
        .append_data(&mut header, "a.txt", MEETING.as_bytes())
        .unwrap();
    let http = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
        page().len(),
        page()
    );
    let warc = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: {}\r\n\r\n{http}\r\n\r\n",
        http.len()
    );
    let nitf = format!(
        "<!DOCTYPE nitf [<!ENTITY a \"b\">]><nitf><body><body.content><p>&a; {MEETING}</p></body.content></body></nitf>"
    );
    let rss = format!(
        "<rss version=\"2.0\"><channel><title>H</title><item><title>T</title><description>{MEETING}</description><pubDate>Thu, 05 Sep 2024 10:00:00 GMT</pubDate></item></channel></rss>"
    );
    let rtf = format!(
        "{{\\rtf1\\ansicpg1252{{\\fonttbl{{\\f0 A;}}}}\\u8211?\\'e9 {MEETING}\\par\\bin3 abc}}"
    );
    let json = format!(
        "{{\"articles\": [{{\"title\": \"T\", \"date\": \"03/04/2025\", \"body\": {{\"sections\": [{{\"paragraphs\": [\"{MEETING}\"]}}]}}}}, {{\"text\": NaN}}]}}"
    );
    vec![
        ("a.parquet", parquet_file()),
        ("a.docx", word_document()),
        ("a.zip", zipped.finish().unwrap().into_inner()),
        ("a.tar", tarred.into_inner().unwrap()),
        ("a.warc", warc.into_bytes()),
        ("a.html", page().into_bytes()),
        ("a.xml", nitf.into_bytes()),
        ("a.rss", rss.into_bytes()),
        ("a.rtf", rtf.into_bytes()),
        ("a.json", json.into_bytes()),
        ("a.txt", nexis_uni().join("\n").into_bytes()),
        ("a.txt", "Tusk&rsquo;s **plan** [x](https://a.b) _y_ `` z '' , a . b , c .\\n\\n“Sad” — Ann Bow (@ann) 5 May\nPre-\nsident Ã© â?? wordTusk lie?Merz\nRead more: x\nTags\ny".as_bytes().to_vec()),
    ]
}

/// What happens to a file on its way.
#[derive(Debug, Clone)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Drop(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
    Double(prop::sample::Index, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, byte)| Damage::Flip(at, byte)),
        place().prop_map(Damage::Cut),
        (place(), 1..40_usize).prop_map(|(at, length)| Damage::Drop(at, length)),
        (place(), prop::collection::vec(any::<u8>(), 1..8))
            .prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (place(), 1..80_usize).prop_map(|(at, length)| Damage::Double(at, length)),
    ]
}

fn damaged(mut bytes: Vec<u8>, damages: Vec<Damage>) -> Vec<u8> {
    for damage in damages {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match damage {
            Damage::Flip(at, byte) => bytes[at.index(length)] ^= byte | 1,
            Damage::Cut(at) => bytes.truncate(at.index(length)),
            Damage::Drop(at, many) => {
                let at = at.index(length);
                bytes.drain(at..length.min(at + many));
            }
            Damage::Insert(at, more) => {
                let at = at.index(length);
                bytes.splice(at..at, more);
            }
            Damage::Double(at, many) => {
                let at = at.index(length);
                let again = bytes[at..length.min(at + many)].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn damaged_files_never_panic(
        file in any::<prop::sample::Index>(),
        damages in prop::collection::vec(damage(), 1..5),
    ) {
        let files = files();
        let (name, bytes) = files[file.index(files.len())].clone();
        for record in read(name, damaged(bytes, damages)) {
            match record {
                Ok(article) => prop_assert!(!article.text.trim().is_empty()),
                Err(rejected) => prop_assert!(!rejected.reason.is_empty()),
            }
        }
    }
}
