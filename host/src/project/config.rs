//! The configuration: the tables `[package.metadata.liveswap]` of a hot library's `Cargo.toml`, and
//! `[workspace.metadata.liveswap]` of its workspace's.
//!
//! Every key is checked: one that nobody knows is an error, never a setting without effect.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use liveswap::Policy;
use serde::Deserialize;
use serde_json::Value;

use super::Project;

/// A selection of features, as on cargo's command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Features {
    /// The features by name, `package/feature` among them.
    pub list: Vec<String>,
    /// All features of the selected packages.
    pub all: bool,
    /// Without the `default` feature.
    pub no_default: bool,
}

impl Features {
    /// What either selects.
    #[must_use]
    pub fn and(&self, other: &Features) -> Features {
        Features {
            list: self.list.iter().chain(&other.list).cloned().collect(),
            all: self.all || other.all,
            no_default: self.no_default || other.no_default,
        }
    }
}

/// What a library asks for; the command line comes first where both say something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// cargo's profile.
    pub profile: Option<String>,
    /// The library's features.
    pub features: Features,
    /// Compare files at this interval instead of waiting for events.
    pub poll: Option<Duration>,
    /// Whether edited function bodies are patched.
    pub patch: Option<bool>,
    /// Whether calls survive a crash.
    pub guard: Option<bool>,
    /// Whether `liveswap run` reads keys from the terminal: not for an application that reads it itself.
    pub keys: Option<bool>,
    /// Patterns of files that builds read and that cargo does not know, relative to the library's directory.
    pub watch: Vec<String>,
    /// What becomes of calls that panic.
    pub on_panic: Option<Policy>,
}

impl Config {
    /// The keys whose values are others than in `before`, and that a running host has read already.
    pub fn changed_since(&self, before: &Config) -> Vec<&'static str> {
        let compared = [
            ("`profile`", self.profile != before.profile),
            ("`poll-ms`", self.poll != before.poll),
            ("`patch`", self.patch != before.patch),
            ("`guard`", self.guard != before.guard),
            ("`on-panic`", self.on_panic != before.on_panic),
            ("`keys`", self.keys != before.keys),
        ];
        compared.into_iter().filter_map(|(key, is_other)| is_other.then_some(key)).collect()
    }
}

/// The key of a workspace: which library is run where none is named.
const DEFAULT: &str = "default";

/// The keys of a library, as they are written.
const KEYS: [&str; 10] = [
    "profile",
    "features",
    "all-features",
    "no-default-features",
    "poll-ms",
    "patch",
    "guard",
    "on-panic",
    "keys",
    "watch",
];

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct Table {
    profile: Option<String>,
    features: Vec<String>,
    all_features: bool,
    no_default_features: bool,
    poll_ms: Option<std::num::NonZero<u64>>,
    patch: Option<bool>,
    guard: Option<bool>,
    keys: Option<bool>,
    watch: Vec<String>,
    on_panic: Option<String>,
}

/// Reads the table out of a package's `metadata`.
///
/// # Errors
///
/// An unknown key, with the one that may be meant; a value of another type.
pub(super) fn read(metadata: &Value) -> Result<Config, String> {
    let Some(table) = metadata.get("liveswap") else { return Ok(Config::default()) };
    check_keys(table, &KEYS)?;
    let table: Table = serde_json::from_value(table.clone()).map_err(|error| error.to_string())?;
    matcher(Path::new(""), &table.watch)?;
    let on_panic = table.on_panic.as_deref().map(Policy::from_str).transpose();
    Ok(Config {
        profile: table.profile,
        features: Features { list: table.features, all: table.all_features, no_default: table.no_default_features },
        poll: table.poll_ms.map(|milliseconds| Duration::from_millis(milliseconds.get())),
        patch: table.patch,
        guard: table.guard,
        keys: table.keys,
        watch: table.watch,
        on_panic: on_panic.map_err(|error| format!("`on-panic`: {error}"))?,
    })
}

/// The files that the configuration of a library names as read by its builds.
#[derive(Debug, Clone)]
pub struct Named(Option<Gitignore>);

impl Named {
    /// Those of this library.
    pub fn of(project: &Project) -> Self {
        let patterns = &project.config.watch;
        Self(matcher(&project.directory, patterns).ok().filter(|_| !patterns.is_empty()))
    }

    /// Whether it names none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether a file is one of them.
    pub fn is_match(&self, file: &Path) -> bool {
        self.0.as_ref().is_some_and(|all| file.starts_with(all.path()) && all.matched(file, false).is_ignore())
    }
}

/// What finds files by patterns, which have the form of those in a `.gitignore` and begin at the directory.
fn matcher(directory: &Path, patterns: &[String]) -> Result<Gitignore, String> {
    let mut all = GitignoreBuilder::new(directory);
    for pattern in patterns {
        let anchored = format!("/{}", pattern.trim_start_matches('/'));
        all.add_line(None, &anchored).map_err(|error| format!("`watch`: {error}"))?;
    }
    all.build().map_err(|error| format!("`watch`: {error}"))
}

/// The library that a workspace's `metadata` names.
///
/// # Errors
///
/// An unknown key; a value that is no text.
pub(super) fn default_library(metadata: &Value) -> Result<Option<String>, String> {
    let Some(table) = metadata.get("liveswap") else { return Ok(None) };
    check_keys(table, &[DEFAULT])?;
    match table.get(DEFAULT) {
        Some(name) => name.as_str().map(|name| Some(name.to_owned())).ok_or(format!("`{DEFAULT}` is no text")),
        None => Ok(None),
    }
}

fn check_keys(table: &Value, known: &[&'static str]) -> Result<(), String> {
    let mut keys = table.as_object().ok_or("it is no table")?.keys();
    match keys.find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("unknown key `{key}`{}; known: {}", did_you_mean(key, known), known.join(", "))),
        None => Ok(()),
    }
}

fn did_you_mean(key: &str, known: &[&'static str]) -> String {
    const ALIKE: f64 = 0.75;
    let score = |known: &&str| strsim::jaro_winkler(&key.replace('_', "-"), known);
    let best = known.iter().copied().max_by(|a, b| score(a).total_cmp(&score(b)));
    match best.filter(|best| score(best) > ALIKE) {
        Some(best) => format!("; did you mean `{best}`?"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn known_keys_are_read() {
        let config = read(
            &json!({"liveswap": {"profile": "fast", "features": ["a"], "poll-ms": 200, "patch": false, "guard": true, "keys": false}}),
        )
        .unwrap();
        assert_eq!(config.profile.as_deref(), Some("fast"));
        assert_eq!(config.features.list, ["a"]);
        assert_eq!(config.poll, Some(Duration::from_millis(200)));
        assert_eq!((config.patch, config.guard), (Some(false), Some(true)));
        assert_eq!((config.patch, config.keys), (Some(false), Some(false)));
        assert_eq!(read(&json!({"docs.rs": {}})), Ok(Config::default()));
    }

    #[test]
    fn wrong_keys_and_values_are_errors() {
        let error = read(&json!({"liveswap": {"fetures": ["a"]}})).unwrap_err();
        assert!(error.starts_with("unknown key `fetures`; did you mean `features`?"), "{error}");
        let error = read(&json!({"liveswap": {"no_default_features": true}})).unwrap_err();
        assert!(error.contains("did you mean `no-default-features`?"), "{error}");
        assert!(read(&json!({"liveswap": {"features": "a"}})).unwrap_err().contains("expected a sequence"));
        assert!(read(&json!({"liveswap": {"poll-ms": 0}})).is_err());
        assert!(read(&json!({"liveswap": true})).is_err());
    }

    #[test]
    fn patterns_name_files_from_the_directory_on() {
        let named = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
            Named(matcher(Path::new("/w/logic"), &patterns).ok())
        };
        let sql = named(&["assets/*.sql", "/schema.json", "deep/**/*.txt"]);
        for file in ["/w/logic/assets/a.sql", "/w/logic/schema.json", "/w/logic/deep/er/a.txt"] {
            assert!(sql.is_match(Path::new(file)), "{file}");
        }
        for file in
            ["/w/logic/assets/a.txt", "/w/logic/x/schema.json", "/w/other/assets/a.sql", "/w/logic/x/assets/a.sql"]
        {
            assert!(!sql.is_match(Path::new(file)), "{file}");
        }
        let error = read(&json!({"liveswap": {"watch": ["a{b"]}})).unwrap_err();
        assert!(error.starts_with("`watch`: "), "{error}");
        assert_eq!(read(&json!({"liveswap": {"watch": ["a.sql"]}})).unwrap().watch, ["a.sql"]);
    }

    #[test]
    fn a_workspace_names_its_default_library() {
        assert_eq!(default_library(&json!({"liveswap": {"default": "game"}})), Ok(Some("game".into())));
        assert_eq!(default_library(&json!(null)), Ok(None));
        assert!(default_library(&json!({"liveswap": {"defualt": "game"}})).unwrap_err().contains("`default`?"));
        assert!(default_library(&json!({"liveswap": {"default": 1}})).is_err());
    }
}
