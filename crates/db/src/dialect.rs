//! Where the two engines differ, each difference by name. Nothing outside this file asks which engine it is.

/// The engine a transaction runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// A word as it is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchWord<'a> {
    Whole(&'a str),
    /// It may go on.
    Beginning(&'a str),
}

impl Dialect {
    /// Replaces the words in double braces of a migration with the engine's own, and keeps only the engine's
    /// `--@sqlite … --@end` and `--@postgres … --@end` sections.
    pub fn migration(self, sql: &str) -> String {
        let mut out = String::with_capacity(sql.len());
        let mut keep = true;
        for line in sql.lines() {
            match line.trim() {
                "--@sqlite" => keep = self == Self::Sqlite,
                "--@postgres" => keep = self == Self::Postgres,
                "--@end" => keep = true,
                _ if keep => {
                    out.push_str(line);
                    out.push('\n');
                }
                _ => {}
            }
        }
        // An integer key that SQLite uses as the rowid, so that full text can be ordered by it.
        let key = if self == Self::Sqlite { "INTEGER PRIMARY KEY" } else { "BIGINT PRIMARY KEY" };
        let bytes = if self == Self::Sqlite { "BLOB" } else { "BYTEA" };
        let real = "DOUBLE PRECISION";
        // Small rows with one lookup each are clustered by their key on SQLite.
        let clustered = if self == Self::Sqlite { "WITHOUT ROWID" } else { "" };
        out.replace("{{key}}", key).replace("{{bytes}}", bytes).replace("{{real}}", real).replace("{{clustered}}", clustered)
    }

    /// How many bytes this workspace takes in the database.
    pub fn database_bytes(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)",
            Self::Postgres => {
                "SELECT CAST(COALESCE(SUM(pg_total_relation_size(c.oid)), 0) AS BIGINT) FROM pg_class c \
                 JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind = 'r'"
            }
        }
    }

    /// Full text: inserts the words of one message. `$1` key, `$2` words separated by blanks.
    pub fn search_insert(self) -> &'static str {
        match self {
            Self::Sqlite => "INSERT INTO message_search (rowid, words) VALUES ($1, $2)",
            Self::Postgres => {
                "INSERT INTO message_search (key, words) VALUES ($1, array_to_tsvector(array_remove(string_to_array($2, ' '), '')))"
            }
        }
    }
    /// Full text: forgets one message. `$1` key.
    pub fn search_delete(self) -> &'static str {
        match self {
            Self::Sqlite => "DELETE FROM message_search WHERE rowid = $1",
            Self::Postgres => "DELETE FROM message_search WHERE key = $1",
        }
    }
    /// Full text: keys of messages that hold all words, newest first. `$1` query from [`Dialect::search_query`], `$2` before key, `$3` limit.
    pub fn search_keys(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT rowid FROM message_search WHERE message_search MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3",
            Self::Postgres => "SELECT key FROM message_search WHERE words @@ $1::text::tsquery AND key < $2 ORDER BY key DESC LIMIT $3",
        }
    }
    /// The same among these keys only; `{keys}` stands for them, `$1` is the query.
    pub fn search_among(self, keys: &str) -> String {
        match self {
            Self::Sqlite => format!("SELECT rowid FROM message_search WHERE message_search MATCH $1 AND rowid IN ({keys})"),
            Self::Postgres => format!("SELECT key FROM message_search WHERE words @@ $1::text::tsquery AND key IN ({keys})"),
        }
    }
    /// The engine's own query text: everything of the first, nothing of the second. The first must not be empty.
    pub fn search_query(self, must: &[SearchWord<'_>], never: &[SearchWord<'_>]) -> String {
        let (and, not) = if self == Self::Sqlite { (" AND ", " NOT ") } else { (" & ", " & !") };
        let mut out = must.iter().map(|w| self.search_word(w)).collect::<Vec<_>>().join(and);
        for w in never {
            out.push_str(not);
            out.push_str(&self.search_word(w));
        }
        out
    }
    fn search_word(self, word: &SearchWord<'_>) -> String {
        let (text, beginning) = match word {
            SearchWord::Whole(text) => (text, false),
            SearchWord::Beginning(text) => (text, true),
        };
        match self {
            Self::Sqlite => format!("\"{}\"{}", text.replace('"', ""), if beginning { "*" } else { "" }),
            Self::Postgres => format!("'{}'{}", text.replace(['\'', '\\'], ""), if beginning { ":*" } else { "" }),
        }
    }
    /// Said before a search: PostgreSQL must plan with the actual word, since rare and common ones want different plans.
    pub fn search_prepare(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SET LOCAL plan_cache_mode = force_custom_plan"),
        }
    }
    /// Where `needle` begins in `text`, from 1; 0 when it is not there.
    pub fn position(self, text: &str, needle: &str) -> String {
        match self {
            Self::Sqlite => format!("instr({text}, {needle})"),
            Self::Postgres => format!("strpos({text}, {needle})"),
        }
    }
    /// A text as it stands within JSON.
    pub fn json_quoted(self, text: &str) -> String {
        match self {
            Self::Sqlite => format!("json_quote({text})"),
            Self::Postgres => format!("to_json({text})::text"),
        }
    }
    /// A member of the JSON object in `column`, as text; its case is known for ASCII only, so that both engines agree.
    pub fn member_text(self, column: &str, name: &str) -> String {
        match self {
            Self::Sqlite => {
                let at = format!("{column}, '$.\"' || {name} || '\"'");
                format!(
                    "(CASE json_type({at}) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(json_extract({at}) AS TEXT) END)"
                )
            }
            Self::Postgres => format!("(({} ->> {name}) COLLATE \"C\")", jsonb(column)),
        }
    }
    /// The same as a number, where it is one.
    pub fn member_number(self, column: &str, name: &str) -> String {
        match self {
            Self::Sqlite => {
                let at = format!("{column}, '$.\"' || {name} || '\"'");
                format!("(CASE WHEN json_type({at}) IN ('integer', 'real') THEN json_extract({at}) END)")
            }
            Self::Postgres => {
                let json = jsonb(column);
                format!("(CASE WHEN jsonb_typeof({json} -> {name}) = 'number' THEN ({json} ->> {name})::float8 END)")
            }
        }
    }
    /// After a table's name: the whole of this index is read, and nothing else of the table unless it is needed. PostgreSQL decides for itself.
    pub fn by_index(self, index: &str) -> String {
        match self {
            Self::Sqlite => format!("INDEXED BY {index}"),
            Self::Postgres => String::new(),
        }
    }
    /// At the end of a SELECT that claims rows: several processes never take the same row.
    pub fn skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "FOR UPDATE SKIP LOCKED",
        }
    }
    /// The same for a SELECT that joins: only the rows of the table called `o` are taken.
    pub fn skip_locked_of_o(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "FOR UPDATE OF o SKIP LOCKED",
        }
    }
    /// The tables that migrations made, by name.
    pub fn tables(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'message_search%' ORDER BY name"
            }
            Self::Postgres => {
                "SELECT relname::text FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND relkind = 'r' ORDER BY relname COLLATE \"C\""
            }
        }
    }
    /// Table, column, type as declared, and place in the primary key (from 1; 0: not in it), by name of table and column.
    pub fn layouts(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT m.name, c.name, c.type, c.pk FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' \
                 AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'message_search%' ORDER BY 1, 2"
            }
            Self::Postgres => {
                "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL)::text, \
                 COALESCE((SELECT array_position(i.indkey::int2[], a.attnum) - array_lower(i.indkey::int2[], 1) + 1 \
                 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary), 0)::bigint \
                 FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
                 WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND c.relkind = 'r' \
                 AND c.relname NOT LIKE 'message_search%' ORDER BY c.relname COLLATE \"C\", a.attname COLLATE \"C\""
            }
        }
    }
    /// A text in an ORDER BY, by its bytes.
    pub fn by_bytes(self, text: &str) -> String {
        match self {
            Self::Sqlite => text.to_owned(),
            Self::Postgres => format!("{text} COLLATE \"C\""),
        }
    }
    /// Lists the tables, for tests that compare schemas: (table, column) pairs.
    pub fn columns(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'message_search%' ORDER BY 1, 2"
            }
            Self::Postgres => {
                "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = current_schema() AND table_name NOT LIKE 'message_search%' ORDER BY table_name::text COLLATE \"C\", column_name::text COLLATE \"C\""
            }
        }
    }
}

/// JSON that stands in a text. PostgreSQL refuses to read one with a NUL in it, and with it the whole statement: such a one counts as
/// empty. (A backslash that is written twice is no beginning of an escape.)
fn jsonb(column: &str) -> String {
    format!(r"(CASE WHEN strpos(replace({column}, '\\', ''), '\u0000') = 0 THEN {column}::jsonb END)")
}
