//! The schema that the migrations make, for reading, and the rules that every table keeps.

use std::{env, fs, path::Path};

use crate::support::migrated;

#[test]
fn the_schema_that_is_checked_in_is_the_one_that_the_migrations_make() {
    let connection = migrated();
    let mut statement =
        connection.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut made =
        String::from("-- What the migrations make, for reading; `cargo xtask snapshots` writes it anew.\n");
    for sql in rows {
        made.push_str(&format!("\n{};\n", sql.unwrap()));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/schema.sql");
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, &made).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == made,
        "schema.sql is not what the migrations make: run `cargo xtask snapshots`"
    );
}

#[test]
fn every_table_is_strict_and_belongs_to_an_organization() {
    let connection = migrated();
    let mut statement =
        connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").unwrap();
    let tables =
        statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
    for table in tables {
        let (name, sql) = table.unwrap();
        assert!(sql.contains("STRICT"), "{name} is not strict");
        assert!(
            // People may be in several, with all that proves who they are; a guard is never kept; and what was tried or
            // published, and how the providers are, is nobody's.
            [
                "organizations",
                "users",
                "guards",
                "sign_in_attempts",
                "used_once",
                "issuer_documents",
                "provider_health"
            ]
            .contains(&name.as_str())
                || sql.contains("organization_id TEXT NOT NULL")
                || sql.contains("user_id TEXT")
                || name.starts_with("sweep"),
            "{name} belongs to nobody"
        );
    }
}
