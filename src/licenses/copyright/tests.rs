//! Debian's `copyright` files in the forms that packages have.

use super::*;

fn said(text: &str) -> Vec<(String, u32, Evidence)> {
    let found = debian_copyright(text, &Recogniser::default());
    let found = found.into_iter();
    found
        .map(|one| (one.wording, one.line, one.evidence))
        .collect()
}

fn wordings(text: &str) -> Vec<String> {
    said(text)
        .into_iter()
        .map(|(wording, ..)| wording)
        .collect()
}

const FORMAT: &str = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: x\n\n";

#[test]
fn fields_of_files_count_with_their_lines() {
    let text = format!(
        "{FORMAT}Files: *\nCopyright: 2020 A\nLicense: GPL-2+ or Artistic\n\nFiles: debian/*\nLicense: Expat\n The text.\n\n\
         Files: y\nLicense: Expat\n\nLicense: GPL-2+\n On Debian systems see /usr/share/common-licenses/GPL-2.\n"
    );
    assert_eq!(
        said(&text),
        [
            ("GPL-2+ or Artistic".to_owned(), 6, Evidence::Field),
            ("Expat".to_owned(), 9, Evidence::Field)
        ]
    );
}

#[test]
fn a_field_that_nobody_knows_is_read_by_its_text() {
    let mit = include_str!("../../../LICENSE-MIT");
    let indented: String = mit
        .lines()
        .map(|line| match line {
            "" => " .\n".to_owned(),
            line => format!(" {line}\n"),
        })
        .collect();
    let text = format!("{FORMAT}Files: *\nLicense: shop-1\n\nLicense: shop-1\n{indented}");
    assert_eq!(said(&text), [("MIT".to_owned(), 5, Evidence::Text)]);
    // A near miss: the same name, and a text that is no licence.
    let text =
        format!("{FORMAT}Files: *\nLicense: shop-1\n\nLicense: shop-1\n You may look at it.\n");
    assert_eq!(said(&text), [("shop-1".to_owned(), 5, Evidence::Field)]);
}

#[test]
fn a_word_for_several_licences_is_read_by_its_text() {
    let apache = " Licensed under the Apache License, Version 2.0 (the \"License\"); you may not use this file\n except in compliance with the License. You may obtain a copy of the License at\n .\n http://www.apache.org/licenses/LICENSE-2.0\n .\n Unless required by applicable law or agreed to in writing, software distributed under\n the License is distributed on an \"AS IS\" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY\n KIND, either express or implied. See the License for the specific language governing\n permissions and limitations under the License.\n";
    let text = format!("{FORMAT}Files: *\nLicense: Apache\n{apache}");
    assert_eq!(wordings(&text), ["Apache-2.0"]);
    let text = format!("{FORMAT}Files: *\nLicense: Apache\n Not the GPL.\n");
    assert_eq!(wordings(&text), ["Apache"]);
}

#[test]
fn references_to_common_licenses_say_which_version() {
    for (text, expected) in [
        ("See /usr/share/common-licenses/GPL-2.", "GPL-2.0-only"),
        (
            "under version 2, or (at your option) any later version:\nsee `/usr/share/common-licenses/GPL-2'",
            "GPL-2.0-or-later",
        ),
        (
            "the terms of version 2 of the License, or (at your option)\nany later version. The text is in /usr/share/common-licenses/GPL.",
            "GPL-2.0-or-later",
        ),
        (
            "version 2 or any later version, see /usr/share/common-licenses/GPL-3",
            "GPL-2.0-or-later",
        ),
        ("in /usr/share/common-licenses/LGPL-2.1.", "LGPL-2.1-only"),
        ("in /usr/share/common-licenses/Apache-2.0.", "Apache-2.0"),
        ("in /usr/share/common-licenses/BSD", "LicenseRef-BSD"),
    ] {
        assert_eq!(wordings(text), [expected], "{text}");
    }
    let two = "version 3 or later: /usr/share/common-licenses/GPL-3. The library: /usr/share/common-licenses/LGPL-2";
    assert_eq!(wordings(two), ["GPL-3.0-or-later", "LGPL-2.0-only"]);
}

#[test]
fn a_name_in_plain_words_is_the_last_resort() {
    for (text, expected) in [
        (
            "This is in the public domain.",
            &["LicenseRef-public-domain"][..],
        ),
        (
            "It is under the GNU General Public License, version 2 or later.",
            &["GPL-2.0-or-later"],
        ),
        ("SPDX-License-Identifier: MIT OR Zlib\n", &["MIT OR Zlib"]),
        ("Under the MIT license.", &["MIT"]),
        ("All rights reserved by the shop, licensed to nobody.", &[]),
        ("The General Store's public licence of 1902.", &[]),
        ("", &[]),
    ] {
        assert_eq!(wordings(text), expected, "{text}");
    }
}

#[test]
fn a_license_field_in_a_text_that_is_no_such_file_is_none() {
    assert_eq!(wordings("Package: x\nLicense: Expat\n"), [""; 0]);
}

#[test]
fn what_is_damaged_or_huge_is_read_as_far_as_it_goes() {
    let many = format!("{FORMAT}{}", "Files: a\nLicense: x1\n\n".repeat(50_000));
    assert_eq!(wordings(&many), ["x1"]);
    for text in [
        "Format:",
        "Format:\n \n:::\nLicense",
        "Format: x\n\nFiles:\nLicense:\n .\n",
        "\u{fffd}: \n",
    ] {
        assert_eq!(wordings(text), [""; 0], "{text}");
    }
    let long = "/usr/share/common-licenses/GPL-2 é".repeat(100_000);
    assert_eq!(wordings(&long), ["GPL-2.0-only"]);
}
