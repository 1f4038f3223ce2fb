//! Whatever bytes a corpus holds, readers neither panic nor lose the good records beside them.

use std::fs;

use newstance::corpus::{Corpus, CorpusOptions, FieldMap, Place, Record, RejectedKind};
use newstance_testing::shared;
use proptest::prelude::*;

/// Reads one file of this name and content.
fn read(name: &str, content: &[u8]) -> Vec<Record> {
    read_mapped(name, content, "")
}

fn read_mapped(name: &str, content: &[u8], map: &str) -> Vec<Record> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let inputs = [path.display().to_string()];
    let options = CorpusOptions {
        fields: FieldMap::parse(map).unwrap(),
        ..CorpusOptions::default()
    };
    Corpus::open(&inputs, options).unwrap().collect()
}

fn good_ids(records: &[Record]) -> Vec<&str> {
    let good = records.iter().filter_map(|record| record.as_ref().ok());
    good.map(|article| article.id.as_str()).collect()
}

/// A line of anything but line breaks that does not happen to be blank.
fn garbage() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 1..40).prop_map(|mut bytes| {
        bytes.retain(|byte| !matches!(byte, b'\n' | b'\r'));
        bytes.insert(0, b'!');
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn jsonl_lines_are_good_or_rejected_one_by_one(
        lines in prop::collection::vec(prop::option::of(garbage()), 0..12),
    ) {
        let mut content = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            match line {
                Some(garbage) => content.extend(garbage),
                None => content.extend(format!("{{\"id\":{index},\"text\":\"Text.\"}}").bytes()),
            }
            content.push(b'\n');
        }
        let records = read("a.jsonl", &content);
        prop_assert_eq!(records.len(), lines.len());
        for (index, (line, record)) in lines.iter().zip(&records).enumerate() {
            match (line, record) {
                (None, Ok(article)) => prop_assert_eq!(&article.id, &index.to_string()),
                (Some(_), Err(rejected)) => prop_assert_eq!(rejected.place, Place::Line(index as u64 + 1)),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    #[test]
    fn csv_rows_keep_their_good_neighbours(
        rows in prop::collection::vec(prop::option::of("[a-z,;]{1,20}"), 0..12),
    ) {
        let mut content = String::from("id,text\n");
        for (index, row) in rows.iter().enumerate() {
            match row {
                // Three fields where the header has two.
                Some(row) => content.push_str(&format!("{},,,\n", row.replace(',', ";"))),
                None => content.push_str(&format!("{index},\"Text, \"\"quoted\"\"\nover lines.\"\n")),
            }
        }
        let records = read("a.csv", content.as_bytes());
        let expected: Vec<String> = (0..rows.len())
            .filter(|&index| rows[index].is_none())
            .map(|index| index.to_string())
            .collect();
        prop_assert_eq!(good_ids(&records), expected);
        prop_assert_eq!(records.len(), rows.len());
    }

    #[test]
    fn random_bytes_never_panic(
        content in prop::collection::vec(any::<u8>(), 0..200),
        name in prop::sample::select(vec![
            "a.txt", "a.jsonl", "a.csv", "a.jsonl.gz", "a.csv.zst", "a.txt.gz", "a.json", "a.json.xz", "a.csv.bz2", "a.parquet", "a.docx", "a.rtf",
            "a.xml", "a.html", "a.warc", "a.zip", "a.tar", "a.tgz",
        ]),
    ) {
        for record in read(name, &content) {
            match record {
                Ok(article) => prop_assert!(!article.text.trim().is_empty()),
                Err(rejected) => prop_assert!(!rejected.reason.is_empty()),
            }
        }
    }
}

#[test]
fn a_file_cut_short_keeps_what_came_before() {
    // More than a block of zstd (128 KiB) holds.
    let lines: String = (0..20_000)
        .map(|id| format!("{{\"id\":{id},\"text\":\"Text number {id} with words.\"}}\n"))
        .collect();
    let whole = zstd::encode_all(lines.as_bytes(), 3).unwrap();
    let records = read("a.jsonl.zst", &whole[..whole.len() - 10]);
    let last = records.last().unwrap().as_ref().unwrap_err();
    assert!(
        last.reason.contains("cannot be read from here on"),
        "{}",
        last.reason
    );

    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, lines.as_bytes()).unwrap();
    let whole = encoder.finish().unwrap();
    let records = read("a.jsonl.gz", &whole[..whole.len() / 2]);
    let good = good_ids(&records).len();
    assert!(good > 500);
    let last = records.last().unwrap().as_ref().unwrap_err();
    assert_eq!(last.kind, RejectedKind::Lost);
    let says = format!("all its bytes were read, and gave {good} articles");
    assert!(last.reason.contains(&says), "{}", last.reason);
}

#[test]
fn what_is_lost_of_a_broken_file_is_estimated() {
    let mut random = 1_u32;
    let words: String = (0..300_000)
        .map(|id| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            format!("{{\"id\":{id},\"text\":\"Word {random:x}.\"}}\n")
        })
        .collect();
    let mut whole = zstd::encode_all(words.as_bytes(), 3).unwrap();
    let (middle, size) = (whole.len() / 2, whole.len());
    whole[middle..middle + 40].fill(0xff);
    let records = read("a.jsonl.zst", &whole);
    let last = records.last().unwrap().as_ref().unwrap_err();
    assert_eq!(last.kind, RejectedKind::Lost);
    let (_, told) = last.reason.rsplit_once("; ").unwrap();
    let numbers: Vec<u64> = told
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect();
    let good = good_ids(&records).len() as u64;
    assert_eq!((numbers[1], numbers[3]), (size as u64, good), "{told}");
    // The last block is not read though its start is.
    let lost = 300_000 - good;
    assert!(numbers[2].abs_diff(lost) < lost / 4, "{told}, not {lost}");
}

#[test]
fn tables_are_read_as_far_as_can_be_told() {
    let Some(cases) = shared("../cases/torture") else {
        return;
    };
    let read = |name: &str| read(name, &fs::read(cases.join(name)).unwrap());
    assert_eq!(good_ids(&read("end.csv")).len(), 3);
    let records = read("swallow.csv");
    assert_eq!(good_ids(&records), ["1", "4"]);
    let told = records[1].as_ref().unwrap_err();
    assert!(told.reason.contains("line 3,"), "{}", told.reason);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_field() {
    let records = read("a.csv", "\u{feff}id,text\n7,Text.\n".as_bytes());
    assert_eq!(good_ids(&records), ["7"]);
    let records = read(
        "a.jsonl",
        "\u{feff}{\"id\":7,\"text\":\"Text.\"}\n".as_bytes(),
    );
    assert_eq!(good_ids(&records), ["7"]);
}

#[test]
fn a_quotation_mark_never_closed_is_reported_and_costs_no_row_before_it() {
    let content = "id,text\n1,\"One, \"\"two\"\".\"\n2,\"Never closed\n3,Three.\n";
    let records = read("a.csv", content.as_bytes());
    assert_eq!(good_ids(&records), ["1", "3"]);
    let broken = records[1].as_ref().unwrap_err();
    assert_eq!(broken.place, Place::Line(3));
    let says = "never closed (reading goes on at line 4,";
    assert!(broken.reason.contains(says), "{}", broken.reason);

    let records = read("a.csv", b"id,\"text\n1,One.\n");
    let only = records[0].as_ref().unwrap_err();
    assert!(only.reason.contains("the header opens"), "{}", only.reason);
    let records = read("a.csv", b"\n");
    let only = records[0].as_ref().unwrap_err();
    assert!(only.reason.contains("blank"), "{}", only.reason);
    assert_eq!(good_ids(&read("a.csv", b"text\r\nOne.\r\n")).len(), 1);
    assert_eq!(good_ids(&read("a.csv", b"text\n\"One.\"")).len(), 1);
}

#[test]
fn a_row_that_never_ends_does_not_fill_the_memory() {
    let mut content = b"id,text\n1,One.\n2,\"".to_vec();
    content.resize(65 << 20, b'x');
    let records = read("a.csv", &content);
    assert_eq!(good_ids(&records), ["1"]);
    let last = records.last().unwrap().as_ref().unwrap_err();
    assert_eq!((records.len(), last.place), (2, Place::Line(3)));
    assert!(
        last.reason.starts_with("the row has 64 MiB"),
        "{}",
        last.reason
    );
}

#[test]
fn rows_are_numbered_by_the_line_they_start_in_whatever_ends_a_line() {
    let content = "id,date,text\n1,soon,One.\n2,,\"Two\nlines.\"\n3,soon,Three.\n,,Four.\n";
    for content in [content.to_owned(), content.replace('\n', "\r\n")] {
        let records = read("a.csv", content.as_bytes());
        let places: Vec<Place> = records
            .iter()
            .filter_map(|record| Some(record.as_ref().err()?.place))
            .collect();
        // Dates that cannot be read are told, and cost nothing else.
        assert_eq!(places, [Place::Line(2), Place::Line(5)], "{content:?}");
        let last = good_ids(&records)[3];
        assert!(last.ends_with("a.csv:6"), "{last}");
    }
}

#[test]
fn a_map_that_names_nothing_is_reported() {
    let map = "text=body,source=papr";
    let records = read_mapped("a.csv", b"body,paper\nOne.,Ledger\n", map);
    let only = records[0].as_ref().unwrap_err();
    assert!(
        only.reason.contains(
            "source is mapped to \"papr\", which is no column: the header has body, paper"
        ),
        "{}",
        only.reason
    );

    let objects = b"{\"id\":1,\"body\":\"One.\"}\n{\"id\":2,\"body\":\"Two.\"}\n";
    let records = read_mapped("a.jsonl", objects, map);
    assert_eq!(good_ids(&records), ["1", "2"]);
    let last = records[2].as_ref().unwrap_err();
    assert_eq!((records.len(), last.place), (3, Place::File));
    assert!(
        last.reason.contains("source is mapped to \"papr\""),
        "{}",
        last.reason
    );

    let records = read_mapped("a.jsonl", objects, "text=bdy");
    assert_eq!((good_ids(&records).len(), records.len()), (0, 2));

    // A field that only some objects have is no mistake.
    let objects = b"{\"id\":1,\"body\":\"One.\",\"papr\":\"x\"}\n{\"id\":2,\"body\":\"Two.\"}\n";
    assert_eq!(read_mapped("a.jsonl", objects, map).len(), 2);
}
