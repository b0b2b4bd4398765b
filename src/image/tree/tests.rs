//! The rules of the tree, on tables made by hand.

use super::*;

/// A layer: `path`, `path/` for folders, `path -> target`, `path => hard link target`.
fn layer(lines: &[&'static str]) -> EntryTable {
    let mut table = EntryTable::default();
    for line in lines {
        let (path, link, kind) = if let Some((path, link)) = line.split_once(" -> ") {
            (path, link, EntryKind::SymbolicLink)
        } else if let Some((path, link)) = line.split_once(" => ") {
            (path, link, EntryKind::HardLink)
        } else if let Some(path) = line.strip_suffix('/') {
            (path, "", EntryKind::Folder)
        } else {
            (*line, "", EntryKind::File)
        };
        let (path, link) = (path.as_bytes(), link.as_bytes());
        assert!(table.push(&Entry {
            path,
            link,
            kind,
            // A digit each, so that a sum tells which.
            size: if kind == EntryKind::File {
                10_u64.pow(u32::try_from(table.len()).unwrap())
            } else {
                0
            },
            mode: 0,
            uid: 0,
            gid: 0,
            offset: 0
        }));
    }
    table
}

fn tree(layers: &[EntryTable]) -> Tree<'_> {
    let mut tree = Tree::new();
    for layer in layers {
        tree.apply(layer);
    }
    tree
}

/// Layer and index of the file at a path.
fn at(tree: &Tree<'_>, path: &str) -> Option<(u32, u32)> {
    tree.file(path.as_bytes())
        .map(|found| (found.layer, found.entry))
}

#[test]
fn the_topmost_entry_wins_and_the_last_of_a_layer() {
    let layers = [layer(&["a", "b", "a"]), layer(&["b"])];
    let tree = tree(&layers);
    assert_eq!(at(&tree, "a"), Some((0, 2)));
    assert_eq!(at(&tree, "b"), Some((1, 0)));
    assert_eq!(at(&tree, "c"), None);
}

#[test]
fn whiteouts_hide_lower_layers_only() {
    let layers = [
        layer(&["d/a", "d/b", "d/e/f", "x"]),
        layer(&["d/a", "d/.wh.a", "d/.wh.e", ".wh.x"]),
    ];
    let tree = tree(&layers);
    assert_eq!(
        at(&tree, "d/a"),
        Some((1, 0)),
        "the layer's own entry stays, though the whiteout comes after it"
    );
    assert_eq!(at(&tree, "d/b"), Some((0, 1)));
    assert_eq!(at(&tree, "d/e/f"), None);
    assert_eq!(at(&tree, "x"), None);
}

#[test]
fn opaque_folders_hide_what_lies_below() {
    let layers = [
        layer(&["d/a", "d/e/f", "g"]),
        layer(&["d/n", "d/.wh..wh..opq", "d/.wh..wh.plnk"]),
    ];
    let tree = tree(&layers);
    assert_eq!(at(&tree, "d/a"), None);
    assert_eq!(at(&tree, "d/e/f"), None);
    assert_eq!(at(&tree, "d/n"), Some((1, 0)));
    assert_eq!(at(&tree, "g"), Some((0, 2)));
}

#[test]
fn files_replace_folders_and_the_reverse() {
    let layers = [layer(&["d/a", "f"]), layer(&["d", "f/", "f/a"])];
    let tree = tree(&layers);
    assert_eq!(at(&tree, "d"), Some((1, 0)));
    assert_eq!(at(&tree, "d/a"), None);
    assert_eq!(at(&tree, "f"), None);
    assert_eq!(at(&tree, "f/a"), Some((1, 2)));
}

#[test]
fn a_folder_that_is_listed_again_keeps_its_content() {
    let layers = [layer(&["d/", "d/a"]), layer(&["d/"])];
    assert_eq!(at(&tree(&layers), "d/a"), Some((0, 1)));
}

#[test]
fn symbolic_links_are_followed_everywhere() {
    let layers = [
        layer(&[
            "lib -> usr/lib",
            "usr/lib/x",
            "var/lib/rpm -> ../../usr/share/rpm",
            "abs -> /usr/lib/x",
        ]),
        layer(&[
            "usr/share/rpm/db",
            "lib/y",
            "loop -> loop2",
            "loop2 -> loop",
            "up -> ../../../usr/lib/x",
        ]),
    ];
    let tree = tree(&layers);
    assert_eq!(at(&tree, "lib/x"), Some((0, 1)));
    assert_eq!(at(&tree, "var/lib/rpm/db"), Some((1, 0)));
    assert_eq!(at(&tree, "abs"), Some((0, 1)));
    assert_eq!(at(&tree, "up"), Some((0, 1)));
    assert_eq!(
        at(&tree, "usr/lib/y"),
        Some((1, 1)),
        "an entry under a lower layer's link goes where it leads"
    );
    assert_eq!(at(&tree, "loop"), None);
    assert_eq!(at(&tree, "loop/x"), None);
}

#[test]
fn a_listed_folder_replaces_a_link() {
    let layers = [
        layer(&["lib -> usr/lib", "usr/lib/x"]),
        layer(&["lib/", "lib/y"]),
    ];
    let tree = tree(&layers);
    assert_eq!(at(&tree, "lib/x"), None);
    assert_eq!(at(&tree, "lib/y"), Some((1, 1)));
}

#[test]
fn hard_links_share_content_before_and_after() {
    let layers = [layer(&["a => b", "b", "c => b", "d => nowhere", "e => a"])];
    let mut tree = Tree::new();
    let broken = tree.apply(&layers[0]);
    assert_eq!(
        broken.iter().map(|entry| entry.path).collect::<Vec<_>>(),
        [b"d"]
    );
    assert_eq!(at(&tree, "a"), Some((0, 1)));
    assert_eq!(at(&tree, "c"), Some((0, 1)));
    assert_eq!(at(&tree, "d"), None);
}

#[test]
fn a_hard_link_keeps_its_content_when_the_target_goes() {
    let layers = [layer(&["b", "a => b"]), layer(&[".wh.b"])];
    let tree = tree(&layers);
    assert_eq!(at(&tree, "a"), Some((0, 0)));
    assert_eq!(at(&tree, "b"), None);
}

#[test]
fn what_was_removed_can_come_back() {
    let layers = [layer(&["d/a"]), layer(&[".wh.d"]), layer(&["d/b"])];
    let tree = tree(&layers);
    assert_eq!(at(&tree, "d/a"), None);
    assert_eq!(at(&tree, "d/b"), Some((2, 0)));
    let folder = tree.resolve(b"d").unwrap();
    assert_eq!(
        tree.children(folder)
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>(),
        [b"b"]
    );
    assert_eq!(tree.path(folder), b"d");
}

#[test]
fn what_was_replaced_or_removed_is_wasted() {
    let layers = [
        layer(&["a", "b", "d/c", "d/e", "link => d/c"]),
        // Once more in its own layer, one replaced, a folder taken away.
        layer(&["a", "a", ".wh.d", "new", "big", "s -> a"]),
        layer(&[".wh.new", "big/", "b.txt"]),
    ];
    let tree = tree(&layers);
    // The link keeps the content of `d/c`.
    assert_eq!(tree.wasted(), [1 + 1000, 1 + 1000 + 10_000, 0]);
    assert_eq!(Tree::new().wasted(), [0; 0]);
}

#[test]
fn what_is_gone_names_the_layer_that_took_it() {
    let layers = [
        layer(&["a", "d/e/b", "usr/lib/c", "lib -> usr/lib", "back", "put"]),
        layer(&[".wh.a", ".wh.d", "lib/.wh.c", ".wh.back"]),
        layer(&["back", "put", "d/e/f"]),
    ];
    let tree = tree(&layers);
    let lost = |path: &str| tree.lost(path.as_bytes());
    assert_eq!(lost("a"), Some(1));
    assert_eq!(lost("d/e/b"), Some(1));
    assert_eq!(lost("lib/c"), Some(1));
    assert_eq!(lost("usr/lib/c"), Some(1));
    for there in ["back", "put", "d/e/f", "never", "a/b", ""] {
        assert_eq!(lost(there), None, "{there}");
    }
}
