//! Lists of versions in one piece of memory: a record of PyPI lists every release that is affected, dozens of short texts, and a
//! scan reads thousands of such records.

use std::fmt;

/// Version texts, in the order of the feed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct VersionList {
    /// All of them, one after another.
    text: String,
    /// Where each ends.
    ends: Vec<usize>,
}

impl VersionList {
    /// An empty list with room for so many versions of so many bytes together.
    pub(crate) fn with_capacity(versions: usize, bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            ends: Vec::with_capacity(versions),
        }
    }

    /// Adds a version at the end.
    pub fn push(&mut self, version: &str) {
        self.text.push_str(version);
        self.ends.push(self.text.len());
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// One after another.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let version = &self.text[start..end];
            start = end;
            version
        })
    }
}

impl<Text: AsRef<str>> FromIterator<Text> for VersionList {
    fn from_iter<List: IntoIterator<Item = Text>>(list: List) -> Self {
        let mut versions = Self::default();
        for version in list {
            versions.push(version.as_ref());
        }
        versions
    }
}

impl fmt::Debug for VersionList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_back_as_they_were() {
        for texts in [vec![], vec![""], vec!["1.0", "", "1.0", "2é"]] {
            let list: VersionList = texts.iter().collect();
            assert_eq!(list.iter().collect::<Vec<_>>(), texts);
            assert_eq!(
                (list.len(), list.is_empty()),
                (texts.len(), texts.is_empty())
            );
            assert_eq!(format!("{list:?}"), format!("{texts:?}"));
        }
    }
}
